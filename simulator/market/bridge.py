"""Bars refined to block time: a stochastic bridge through each bar's open, high, low and close.

Every bar contributes up to four anchors: its first block trades at the open and its last at the close; the high and
the low are each attained at one block between, unless open or close attain them. Between anchors log prices follow a
Brownian bridge whose variance over a bar is ln(high / low)^2 / (4 ln 2), the estimator of Parkinson (1980, J. Business
53), folded back at the bar's range so that nothing trades outside [low, high].

The low comes first with probability (1 + (close - open) / (high - low)) / 2: certainly in a bar that opens at its low
and closes at its high, evenly in one that closes where it opened. The two times are uniform, at least a tenth of the
bar from each other and from its ends. All of it is seeded.

Special cases. A bar of three blocks keeps, besides open and close, the extreme that lies farther from them; one of two
blocks has open and close; one of a single block its open; a bar between two blocks is passed over. A gap between bars
is bridged as one bar that opens at the close before, closes at the open after and ranges between the two.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from simulator.errors import ScenarioError
from simulator.market.process import Draws
from simulator.scenario.market import HistoricalPath

_PARKINSON = 4 * np.log(2)
_APART = 0.1
"""Share of a bar that lies at least between its high, its low and its ends, so that no block leaps across the range."""


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
            if last - first >= 3:
                # A pin sits strictly inside its bar, so that open and close keep their blocks.
                inside = {min(max(b, first + 1), last - 1): price for b, price in pins.items() if first <= b <= last}
                for block, price in ((int(high_at[bar]), high), (int(low_at[bar]), low)):
                    if price not in (open_, close, *inside.values()):
                        inside[_free_block(block, first + 1, last - 1, inside)] = price
                anchors.update(inside)
            elif last - first == 2:
                anchors[first + 1] = high if high - max(open_, close) > min(open_, close) - low else low
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
    one, other = uniforms[:, 0], uniforms[:, 1]
    free = 1 - 3 * _APART
    earlier = ((_APART + free * np.minimum(one, other)) * inner).astype(np.int64)
    later = ((2 * _APART + free * np.maximum(one, other)) * inner).astype(np.int64)
    # In a bar of few blocks rounding may bring the two together.
    earlier = np.minimum(earlier, inner - 2)
    later = np.maximum(later, earlier + 1)
    earlier, later = bars.first + 1 + earlier, bars.first + 1 + later
    spread = np.where(bars.high > bars.low, bars.high - bars.low, 1.0)
    low_first = uniforms[:, 2] < (1 + (bars.close - bars.open) / spread) / 2
    return np.where(low_first, later, earlier), np.where(low_first, earlier, later)


def _free_block(block: int, first: int, last: int, taken: Collection[int]) -> int:
    """A block in first .. last that is not taken: far enough from those if there is one, then nearest to `block`."""
    apart = int(_APART * (last - first + 1))

    def crowding(candidate: int) -> int:
        return max(apart - min((abs(candidate - other) for other in taken), default=apart), 0)

    if block not in taken and not crowding(block):
        return block
    free = [candidate for candidate in range(first, last + 1) if candidate not in taken]
    if not free:
        raise ScenarioError("a bar has more stated extremes than blocks to hold them and its high and low")
    return min(free, key=lambda candidate: (crowding(candidate), abs(candidate - block)))


def _fold(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """`values` reflected at `low` and `high` until they lie between."""
    width = np.where(high > low, high - low, 1.0)
    offset = np.mod(values - low, 2 * width)
    return low + np.minimum(offset, 2 * width - offset)
