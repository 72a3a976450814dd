"""Writing a run directory: what is on disk, when, and what is never overwritten."""

import os
from dataclasses import fields, replace

import pandas as pd
import pytest

from simulator.errors import InvariantError, UsageError
from simulator.finality import Settlement, Status
from simulator.record import Run
from simulator.record.schema import SETTLEMENTS, TABLES


def test_every_row_comes_back(complete_run):
    run = Run.open(complete_run)
    assert (run.info.status, run.info.digest, run.info.blocks) == ("complete", "0xd1", 10)
    assert run.info.summary == {"reconciled": True}
    assert list(run.table("blocks")["number"]) == list(range(1, 11))
    assert len(run.table("transactions")) == 20
    first = run.table("transactions").drop(columns=["revert_reason", "reorged_by"]).iloc[0]
    assert first.to_dict() == {
        "block": 1,
        "index": 0,
        "sender": "0xA",
        "to": "0xB",
        "function": "settleTrades",
        "data": b"\x01\x02",
        "succeeded": True,
        "gas_used": 150_000,
        "max_fee_gwei": 20.0,
        "tip_gwei": 2.0,
        "submitted_block": 0,
    }
    assert list(run.table("metrics")["accounts_below_maintenance"][:5]) == [1, 2, 3, 4, 0]


def test_a_complete_run_has_every_table_with_its_columns_even_if_empty(complete_run):
    for name, schema in TABLES.items():
        assert list(pd.read_parquet(complete_run / f"{name}.parquet").columns) == schema.names
    assert Run.open(complete_run).table("parameters").empty


def test_a_table_folder_reads_as_one_table_with_other_tools(complete_run):
    assert len(list((complete_run / "events.parquet").iterdir())) > 1
    assert len(pd.read_parquet(complete_run / "events.parquet")) == 30


def test_a_settlement_is_one_row_with_its_latest_status(new_run):
    settlement = Settlement(settlement=1, category="liquidation", account=7, included_block=1, included_time=12)
    with new_run(flush_blocks=1) as writer:
        for number, status in enumerate((Status.INCLUDED, Status.SAFE, Status.FINAL), start=1):
            writer.settlements([replace(settlement, status=status)])
            writer.block_done(number)
            assert list(Run.open(writer.folder).table("settlements")["status"]) == [status]
        writer.finish("0x")
    assert len(pd.read_parquet(writer.folder / "settlements.parquet")) == 1


def test_settlement_rows_are_settlements():
    assert {field.name for field in fields(Settlement)} == set(SETTLEMENTS.names)


def test_rows_go_to_disk_before_they_fill_the_memory(new_run, write_block):
    with new_run(flush_blocks=1_000, flush_rows=30) as writer:
        for number in range(1, 11):
            write_block(writer, number)
            assert writer.info.blocks >= number - 4
        writer.finish("0x")


def test_an_existing_folder_is_refused(new_run, tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(UsageError, match=r"run exists; give another folder with --out, or --force"):
        new_run()


def test_force_replaces_a_run_and_leaves_what_lies_beside_it(complete_run, new_run):
    (complete_run / "notes.txt").write_text("mine")
    with new_run(force=True) as writer:
        writer.finish("0xd2")
    assert Run.open(complete_run).table("blocks").empty
    assert (complete_run / "notes.txt").read_text() == "mine"


def test_force_takes_an_empty_folder(new_run, tmp_path):
    (tmp_path / "run").mkdir()
    assert new_run(force=True).folder == tmp_path / "run"


def test_force_removes_nothing_that_is_not_a_run(new_run, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("ten years of work")
    with pytest.raises(UsageError, match="nothing was removed"):
        new_run(force=True)
    assert (tmp_path / "run" / "thesis.tex").exists()


def test_force_removes_no_file(new_run, tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(UsageError, match="not a folder"):
        new_run(force=True)


def test_ctrl_c_ends_the_run_with_its_last_whole_block(new_run, write_block):
    with pytest.raises(KeyboardInterrupt), new_run() as writer:
        for number in range(1, 7):
            write_block(writer, number)
        writer.append("events", (7, 0, 0, "ClearingHouse", "Traded", "{}", None))
        raise KeyboardInterrupt
    run = Run.open(writer.folder)
    assert (run.info.status, run.info.reason, run.info.blocks) == ("interrupted", "interrupted by the user", 6)
    assert run.table("events")["block"].max() == 6
    assert len(run.table("blocks")) == 6


def test_an_error_is_kept_as_the_reason(new_run, write_block):
    with pytest.raises(InvariantError), new_run() as writer:
        write_block(writer, 1)
        raise InvariantError("cash is off by 1 wei")
    assert Run.open(writer.folder).info.reason == "InvariantError: cash is off by 1 wei"


def test_a_run_that_fails_before_its_first_block_leaves_nothing_behind(new_run):
    with pytest.raises(InvariantError), new_run() as writer:
        writer.append("events", (0, 0, 0, "ClearingHouse", "Wired", "{}", None))
        raise InvariantError("deployment failed")
    assert not writer.folder.exists()


@pytest.mark.parametrize("moment", range(12))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_interrupt_within_a_flush_loses_and_doubles_nothing(new_run, write_block, monkeypatch, moment, after):
    """The interrupt falls on the moment-th file that moves into place, just before or just after it does."""
    moves = iter(range(1_000))
    move = os.replace

    def interrupted(source, target):
        strike = next(moves) == moment
        if strike and not after:
            raise KeyboardInterrupt
        move(source, target)
        if strike:
            raise KeyboardInterrupt

    writer = new_run()
    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), writer:
        for number in range(1, 11):
            write_block(writer, number)
        writer.finish("0x")
    run = Run.open(writer.folder)
    assert run.info.status == "interrupted"
    assert run.info.blocks >= 4
    whole = list(range(1, run.info.blocks + 1))
    assert list(run.table("blocks")["number"]) == whole
    assert len(run.table("events")) == 3 * len(whole)
    assert list(run.table("settlements")["included_block"]) == [n for n in whole if n % 3 == 0]


def test_a_value_of_the_wrong_type_names_its_column(new_run):
    writer = new_run()
    writer.append("blocks", (1, 12, "run", 10.0, "many", 0, 2, 0, 1, None))
    with pytest.raises(TypeError, match="column gas_used of table blocks takes int64"):
        writer.finish("0x")


def test_a_row_of_the_wrong_length_names_its_table(new_run):
    writer = new_run()
    writer.append("blocks", (1, 12))
    with pytest.raises(TypeError, match="a row of blocks has 2 values for 10 columns"):
        writer.finish("0x")


def test_metrics_keep_their_columns(new_run):
    writer = new_run()
    writer.append_metrics({"number": 1, "spot_ETH": 194.61})
    with pytest.raises(InvariantError, match="spot_BTC"):
        writer.append_metrics({"number": 2, "spot_ETH": 190.0, "spot_BTC": 7900.0})
