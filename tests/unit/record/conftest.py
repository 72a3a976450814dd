"""Runs of the tiny scenario."""

from pathlib import Path

import pytest

from simulator.finality import Category, Settlement
from simulator.record import RunWriter


def write_block(writer: RunWriter, number: int) -> None:
    """Block `number`: two transactions, a bid that was replaced, three events, one account sample, and a settlement in
    every third block."""
    time = 1_584_000_000 + 12 * number
    for index in range(2):
        writer.append(
            "transactions",
            (
                number,
                index,
                "0xA",
                "0xB",
                "settleTrades",
                b"\x01\x02",
                True,
                None,
                150_000,
                20.0,
                2.0,
                number - 1,
                None,
            ),
        )
    bid = ("0xA", "0xB", "publish", b"\x03", 5.0, 1.0, number - 1, number, "replaced", None)
    writer.append("unincluded", bid)
    writer.extend("events", [(number, 0, i, "ClearingHouse", "Traded", '{"buyer":1}', None) for i in range(3)])
    writer.append("accounts", (number, time, 7, "hedger", 100.0, 20.0, 15.0, 90.0, 10.0, 500.0, '{"0":1.5}'))
    writer.append_metrics({"number": number, "timestamp": time, "accounts_below_maintenance": float(number % 5)})
    if number % 3 == 0:
        writer.settlements(
            [
                Settlement(
                    settlement=number // 3,
                    category=Category.LIQUIDATION,
                    account=7,
                    included_block=number,
                    included_time=time,
                )
            ]
        )
    writer.append("blocks", (number, time, "run", 10.0, 300_000, 9_000_000, 2, 0, 1, None))
    writer.block_done(number)


@pytest.fixture(name="write_block")
def _write_block():
    """The function above, for tests."""
    return write_block


@pytest.fixture
def new_run(tmp_path):
    """A function that starts a run in `tmp_path / name`."""

    def start(name: str = "run", **options) -> RunWriter:
        options = {"flush_blocks": 4, **options}
        return RunWriter(Path(tmp_path) / name, {"name": "tiny"}, 1, "embedded", {"seawall": "0"}, **options)

    return start


@pytest.fixture
def complete_run(new_run):
    """The folder of a complete run of ten blocks."""
    with new_run() as writer:
        for number in range(1, 11):
            write_block(writer, number)
        writer.finish("0xd1", {"reconciled": True})
    return writer.folder
