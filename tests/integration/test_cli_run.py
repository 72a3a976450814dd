"""`seawall run` from start to report, on the embedded chain."""

import json
import os
import signal
import subprocess
import time

import pytest
from command_line import COMMAND, PATIENCE, one_line_error, seawall

BLOCKS = 25
STATED = {
    "digest",
    "seed",
    "chain",
    "blocks",
    "transactions",
    "liquidations",
    "settlements",
    "bad_debt",
    "insurance_used",
    "socialised_loss",
    "peak_accounts_below_maintenance",
    "reorganisations",
    "reverted_share",
    "seconds_to_final",
    "peak_settlement_at_risk",
    "irrevocability_violations",
    "wall_seconds",
    "run",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which `quiet` was run once, with seed 7."""
    folder = tmp_path_factory.mktemp("work")
    done = seawall("run", "quiet", "--seed", 7, "--blocks", BLOCKS, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    (folder / "result.json").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def result(folder):
    return json.loads((folder / "result.json").read_text())


def test_json_states_the_figures_of_the_run(result):
    assert result.keys() >= STATED
    assert (result["seed"], result["chain"], result["blocks"]) == (7, "embedded", BLOCKS)
    assert result["transactions"] > 0


def test_the_run_and_its_report_are_where_the_result_says(folder, result):
    assert result["run"] == "runs/quiet-seed7"
    assert (folder / result["report"]).read_text().startswith("<!doctype html>")


def test_a_folder_that_exists_is_refused_and_left_alone(folder):
    before = (folder / "runs/quiet-seed7/run.json").read_bytes()
    done = seawall("run", "quiet", "--seed", 7, "--blocks", 3, folder=folder)
    assert done.returncode == 2
    assert "runs/quiet-seed7 exists" in one_line_error(done) and "--force" in one_line_error(done)
    assert (folder / "runs/quiet-seed7/run.json").read_bytes() == before


def test_force_overwrites_a_run_and_nothing_else(folder, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    done = seawall("run", "quiet", "--blocks", 3, "--out", tmp_path, "--force", folder=folder)
    assert done.returncode == 2
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_the_seed_decides_the_digest(folder, result, tmp_path):
    again = seawall("run", "quiet", "--seed", 7, "--blocks", BLOCKS, "--quiet", folder=tmp_path)
    other = seawall("run", "quiet", "--set", "seed=8", "--blocks", BLOCKS, "--quiet", folder=tmp_path)
    assert again.stdout.split()[0] == result["digest"] != other.stdout.split()[0]


def test_the_summary_gives_a_verdict_and_the_way_to_the_report(tmp_path):
    done = seawall("run", "quiet", "--blocks", 3, "--out", "here", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for part in ("digest", "transactions", "bad debt", "margin", "report  here/report.html"):
        assert part in done.stdout
    assert "block 3 of 3" in done.stderr


def test_report_writes_the_page_again(folder, result):
    (folder / result["report"]).unlink()
    done = seawall("report", result["run"], "--json", folder=folder)
    assert done.returncode == 0
    assert json.loads(done.stdout)["report"] == result["report"]
    assert (folder / result["report"]).stat().st_size == json.loads(done.stdout)["bytes"]


def test_ctrl_c_leaves_a_run_that_can_be_reported(tmp_path):
    command = [*COMMAND, "run", "quiet", "--set", "chain.blocks=1000000", "--out", "cut", "--json"]
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    blocks = tmp_path / "cut" / "blocks.parquet"
    deadline = time.monotonic() + PATIENCE
    while not (blocks.is_dir() and any(blocks.glob("part-*"))):
        assert running.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    printed, errors = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert printed == ""
    assert errors.strip() == (
        "seawall: error: interrupted; see what there is: seawall report cut; finish it: seawall run --resume cut"
    )
    assert seawall("report", "cut", folder=tmp_path).returncode == 0
    assert "Incomplete (interrupted by the user)" in (tmp_path / "cut/report.html").read_text()
