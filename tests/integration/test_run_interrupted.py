"""What an interrupted run leaves on disk is the beginning of the whole run. (Ctrl-C to the program: test_cli_run.)"""

import signal

import pandas as pd
import pytest
from crash import POOR_FUND, crash

from simulator.record import Run
from simulator.record.schema import METRICS, TABLES
from simulator.run import run_scenario

BLOCKS, CUT = 45, 38


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    run_scenario(crash(*POOR_FUND, blocks=BLOCKS), out=folder)
    return Run.open(folder)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """The same run, interrupted by the user after block CUT."""
    folder = tmp_path_factory.mktemp("cut") / "run"

    def interrupt(done, total, figures):
        if done == CUT:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run_scenario(crash(*POOR_FUND, blocks=BLOCKS), out=folder, progress=interrupt)
    return Run.open(folder)


def test_it_is_marked_interrupted_without_a_digest(whole, cut):
    assert (whole.info.status, cut.info.status) == ("complete", "interrupted")
    assert cut.info.reason == "interrupted by the user"
    assert cut.info.digest is None


def test_its_figures_are_those_of_the_blocks_it_has(cut):
    summary = cut.summary()
    assert summary["status"] == "interrupted"
    assert summary["blocks"] == CUT
    assert summary["liquidations"] > 0


@pytest.mark.parametrize("table", ["blocks", "transactions", "events", "parameters", METRICS])
def test_every_table_is_the_beginning_of_the_whole_runs(whole, cut, table):
    short = cut.table(table)
    assert len(short) > 0
    number = "number" if "number" in short else "block"
    until_then = whole.table(table).query(f"{number} <= {cut.info.blocks}")
    pd.testing.assert_frame_equal(short, until_then.reset_index(drop=True), check_categorical=False)


def test_settlements_are_there_with_the_finality_they_had_reached(whole, cut):
    short, all_of_them = cut.table("settlements"), whole.table("settlements")
    assert 0 < len(short) <= len(all_of_them)
    known = [name for name in TABLES["settlements"].names if not name.startswith(("safe", "final", "status"))]
    pd.testing.assert_frame_equal(short[known], all_of_them[known].head(len(short)))
    assert set(short["status"]) <= {"included", "safe", "final"}
