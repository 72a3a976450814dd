"""Bars of historical prices: the rows a scenario states, or a CSV file turned into such rows."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field

from simulator.errors import DataError
from simulator.scenario.section import Instant

_Price = Annotated[float, Field(gt=0)]
Row = tuple[Instant, _Price, _Price, _Price, _Price]
"""One bar: opening time, open, high, low, close."""

COLUMNS = ("timestamp_utc", "open", "high", "low", "close")
RANGE_TOLERANCE = 1e-3
"""Exchanges round and correct candles, so an open or close may lie this far (relative) outside [low, high]; the range
is then widened to hold it. Beyond, the bar is refused."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad bar of a series: its position, the column at fault and why."""

    row: int
    column: str
    reason: str


def first_fault(bars: Sequence[Row]) -> Fault | None:
    """The first bar that cannot be used, or None."""
    previous: datetime | None = None
    for row, (time, open_, high, low, close) in enumerate(bars):
        for column, price in zip(COLUMNS[1:], (open_, high, low, close), strict=True):
            if not math.isfinite(price) or price <= 0:
                return Fault(row, column, f"{column} must be a positive number, not {price:g}")
        if high < low:
            return Fault(row, "high", f"high {high:g} is below low {low:g}")
        for column, price in (("open", open_), ("close", close)):
            if price > high * (1 + RANGE_TOLERANCE) or price < low * (1 - RANGE_TOLERANCE):
                return Fault(row, column, f"{column} {price:g} is outside low {low:g} .. high {high:g}")
        if previous is not None and time <= previous:
            kind = "duplicates" if time == previous else "comes before"
            return Fault(row, "timestamp_utc", f"the time {time:%Y-%m-%dT%H:%M:%SZ} {kind} that of the row above")
        previous = time
    return None


def read_bars(path: str | Path) -> tuple[int, list[Row]]:
    """All bars of a CSV file.

    Parameters
    ----------
    path
        A file with the columns timestamp_utc (opening time, ISO 8601; UTC if it names no offset), open, high, low and
        close; others are ignored.

    Returns
    -------
    bar_seconds
        The bar size: the most frequent step between rows (the smaller of two that tie), so that gaps do not matter.
    bars
        In order of time, at least two.

    Raises
    ------
    DataError
        Naming file, line and column: a missing file or column, something that is no time or number, or a bad bar.
    """
    path = Path(path)
    bars, lines = _parse(path)
    fault = first_fault(bars)
    if fault is not None:
        raise DataError(f"{path}, line {lines[fault.row]}, column {fault.column}: {fault.reason}")
    if len(bars) < 2:
        raise DataError(f"{path}: {len(bars)} bars; at least two are needed to know the bar size")
    steps = [round((after[0] - before[0]).total_seconds()) for before, after in pairwise(bars)]
    bar_seconds = max(sorted(set(steps)), key=steps.count)
    if bar_seconds < 1:
        raise DataError(f"{path}, column timestamp_utc: bars closer than one second")
    short = [row for row, step in enumerate(steps, start=1) if step < bar_seconds]
    if short:
        reason = f"starts {steps[short[0] - 1]} s after the row above, in a file of {bar_seconds} s bars"
        raise DataError(f"{path}, line {lines[short[0]]}, column timestamp_utc: {reason}")
    return bar_seconds, bars


def read_csv(path: str | Path, start: datetime, end: datetime) -> tuple[int, list[Row]]:
    """Bars of a CSV file that cover a run: the bar size, and the rows from the bar that holds `start` to that of `end`.

    All rows of the file are checked, not only those used; the file is as `read_bars` wants it.

    Parameters
    ----------
    path
        The file.
    start, end
        First and last time of the run.

    Raises
    ------
    DataError
        As `read_bars`, or for a file too short for the run.
    """
    bar_seconds, bars = read_bars(path)
    missing = uncovered(bars, bar_seconds, start, end)
    if missing is not None:
        raise DataError(f"{path}: too short for the run: {missing}")
    size = timedelta(seconds=bar_seconds)
    # A run that starts inside a gap needs the bar before it.
    first = max(row for row, bar in enumerate(bars) if bar[0] <= start)
    last = next((row for row, bar in enumerate(bars) if bar[0] + size >= end), len(bars) - 1)
    return bar_seconds, bars[first : last + 1]


def uncovered(bars: Sequence[Row], bar_seconds: int, start: datetime, end: datetime) -> str | None:
    """What part of start .. end lies outside the bars, in words; None if they cover it."""
    finish = bars[-1][0] + timedelta(seconds=bar_seconds)
    if bars[0][0] <= start and finish >= end:
        return None
    have, need = (f"{a:%Y-%m-%dT%H:%MZ} .. {b:%Y-%m-%dT%H:%MZ}" for a, b in ((bars[0][0], finish), (start, end)))
    return f"bars cover {have}, the run needs {need}"


def _parse(path: Path) -> tuple[list[Row], list[int]]:
    """All bars of a file, and the line of each."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in COLUMNS if name not in header]
            if missing:
                raise DataError(f"{path}, line 1: no column {missing[0]} (columns: {', '.join(header) or 'none'})")
            places = [header.index(name) for name in COLUMNS]
            bars: list[Row] = []
            lines: list[int] = []
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    bars.append(_row(path, reader.line_num, cells, places))
                    lines.append(reader.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return bars, lines


def _row(path: Path, line: int, cells: list[str], places: list[int]) -> Row:
    values: list[datetime | float] = []
    for column, place in zip(COLUMNS, places, strict=True):
        cell = cells[place].strip() if place < len(cells) else ""
        try:
            values.append(_time(cell) if column == "timestamp_utc" else float(cell))
        except ValueError:
            kind = "an ISO 8601 time" if column == "timestamp_utc" else "a number"
            raise DataError(f"{path}, line {line}, column {column}: '{cell}' is not {kind}") from None
    return tuple(values)


def _time(cell: str) -> datetime:
    time = datetime.fromisoformat(cell)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
