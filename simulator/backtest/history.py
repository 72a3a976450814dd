"""Daily prices of several assets on the same days, and the implied volatility that goes with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from simulator.backtest.implied import modelled, read_index
from simulator.errors import DataError
from simulator.scenario.candles import read_bars

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """What happened, day by day, in order of time and without gaps.

    assets : names, (n_assets,)
    time : (n_days,), UTC seconds at which each bar closes
    open, high, low, close : (n_days, n_assets), quote currency
    implied : (n_days, n_assets), implied volatility at the close, annualised; of every strike and expiry
    implied_before : (n_days, n_assets), that of the day before by the same source, so that no change of source counts
        as a change of volatility
    first_day : the first day that may be tested: implied volatility is measured from there on
    """

    assets: tuple[str, ...]
    time: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    implied: np.ndarray
    implied_before: np.ndarray
    first_day: int = 0

    def __len__(self) -> int:
        return len(self.time)

    def date(self, day: int) -> str:
        """The day as a date, that of its opening."""
        return f"{datetime.fromtimestamp(int(self.time[day]) - DAY_SECONDS, UTC):%Y-%m-%d}"

    def known_at(self, day: int) -> "PriceHistory":
        """The history up to the close of `day`: all that a margin of that day may rest on."""
        rows = slice(0, day + 1)
        columns = (self.time, self.open, self.high, self.low, self.close, self.implied, self.implied_before)
        return PriceHistory(self.assets, *(column[rows] for column in columns), self.first_day)


def read_history(files: Mapping[str, Path], indices: Mapping[str, Path] | None = None) -> PriceHistory:
    """Prices of each asset from its candle file, on the days that all files have in common.

    Parameters
    ----------
    files
        Candle file of each asset, by name; daily bars, as `simulator.scenario.candles.read_bars` reads them.
    indices
        File of an implied-volatility index of an asset, by its name (columns timestamp_utc, dvol). Other assets, and
        days before an index starts, follow the model of `simulator.backtest.implied`. Days after an index ends are left
        out, and only days from its start on are tested.

    Raises
    ------
    DataError
        Naming the file at fault: unreadable, not daily, with a day missing, without a day in common with the others, or
        an index of an asset that has no prices.
    """
    bars = {name: _daily(path) for name, path in files.items()}
    days = _common_days(bars, files)
    prices = np.array([[bars[name][day] for name in files] for day in days])
    open_, high, low, close = np.moveaxis(prices, 2, 0)
    implied = modelled(close)
    before = np.concatenate([implied[:1], implied[:-1]])
    first, end = 0, len(days)
    for name, path in (indices or {}).items():
        if name not in files:
            raise DataError(f"{path}: an index of {name}, which has no prices; give --prices {name}=FILE")
        start, values = read_index(path, days)
        column, stop = list(files).index(name), start + len(values)
        implied[start:stop, column] = values
        before[start + 1 : stop, column] = values[:-1]
        first, end = max(first, start), min(end, stop)
    time = np.array([int(day.timestamp()) + DAY_SECONDS for day in days])
    columns = (column[:end] for column in (time, open_, high, low, close, implied, before))
    return PriceHistory(tuple(files), *columns, first)


def _daily(path: Path) -> dict[datetime, tuple[float, ...]]:
    bar_seconds, rows = read_bars(path)
    if bar_seconds != DAY_SECONDS:
        raise DataError(f"{path}: bars of {bar_seconds} s; daily bars ({DAY_SECONDS} s) are needed")
    for before, after in pairwise(rows):
        step = round((after[0] - before[0]).total_seconds())
        if step != DAY_SECONDS:
            raise DataError(
                f"{path}: no bar between {before[0]:%Y-%m-%d} and {after[0]:%Y-%m-%d}; a backtest needs every day"
            )
    return {
        time: (open_, max(high, open_, close), min(low, open_, close), close) for time, open_, high, low, close in rows
    }


def _common_days(bars: Mapping[str, Mapping[datetime, tuple]], files: Mapping[str, Path]) -> Sequence[datetime]:
    shared = sorted(set.intersection(*(set(each) for each in bars.values())))
    if len(shared) < 2:
        spans = ", ".join(f"{files[name]} {min(each):%Y-%m-%d} .. {max(each):%Y-%m-%d}" for name, each in bars.items())
        raise DataError(f"the price files have no two days in common: {spans}")
    return shared
