"""Reading a run directory: one clear line for each way it can be unusable, and the summary."""

import json

import pyarrow.parquet as pq
import pytest

from simulator.errors import DataError
from simulator.finality import Category, Settlement, Status
from simulator.record import Run, encode_arguments
from simulator.record.info import FORMAT


def test_a_missing_folder(tmp_path):
    with pytest.raises(DataError, match="there is no run"):
        Run.open(tmp_path / "nowhere")


def test_a_folder_that_is_not_a_run(tmp_path):
    with pytest.raises(DataError, match=r"is not a run: it has no run\.json"):
        Run.open(tmp_path)


@pytest.mark.parametrize("text", ["", '{"format": 1', "[]", '{"name": "npm"}'])
def test_a_damaged_run_json(complete_run, text):
    (complete_run / "run.json").write_text(text)
    with pytest.raises(DataError, match=r"run\.json"):
        Run.open(complete_run)


def test_a_run_json_without_a_field(complete_run):
    values = json.loads((complete_run / "run.json").read_text())
    del values["seed"]
    (complete_run / "run.json").write_text(json.dumps(values))
    with pytest.raises(DataError, match="has no 'seed'"):
        Run.open(complete_run)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scenario", None),
        ("seed", "x"),
        ("seed", True),
        ("chain", 7),
        ("status", "done"),
        ("blocks", -1),
        ("blocks", 1.5),
        ("digest", 0),
        ("wall_seconds", "soon"),
        ("parts", []),
        ("parts", {"blocks": [2, 1]}),
        ("parts", {"blocks": [0, 1]}),
        ("parts", {"blocks": "1"}),
        ("parts", {"../other": [1, 1]}),
        ("table_digests", {"blocks": None}),
    ],
)
def test_a_run_json_with_a_value_that_no_run_has(complete_run, field, value):
    values = json.loads((complete_run / "run.json").read_text())
    (complete_run / "run.json").write_text(json.dumps(values | {field: value}))
    with pytest.raises(DataError, match=rf"run\.json: {field}.*the run is damaged") as refused:
        Run.open(complete_run)
    assert "\n" not in str(refused.value)


