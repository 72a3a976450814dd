"""The blocks of a run as it recorded them: transactions and events gathered from their tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from simulator.chain.keccak import address_bytes, checksum_address
from simulator.errors import DataError
from simulator.record.difference import Difference, EventRow
from simulator.record.reader import Run
from simulator.record.schema import METRICS, TABLES

MAY_BE_EMPTY = {"to", "revert_reason", "reorged_by"}


class TransactionRow(NamedTuple):
    """The columns of table `transactions` that the chain decides or is given."""

    block: int
    index: int
    sender: str
    to: str | None
    function: str
    data: bytes
    succeeded: bool
    revert_reason: str | None
    reorged_by: int | None


@dataclass(frozen=True, slots=True)
class RecordedBlock:
    """A row of table `blocks` with its rows of `transactions` and `events`.

    reorged_by : the reorganisation that undid it later, None if it stands
    transactions, failed : the counts in `blocks`
    metrics_timestamp : its time in `metrics`, if it has one
    event_blocks : (block, reorged_by) of each of `events`
    """

    number: int
    timestamp: int
    transactions: int
    failed: int
    reorged_by: int | None
    metrics_timestamp: int | None
    rows: list[TransactionRow]
    events: list[EventRow]
    event_blocks: list[tuple[int, int | None]]

    def inconsistency(self) -> Difference | None:
        """The first of its parts that contradicts another, before anything is executed."""
        number = self.number
        if self.metrics_timestamp not in (None, self.timestamp):
            return Difference(number, None, "timestamp (blocks, metrics)", self.timestamp, self.metrics_timestamp)
        for place, row in enumerate(self.rows):
            for field, recorded, expected in (
                ("block", row.block, number),
                ("index", row.index, place),
                ("reorged_by", row.reorged_by, self.reorged_by),
                ("sender", row.sender, _canonical(row.sender)),
                ("to", row.to, row.to and _canonical(row.to)),
            ):
                if recorded != expected:
                    return Difference(number, place, field, recorded, expected)
        for event, (block, by) in zip(self.events, self.event_blocks, strict=True):
            for field, recorded, expected in (("block", block, number), ("reorged_by", by, self.reorged_by)):
                if recorded != expected:
                    where = f"{field} of event {event.index}"
                    return Difference(number, event.transaction, where, recorded, expected)
        if self.transactions != len(self.rows):
            return Difference(number, None, "number of transactions", self.transactions, len(self.rows))
        return None


def recorded_blocks(run: Run) -> Iterator[RecordedBlock]:
    """The blocks of `run` in order of execution. A row that stands among those of a later block comes with that one.

    Raises
    ------
    DataError
        A table that is missing or damaged, or has other columns.
    """
    blocks = checked_table(run, "blocks")
    reorged_by = _integers(blocks["reorged_by"])
    columns = [blocks[name].tolist() for name in ("number", "timestamp", "transactions", "failed")]
    place_of = {key: place for place, key in enumerate(zip(columns[0], reorged_by, strict=True))}
    transactions = _Rows(checked_table(run, "transactions"), TransactionRow._fields, TransactionRow, place_of)
    events = _Rows(checked_table(run, "events"), ("block", "reorged_by", *EventRow._fields), lambda *row: row, place_of)
    times = run.table(METRICS)
    timestamp_of = dict(zip(times["number"], times["timestamp"], strict=True)) if len(times) else {}
    last = len(blocks) - 1
    for place, (number, timestamp, count, failed, by) in enumerate(zip(*columns, reorged_by, strict=True)):
        time = timestamp_of.get(number) if by is None else None
        limit = None if place == last else place  # the last block shows what belongs to none
        event_rows = events.until(limit)
        yield RecordedBlock(
            number,
            timestamp,
            count,
            failed,
            by,
            None if time is None else int(time),
            transactions.until(limit),
            [EventRow(*row[2:]) for row in event_rows],
            [row[:2] for row in event_rows],
        )


class _Rows:
    """Rows of a table in its order, handed out block by block.

    `place_of`: (number, reorged_by) of a block -> its place in the order of execution. A row of a block that is not
    there goes with the block after the row before it.
    """

    def __init__(self, frame: pd.DataFrame, names, make, place_of: dict):
        self._places: list[int] = []
        for key in zip(frame["block"].tolist(), _integers(frame["reorged_by"]), strict=True):
            before = self._places[-1] if self._places else -1
            self._places.append(place_of.get(key, before + 1))
        self._columns = [_integers(frame[name]) if name == "reorged_by" else _plain(frame[name]) for name in names]
        self._make = make
        self._next = 0

    def until(self, place: int | None) -> list:
        """The next rows, to the last of the block at `place`, or all that are left."""
        first, end = self._next, self._next
        while end < len(self._places) and (place is None or self._places[end] <= place):
            end += 1
        self._next = end
        return [self._make(*row) for row in zip(*(column[first:end] for column in self._columns), strict=True)]


def _integers(column: pd.Series) -> list[int | None]:
    return [None if value is None else int(value) for value in _plain(column)]


def _plain(column: pd.Series) -> list:
    """Python values, None where there is none."""
    if column.name in MAY_BE_EMPTY:
        return [None if pd.isna(value) else value for value in column]
    return column.tolist()


def checked_table(run: Run, name: str) -> pd.DataFrame:
    """Table `name` of `TABLES`, complete. Raises DataError if a column has gaps that it may not have."""
    frame = run.table(name)
    for column in TABLES[name].names:
        if column not in MAY_BE_EMPTY and frame[column].isna().any():
            raise DataError(f"{run.folder}/{name}.parquet: column {column!r} has empty values; the run is damaged")
    return frame


def _canonical(address: str) -> str:
    """EIP-55 form of an address, or what is wrong with it."""
    try:
        return checksum_address(address_bytes(address))
    except ValueError:
        return "no address"
