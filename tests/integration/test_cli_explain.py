"""`seawall explain` as a shell sees it."""

import json
import shutil

import pytest
from command_line import one_line_error, seawall
from crash import POOR_FUND, crash

from simulator.record import Run
from simulator.run import run_scenario

STORM = 'reorgs.sources=[{source="late_blocks",probability=0.15,second_probability=0.5}]'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A crash in which blocks come undone. Read only."""
    out = tmp_path_factory.mktemp("cli-explain") / "run"
    run_scenario(crash(*POOR_FUND, STORM, blocks=60), out=out)
    return out


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """A run in which nothing is liquidated. Read only."""
    out = tmp_path_factory.mktemp("cli-explain") / "calm"
    run_scenario(crash(blocks=5), out=out)
    return out


@pytest.fixture(scope="module")
def undone(folder):
    """A liquidation that came undone."""
    settlements = Run.open(folder).table("settlements")
    return settlements[settlements["status"] == "reverted"].iloc[0]


def test_a_settlement_is_told_line_by_line(folder, undone):
    done = seawall("explain", folder, "--settlement", undone["settlement"])
    assert done.returncode == 0, done.stderr
    title, blank, *lines = done.stdout.splitlines()
    assert title.startswith(f"settlement {undone['settlement']}: account ")
    assert blank == ""
    assert any("(undone by reorganisation " in line and "takes over" in line for line in lines)
    assert any(" undoes block" in line for line in lines)
    assert done.stderr == ""


def test_json_has_the_moments_of_every_account_that_the_number_stood_for(folder, undone):
    done = seawall("explain", folder, "--settlement", undone["settlement"], "--json")
    told = json.loads(done.stdout)
    accounts = [story["account"] for story in told["stories"]]
    assert undone["account"] in accounts
    closed = [m for story in told["stories"] for m in story["moments"] if m["kind"] == "liquidation"]
    assert {"settlement", "attempt", "undone_by", "figures", "block", "timestamp", "text", "kind"} <= set(closed[0])


def test_an_account_is_told_from_its_opening(folder, undone):
    done = seawall("explain", folder, "--account", int(undone["account"]))
    assert done.returncode == 0, done.stderr
    assert "is opened" in done.stdout.splitlines()[2]


def test_an_account_is_told_between_two_blocks(folder, undone):
    done = seawall("explain", folder, "--account", int(undone["account"]), "--from", 30, "--to", 40)
    assert done.returncode == 0, done.stderr
    title, _, *lines = done.stdout.splitlines()
    assert title.endswith("blocks 30 to 40")
    assert {int(line.split()[0]) for line in lines} <= set(range(30, 41))


def test_a_damaged_table_is_a_data_error(folder, undone, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "run")
    part = copy / "unincluded.parquet" / "part-000001.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    done = seawall("explain", copy, "--settlement", undone["settlement"])
    assert "unincluded.parquet/part-000001.parquet cannot be read" in one_line_error(done)
    assert done.returncode == 3


def test_the_cascade_is_a_tree_under_the_market(folder):
    done = seawall("explain", folder, "--cascade")
    assert done.returncode == 0, done.stderr
    assert "the market" in done.stdout.splitlines()
    nodes = json.loads(seawall("explain", folder, "--cascade", "--json").stdout)["nodes"]
    numbers = [node["node"] for node in nodes]
    assert numbers == list(range(len(nodes)))
    assert all(node["parent"] is None or node["parent"] < node["node"] for node in nodes)


def test_the_figure_is_a_page_with_the_timeline(folder, undone, tmp_path):
    out = tmp_path / "story.html"
    done = seawall("explain", folder, "--settlement", undone["settlement"], "--figure", out, "--json")
    assert json.loads(done.stdout)["figure"] == str(out)
    assert 'data-plot="plot-story-0"' in out.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--settlement", 9999), "no liquidation with settlement number 9999"),
        (("--settlement", 0), "no liquidation with settlement number 0"),
        (("--account", 9999), "no account 9999; it has accounts 1 to"),
        (("--cascade", "--settlement", 9999), "no liquidation with settlement number 9999"),
        ((), "say what to explain"),
        (("--account", 1, "--cascade"), "--account goes with neither"),
        (("--cascade", "--figure", "x.html"), "--figure draws the story"),
        (("--account", "x"), "--account"),
        (("--account", 1, "--from", 9999), "has no block 9999; it has blocks 1 to"),
        (("--account", 1, "--from", 30, "--to", 20), "would end at block 20, before it begins at block 30"),
        (("--settlement", 1, "--from", 30), "--from and --to go with --account"),
    ],
)
def test_what_is_not_there_is_named_in_one_line(folder, arguments, said):
    done = seawall("explain", folder, *arguments)
    assert said in one_line_error(done)
    assert done.returncode == 2


@pytest.mark.parametrize("arguments", [("--settlement", 1), ("--cascade",)])
def test_a_run_without_liquidations_says_so(calm, arguments):
    done = seawall("explain", calm, *arguments)
    assert "has no liquidations" in one_line_error(done)
    assert done.returncode == 2


def test_a_folder_that_is_no_run_is_a_data_error(tmp_path):
    done = seawall("explain", tmp_path, "--cascade")
    assert "is not a run" in one_line_error(done)
    assert done.returncode == 3


def test_a_figure_that_cannot_be_written_is_a_data_error(folder, undone, tmp_path):
    out = tmp_path / "nowhere" / "story.html"
    done = seawall("explain", folder, "--settlement", undone["settlement"], "--figure", out)
    assert "cannot be written" in one_line_error(done)
    assert done.returncode == 3