def test_a_run_json_nested_without_end(complete_run):
    (complete_run / "run.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match=r"run\.json cannot be read"):
        Run.open(complete_run)


def test_a_run_of_a_newer_version(complete_run):
    values = json.loads((complete_run / "run.json").read_text())
    (complete_run / "run.json").write_text(json.dumps(values | {"format": 99}))
    with pytest.raises(DataError, match="newer Seawall"):
        Run.open(complete_run)


def test_a_run_of_an_older_version(complete_run):
    values = json.loads((complete_run / "run.json").read_text())
    (complete_run / "run.json").write_text(json.dumps(values | {"format": FORMAT - 1}))
    with pytest.raises(DataError, match=r"older Seawall .* run it again"):
        Run.open(complete_run)


@pytest.mark.parametrize("table", ["events", "unincluded"])
def test_a_truncated_part(complete_run, table):
    part = complete_run / f"{table}.parquet" / "part-000001.parquet"
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(DataError, match=rf"{table}\.parquet/part-000001\.parquet cannot be read"):
        Run.open(complete_run).table(table)
    with pytest.raises(DataError, match=rf"{table}\.parquet/part-000001\.parquet cannot be read"):
        Run.open(complete_run).require_unchanged()


def test_a_part_without_a_column(complete_run):
    for path in (complete_run / "accounts.parquet").iterdir():
        pq.write_table(pq.ParquetFile(path).read().drop_columns("equity"), path)
    with pytest.raises(DataError, match=r"accounts\.parquet has no column 'equity'; the run is damaged"):
        Run.open(complete_run).table("accounts")


def test_parts_that_do_not_fit_together(complete_run):
    part = complete_run / "accounts.parquet" / "part-000002.parquet"
    pq.write_table(pq.ParquetFile(part).read().drop_columns("equity"), part)
    with pytest.raises(DataError, match=r"accounts\.parquet: its parts have different columns"):
        Run.open(complete_run).table("accounts")


def test_a_table_that_the_run_did_not_write(complete_run):
    part = complete_run / "accounts.parquet" / "part-000001.parquet"
    whole = pq.ParquetFile(part).read()
    pq.write_table(whole.slice(1), part)
    run = Run.open(complete_run)
    with pytest.raises(DataError, match=r"accounts\.parquet is not what the run wrote.*seawall replay"):
        run.require_unchanged()
    assert len(run.table("accounts")) == 9


def test_a_run_as_it_was_written(complete_run):
    Run.open(complete_run).require_unchanged()


def test_a_folder_in_the_place_of_a_part(complete_run):
    part = complete_run / "accounts.parquet" / "part-000001.parquet"
    part.unlink()
    part.mkdir()
    run = Run.open(complete_run)
    with pytest.raises(DataError, match=r"part-000001\.parquet cannot be read \(Is a directory\)"):
        run.changed_table()


def test_a_missing_part(complete_run):
    (complete_run / "events.parquet" / "part-000002.parquet").unlink()
    with pytest.raises(DataError, match=r"part-000002\.parquet is missing"):
        Run.open(complete_run).table("events")


def test_an_unknown_table(complete_run):
    with pytest.raises(DataError, match="no table 'receipts'; it has blocks, transactions"):
        Run.open(complete_run).table("receipts")


def test_a_part_that_was_never_committed_does_not_count(complete_run):
    part = complete_run / "events.parquet" / "part-000001.parquet"
    part.with_name("part-000009.parquet").write_bytes(part.read_bytes())
    assert len(Run.open(complete_run).table("events")) == 30


def test_the_summary_adds_up_what_stands(new_run):
    def settlement(number, **values):
        return Settlement(settlement=number, account=1, included_block=2, included_time=24, **values)

    def loss(settlement, amount, from_fund):
        values = {"account": 1, "settlement": settlement, "amount": amount, "fromFund": from_fund}
        values = {name: value * 10**18 if name in ("amount", "fromFund") else value for name, value in values.items()}
        return encode_arguments({**values, "socialised": values["amount"] - values["fromFund"]})

    with new_run() as writer:
        writer.append("blocks", (1, 12, "setup", 10.0, 0, 0, 50, 0, 0, None))
        writer.append("blocks", (2, 24, "run", 10.0, 0, 0, 9, 0, 0, 1))
        writer.append("blocks", (2, 24, "run", 10.0, 0, 0, 4, 0, 0, None))
        writer.append("blocks", (3, 36, "run", 10.0, 0, 0, 3, 0, 0, None))
        writer.append("blocks", (4, 48, "finality", 10.0, 0, 0, 0, 0, 0, None))
        writer.append("events", (2, 0, 0, "ClearingHouse", "BadDebtBooked", loss(1, 99, 20), 1))
        writer.append("events", (2, 0, 0, "ClearingHouse", "BadDebtBooked", loss(1, 30, 20), None))
        writer.append("reorgs", (1, 2, 36, 1))
        writer.append("events", (3, 0, 0, "ClearingHouse", "BadDebtBooked", loss(0, 5, 5), None))
        writer.append("events", (3, 0, 1, "ClearingHouse", "ClosedOut", '{"fee":7}', None))
        for number, below in enumerate((0.0, 7.0, 2.0), start=1):
            writer.append_metrics({"number": number, "accounts_below_maintenance": below})
        liquidation, expiry = Category.LIQUIDATION, Category.EXPIRY
        writer.settlements(
            [
                settlement(1, category=liquidation, status=Status.FINAL, bad_debt=30.0, payment=40.0, final_time=84),
                settlement(2, category=liquidation, status=Status.REVERTED),
                settlement(2, category=liquidation, status=Status.FINAL, attempt=1, final_time=84),
                settlement(3, category=expiry, status=Status.SAFE),
            ]
        )
        writer.finish("0xd1")
    summary = Run.open(writer.folder).summary()
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    assert summary == {
        "scenario": "tiny",
        "status": "complete",
        "digest": "0xd1",
        "seed": 1,
        "chain": "embedded",
        "blocks": 2,
        "transactions": 7,
        "liquidations": 2,
        "settlements": {"pending": 0, "included": 0, "safe": 1, "final": 2, "reverted": 1},
        "bad_debt": 35.0,
        "insurance_used": 25.0,
        "socialised_loss": 10.0,
        "peak_accounts_below_maintenance": 7,
        "zero_bid_share": None,
        "reorganisations": 1,
        "reverted_share": 1 / 3,
        "seconds_to_final": {"median": 60.0, "p95": 60.0, "longest": 60.0},
        "peak_settlement_at_risk": 40.0,
        "irrevocability_violations": 0,
        "wall_seconds": summary["wall_seconds"],
        "run": str(writer.folder),
    }


def test_a_run_that_never_flushed_has_a_summary_of_zeros(new_run):
    summary = Run.open(new_run().folder).summary()
    assert (summary["status"], summary["blocks"], summary["liquidations"]) == ("running", 0, 0)
