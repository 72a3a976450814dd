"""A run killed at any moment is finished as if it had never been."""

import random
import subprocess
import sys
import time

import pandas as pd
import pytest
from crash import CONGESTED, POOR_FUND, STORM, crash

from simulator.errors import DataError, UsageError
from simulator.record import Run
from simulator.record.schema import METRICS, TABLES
from simulator.run import resume_run, run_scenario

BLOCKS, FLUSH = 56, 7
OVERRIDES = (*POOR_FUND, *STORM, *CONGESTED)
PROGRAM = f"""
import sys
sys.path.insert(0, {__file__.rpartition("/")[0]!r})
from pathlib import Path
from crash import crash
from simulator.run import run_scenario
show = lambda done, total, figures: print(done, flush=True)
run_scenario(crash(*{OVERRIDES!r}, blocks={BLOCKS}), out=Path(sys.argv[1]), flush_blocks={FLUSH}, progress=show)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    run_scenario(crash(*OVERRIDES, blocks=BLOCKS), out=folder, flush_blocks=FLUSH)
    return Run.open(folder)


def killed(folder, block: int, delay: float) -> None:
    """Start the run as a process of its own and kill it some moments after `block`."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True)
    with process:
        for line in process.stdout:
            if int(line) >= block:
                break
        time.sleep(delay)
        process.kill()


def same(one: Run, other: Run) -> None:
    assert one.info.digest == other.info.digest
    for table in (*TABLES, METRICS):
        pd.testing.assert_frame_equal(one.table(table), other.table(table), check_categorical=False)


def test_there_is_something_to_lose_in_every_table(whole):
    assert [name for name in (*TABLES, METRICS) if whole.table(name).empty] == []


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_run_goes_on_to_the_same_record(whole, tmp_path, seed):
    chance = random.Random(seed)
    folder = tmp_path / "run"
    killed(folder, chance.randrange(1, BLOCKS - 1), chance.uniform(0, 0.1))
    assert Run.open(folder).info.status == "running"
    resume_run(folder)
    same(Run.open(folder), whole)


def test_a_run_interrupted_twice_goes_on(whole, tmp_path):
    def stop_at(block):
        def progress(done, total, figures):
            if done == block:
                raise KeyboardInterrupt

        return progress

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run_scenario(crash(*OVERRIDES, blocks=BLOCKS), out=folder, flush_blocks=FLUSH, progress=stop_at(15))
    with pytest.raises(KeyboardInterrupt):
        resume_run(folder, progress=stop_at(30))
    resume_run(folder)
    same(Run.open(folder), whole)


def test_a_complete_run_has_nothing_to_resume(whole):
    with pytest.raises(UsageError, match="is complete; nothing is left to resume"):
        resume_run(whole.folder)


def test_a_record_that_comes_out_different_is_not_continued(tmp_path):
    folder = tmp_path / "run"
    killed(folder, 40, 0.0)
    info = folder / "run.json"
    text = info.read_text()
    recorded = Run.open(folder).info.digest_so_far
    info.write_text(text.replace(recorded, "0" * 64))
    with pytest.raises(DataError, match=r"cannot be resumed: block \d+ comes out different"):
        resume_run(folder)


def test_two_processes_do_not_write_one_run(tmp_path):
    folder = tmp_path / "run"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True)
    with process:
        process.stdout.readline()
        try:
            with pytest.raises(UsageError, match="is being written by another process"):
                resume_run(folder)
        finally:
            process.kill()
