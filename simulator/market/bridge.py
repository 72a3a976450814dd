"""Bars refined to block time: a stochastic bridge through each bar's open, high, low and close.

Every bar contributes up to four anchors: its first block trades at the open and its last at the close; the high and
the low are each attained at one block between. Between anchors log prices follow a Brownian bridge whose variance over
a bar is ln(high / low)^2 / (4 ln 2), the estimator of Parkinson (1980, J. Business 53), folded back at the bar's range
so that nothing trades outside [low, high].

The low comes first with probability (1 + (close - open) / (high - low)) / 2: certainly in a bar that opens at its low
and closes at its high, evenly in one that closes where it opened. The two times are uniform over the bar's blocks. All
of it is seeded.

Special cases. A bar of three blocks keeps, besides open and close, the extreme that lies farther from them; one of two
blocks has open and close; one of a single block its open; a bar between two blocks is passed over. A gap between bars
is bridged as one bar that opens at the close before, closes at the open after and ranges between the two.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from simulator.market.process import Draws
from simulator.scenario.market import HistoricalPath

_PARKINSON = 4 * np.log(2)
_SAME_PRICE = 1e-9
"""Relative difference below which a stated extreme is the bar's high or low."""


@dataclass(frozen=True, slots=True)
class _Bars:
    """Bars on the block grid, gaps filled. Arrays (n_bars,).

    first, last : index of the first and last block of each; last < first for a bar without blocks
    """

    first: np.ndarray
    last: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray


class HistoricalBridge:
    """Prices that pass through a scenario's bars."""

    def __init__(self, section: HistoricalPath):
        self._section = section

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Opening time of the bar that holds `start` and closing time of the one that holds `end`, UTC seconds.

        A path must be drawn over this whole span for its bars to be complete.
        """
        size = self._section.bar_seconds
        opens = [int(bar[0].timestamp()) for bar in self._section.bars]
        first = max((time for time in opens if time <= start), default=opens[0])
        last = next((time + size for time in opens if time + size >= end), opens[-1] + size)
        return first, last

    def path(self, times: np.ndarray, draws: Draws) -> np.ndarray:
        bars = self._on_grid(times)
        anchors = self._anchors(bars, times, draws.common)
        index = np.array(sorted(anchors))
        values = np.array([anchors[block] for block in index.tolist()])
        owner = np.repeat(np.arange(len(bars.first)), bars.last - bars.first + 1)
        # The time at which the last bar closes may be the last of the path: it holds that close.
        owner = np.concatenate([owner, np.full(len(times) - len(owner), len(bars.first) - 1)])
        low, high = bars.low[owner], bars.high[owner]
        steps = np.maximum(bars.last - bars.first, 1)
        volatility = (np.log(bars.high / bars.low) / np.sqrt(_PARKINSON * steps))[owner]
        grid = np.arange(len(times))
        walk = np.concatenate([[0.0], np.cumsum(volatility[1:] * draws.normals)])
        noise = walk - np.interp(grid, index, walk[index])
        noise[index[-1] :] = 0.0
        prices = np.exp(_fold(np.interp(grid, index, np.log(values)) + noise, np.log(low), np.log(high)))
        prices = np.clip(prices, low, high)
        prices[index] = values
        return prices

    def _on_grid(self, times: np.ndarray) -> _Bars:
        """The bars that have a part in `times`, gaps filled."""
        size = self._section.bar_seconds
        rows = [(int(bar[0].timestamp()), *bar[1:]) for bar in self._section.bars]
        rows = [row for row in rows if row[0] + size > times[0] and row[0] <= times[-1]]
        opens, *prices = np.array(rows).T
        first, last = np.searchsorted(times, opens), np.searchsorted(times, opens + size) - 1
        open_, high, low, close = prices
        high, low = np.maximum.reduce([high, open_, close]), np.minimum.reduce([low, open_, close])
        gap = np.flatnonzero(first[1:] > last[:-1] + 1)
        before, after = close[gap], open_[gap + 1]
        columns = (
            (first, last[gap] + 1),
            (last, first[gap + 1] - 1),
            (open_, before),
            (high, np.maximum(before, after)),
            (low, np.minimum(before, after)),
            (close, after),
        )
        return _Bars(*(np.insert(column, gap + 1, filling) for column, filling in columns))

    def _anchors(self, bars: _Bars, times: np.ndarray, rng: np.random.Generator) -> dict[int, float]:
        """Price by block, for every block whose price the bars fix."""
        pins = self._pins(times)
        high_at, low_at = _extreme_blocks(bars, rng.random((len(bars.first), 3)))
        anchors: dict[int, float] = {}
        for bar, (first, last) in enumerate(zip(bars.first.tolist(), bars.last.tolist(), strict=True)):
            if last < first:
                continue
            open_, high, low, close = (float(column[bar]) for column in (bars.open, bars.high, bars.low, bars.close))
            inside: dict[int, float] = {}
            if last - first >= 3:
                # A pin sits strictly inside its bar, where the high and the low also go.
                for block, price in pins.items():
                    if first <= block <= last:
                        inside[min(max(block, first + 1), last - 1)] = price
                for block, price in ((int(high_at[bar]), high), (int(low_at[bar]), low)):
                    if not any(abs(pinned / price - 1) < _SAME_PRICE for pinned in inside.values()):
                        inside[_nearest_free(block, first + 1, last - 1, inside)] = price
            elif last - first == 2:
                inside[first + 1] = high if high - max(open_, close) > min(open_, close) - low else low
            anchors.update(inside)
            anchors[last] = close
            anchors[first] = open_
        return anchors

    def _pins(self, times: np.ndarray) -> dict[int, float]:
        """Stated extremes by block: the block in force at that time."""
        pins = {}
        for time, price in self._section.extremes:
            if times[0] <= time.timestamp() <= times[-1]:
                pins[int(np.searchsorted(times, time.timestamp(), side="right")) - 1] = price
        return pins


def _extreme_blocks(bars: _Bars, uniforms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blocks of the high and of the low of each bar, strictly inside it. uniforms: (n_bars, 3)."""
    inner = np.maximum(bars.last - bars.first - 1, 2)
    one = (uniforms[:, 0] * inner).astype(np.int64)
    other = (uniforms[:, 1] * (inner - 1)).astype(np.int64)
    other += other >= one
    earlier, later = bars.first + 1 + np.minimum(one, other), bars.first + 1 + np.maximum(one, other)
    spread = np.where(bars.high > bars.low, bars.high - bars.low, 1.0)
    low_first = uniforms[:, 2] < (1 + (bars.close - bars.open) / spread) / 2
    return np.where(low_first, later, earlier), np.where(low_first, earlier, later)


def _nearest_free(block: int, first: int, last: int, taken: Collection[int]) -> int:
    """The block nearest to `block` in first .. last that is not taken."""
    free = (candidate for candidate in range(first, last + 1) if candidate not in taken)
    return min(free, key=lambda candidate: abs(candidate - block))


def _fold(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """`values` reflected at `low` and `high` until they lie between."""
    width = np.where(high > low, high - low, 1.0)
    offset = np.mod(values - low, 2 * width)
    return low + np.minimum(offset, 2 * width - offset)
