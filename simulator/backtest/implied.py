"""Implied volatility for history that has none: a model of it, or a published index.

The model is one number per asset and day for all strikes and expiries: 1.1 times the EWMA volatility of daily closes at
decay 0.97. Implied volatility of crypto options has stood above what followed it on average (the premium for variance
risk), and moves more slowly than a day's return: 0.97 is the RiskMetrics decay for a month (RiskMetrics Technical
Document, 4th ed., table 5.9), the life of the options that are held.
"""

import csv
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from simulator.errors import DataError
from simulator.market.process import YEAR_SECONDS

DECAY = 0.97
PREMIUM = 1.1
SEED_DAYS = 30
"""The EWMA starts at the mean square of this many returns; no day so early is ever tested."""
FLOOR = 0.05
"""Lowest implied volatility: options keep a value where a price stands still."""
_DAYS_PER_YEAR = YEAR_SECONDS / 86_400
_INDEX_COLUMNS = ("timestamp_utc", "dvol")


def modelled(close: np.ndarray) -> np.ndarray:
    """(n_days, n_assets), annualised; row t rests on closes up to t, those of the first `SEED_DAYS` apart.

    close : (n_days, n_assets)
    """
    squares = np.diff(np.log(close), axis=0) ** 2
    variance = np.empty_like(close)
    variance[0] = squares[:SEED_DAYS].mean(axis=0)
    for day, square in enumerate(squares, start=1):
        variance[day] = DECAY * variance[day - 1] + (1 - DECAY) * square
    return np.maximum(PREMIUM * np.sqrt(variance * _DAYS_PER_YEAR), FLOOR)


def read_index(path: Path, days: Sequence[datetime]) -> tuple[int, np.ndarray]:
    """Implied volatility from an index such as Deribit's DVOL, one value a day, in per cent a year.

    Parameters
    ----------
    path
        CSV file with the columns timestamp_utc and dvol.
    days
        Opening times of the days of the prices.

    Returns
    -------
    start
        Position in `days` of the first one with a value.
    values
        (k,), annualised fractions of that day and those after it, without a gap.

    Raises
    ------
    DataError
        Naming file, line and column.
    """
    path = Path(path)
    known = _read_values(path)
    for before, after in pairwise(known):
        if after - before != timedelta(days=1):
            raise DataError(f"{path}: no value between {before:%Y-%m-%d} and {after:%Y-%m-%d}; one a day is needed")
    covered = [position for position, day in enumerate(days) if day in known]
    if not covered:
        raise DataError(f"{path}: no value on a day of the prices ({days[0]:%Y-%m-%d} .. {days[-1]:%Y-%m-%d})")
    return covered[0], np.array([known[days[position]] for position in covered])


def _read_values(path: Path) -> dict[datetime, float]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
            header = list(rows[0]) if rows else []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    for name in _INDEX_COLUMNS:
        if name not in header:
            raise DataError(f"{path}, line 1: no column {name} (columns: {', '.join(map(str, header)) or 'none'})")
    values: dict[datetime, float] = {}
    previous: datetime | None = None
    for line, row in enumerate(rows, start=2):
        day, value = _day(path, line, row), _value(path, line, row)
        if previous is not None and day <= previous:
            kind = "duplicates" if day == previous else "comes before"
            raise DataError(f"{path}, line {line}, column timestamp_utc: the day {kind} that of the row above")
        values[day] = value / 100
        previous = day
    return values


def _day(path: Path, line: int, row: dict) -> datetime:
    cell = row["timestamp_utc"] or ""
    try:
        time = datetime.fromisoformat(cell.strip())
    except ValueError:
        raise DataError(f"{path}, line {line}, column timestamp_utc: '{cell}' is not an ISO 8601 time") from None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def _value(path: Path, line: int, row: dict) -> float:
    cell = row["dvol"] or ""
    try:
        value = float(cell)
    except ValueError:
        raise DataError(f"{path}, line {line}, column dvol: '{cell}' is not a number") from None
    if not (math.isfinite(value) and value > 0):
        raise DataError(f"{path}, line {line}, column dvol: dvol must be a positive number, not {cell.strip()}")
    return value
