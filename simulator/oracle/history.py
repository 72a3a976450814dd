"""Bars from before the start of a run, from files: what estimators and fits begin with."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from simulator.errors import DataError
from simulator.oracle.bars import Bars
from simulator.scenario.candles import read_bars


def read_history(files: Mapping[str, str], symbols: Sequence[str], start: int, bar_seconds: int) -> list[Bars]:
    """Bars of all assets that end at or before `start`, oldest first; none if there are no files.

    Bars of a file are joined to bars of `bar_seconds` counted back from `start`. Where one is incomplete, in any file,
    it is left out; the returns within the others do not span the gap.

    Parameters
    ----------
    files : mapping of str to str
        CSV of bars (see `simulator.scenario.candles`) by symbol.
    symbols : sequence of str
        The assets, in order; each has a file.
    start : int
        UTC seconds.

    Raises
    ------
    DataError
        A file that cannot be used: its bars do not make bars of this size, or none is complete before the start.
    """
    if not files:
        return []
    joined = [_joined(files[symbol], start, bar_seconds) for symbol in symbols]
    common = sorted(set.intersection(*(set(bars) for bars in joined)))
    if not common:
        raise DataError(f"oracle.history: no {bar_seconds} s bar before the start is complete in every file")
    return [Bars(float(bar_seconds), *np.array([bars[place] for bars in joined]).T) for place in common]


def _joined(file: str, start: int, bar_seconds: int) -> dict[int, np.ndarray]:
    """Open, high, low, close by place before the start: -1 is the bar that ends there."""
    size, rows = read_bars(Path(file))
    if bar_seconds % size:
        raise DataError(
            f"{file}: bars of {size} s do not make bars of {bar_seconds} s; set oracle.bar_seconds to a multiple"
        )
    times = np.array([int(row[0].timestamp()) for row in rows])
    prices = np.array([row[1:] for row in rows], dtype=float)
    place = (times - start) // bar_seconds
    inside = (times + size <= start) & (times + size <= start + (place + 1) * bar_seconds)
    places, first, count = np.unique(place[inside], return_index=True, return_counts=True)
    prices, whole = prices[inside], bar_seconds // size
    return {
        int(at): np.array([prices[i, 0], prices[i : i + n, 1].max(), prices[i : i + n, 2].min(), prices[i + n - 1, 3]])
        for at, i, n in zip(places, first, count, strict=True)
        if n == whole
    }
