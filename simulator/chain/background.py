"""Gas that other users of the chain want, at what price.

Bids are spread by three quantiles that move with time. Between them, and beyond the highest, the share of gas that bids
more than a price is a Pareto tail: ln(share) is piecewise linear in ln(price) through (p30, 0.7), (p60, 0.4) and
(p90, 0.1), continued above p90 with the slope of the last segment and below p30 with that of the first until it reaches
one. Between rows, ln(price) is linear in time.

What finds no room stays in a backlog and is withdrawn at a constant rate, so congestion outlasts its cause.
"""

import csv
import math
from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from simulator.chain.fee_market import GWEI
from simulator.errors import DataError, ScenarioError
from simulator.scenario.chain import BackgroundDemand, ChainSection

_LOG_SHARES = np.log([1.0, 0.7, 0.4, 0.1])

# Quantiles that coincide are pulled apart by this ratio, so that the share is a function of price.
_LEAST_LOG_RATIO = math.log(1.01)

# Bids are kept on a logarithmic grid, 0.01 gwei to 1e6 gwei; a step is a ratio of 1.08.
_HIGHEST_GWEI = 1e6
_LOWEST_LOG = math.log(1e7)
_HIGHEST_LOG = math.log(1e15)
_STEPS = 240
_STEP = (_HIGHEST_LOG - _LOWEST_LOG) / _STEPS
_GRID = np.linspace(_LOWEST_LOG, _HIGHEST_LOG, _STEPS + 1)

_COLUMNS = ("timestamp_utc", "gas_gwei_p30", "gas_gwei_p60", "gas_gwei_p90")


class BidDistribution:
    """Share of background gas that bids more than a price, by time.

    Parameters
    ----------
    times : (n,), UTC seconds, rising. Before the first and after the last the distribution stands still.
    quantiles_gwei : (n, 3), the 30 %, 60 % and 90 % quantile of bids.

    Attributes
    ----------
    first, last : the first and the last of the times.
    """

    def __init__(self, times: Sequence[float], quantiles_gwei: Sequence[Sequence[float]]):
        self.first, self.last = times[0], times[-1]
        self._times = np.asarray(times, dtype=float)
        logs = np.log(np.asarray(quantiles_gwei, dtype=float) * GWEI)
        logs[:, 1] = np.maximum(logs[:, 1], logs[:, 0] + _LEAST_LOG_RATIO)
        logs[:, 2] = np.maximum(logs[:, 2], logs[:, 1] + _LEAST_LOG_RATIO)
        self._log_quantiles = logs
        self._rows = np.arange(len(self._times), dtype=float)

    def share_above(self, timestamp: int, log_prices: np.ndarray) -> np.ndarray:
        """Share of gas bidding more than exp(`log_prices`) wei, any shape, in [0, 1]."""
        at = float(np.interp(timestamp, self._times, self._rows))
        row = int(at)
        low = self._log_quantiles[row]
        if at > row:
            low = low + (at - row) * (self._log_quantiles[row + 1] - low)
        p30, p60, p90 = low.tolist()
        first = (p60 - p30) / (_LOG_SHARES[1] - _LOG_SHARES[2])
        last = (p90 - p60) / (_LOG_SHARES[2] - _LOG_SHARES[3])
        floor = p30 + first * _LOG_SHARES[1]
        log_share = np.interp(log_prices, [floor, p30, p60, p90], _LOG_SHARES)
        log_share += np.minimum((p90 - log_prices) / last, 0.0)
        return np.exp(log_share)


class Background:
    """Background demand, block by block: fresh bids join the backlog, then a block serves the highest of them.

    Parameters
    ----------
    bids : the distribution fresh bids are drawn from, or None for an empty chain.
    gas_per_block : mean fresh gas.
    jitter : log-standard deviation of fresh gas from block to block, mean kept.
    survival : share of the backlog still wanted one block later.
    rng : source of the jitter.

    Attributes
    ----------
    backlog : (240,), gas that waits from earlier blocks, by bid. Replaced, never changed in place.
    """

    def __init__(
        self,
        bids: BidDistribution | None,
        *,
        gas_per_block: float,
        jitter: float,
        survival: float,
        rng: np.random.Generator,
    ):
        self._bids = bids
        self._gas_per_block = gas_per_block if bids else 0.0
        self._jitter = jitter
        self._survival = survival
        self._rng = rng
        self.backlog = np.zeros(_STEPS)
        # Gas above each point of the grid, falling to what bids more than the highest; `_rising` is its negative.
        self._above = np.zeros(_STEPS + 1)
        self._above_list = self._above.tolist()
        self._rising = self._above_list

    def arrive(self, timestamp: int) -> None:
        """Fresh bids for the block at `timestamp`."""
        if not self._gas_per_block:
            return
        gas = self._gas_per_block
        if self._jitter:
            gas *= math.exp(self._jitter * self._rng.standard_normal() - 0.5 * self._jitter**2)
        above = self._bids.share_above(timestamp, _GRID)
        above *= gas
        above[:-1] += np.cumsum(self.backlog[::-1])[::-1]
        self._above = above
        self._above_list = above.tolist()
        self._rising = (-above).tolist()

    def above(self, price: int) -> int:
        """Gas that bids more than `price` wei."""
        if not self._gas_per_block:
            return 0
        place = (math.log(price) - _LOWEST_LOG) / _STEP if price > 0 else -1.0
        if place <= 0:
            return int(self._above_list[0])
        if place >= _STEPS:
            return int(self._above_list[-1])
        step = int(place)
        low, high = self._above_list[step], self._above_list[step + 1]
        return int(low + (place - step) * (high - low))

    def serve(self, gas: int) -> None:
        """Take the highest `gas` out; what remains waits, less what is withdrawn until the next block."""
        if not self._gas_per_block:
            return
        waiting = np.maximum(self._above - gas, 0.0)
        self.backlog = (waiting[:-1] - waiting[1:]) * self._survival

    def price_for(self, room: int) -> int:
        """The lowest price, wei, that leaves at least `room` gas of demand above it out: `above(price) <= room`."""
        if not self._gas_per_block or self._above_list[0] <= room:
            return 0
        step = bisect_left(self._rising, -room)
        if step > _STEPS:
            return round(math.exp(_HIGHEST_LOG))
        high, low = self._above_list[step - 1], self._above_list[step]
        return math.ceil(math.exp(_GRID[step - 1] + _STEP * (high - room) / (high - low)))


def background(chain: ChainSection, *, start_timestamp: int, rng: np.random.Generator) -> Background:
    """Background demand as a scenario states it, for a run that starts then.

    Raises
    ------
    DataError : its file cannot be used, or has no price from the time of the run.
    ScenarioError : a price that cannot be told from higher ones.
    """
    demand = chain.background
    survival = math.exp(-chain.block_seconds / demand.patience_seconds) if demand.patience_seconds else 0.0
    return Background(
        _distribution(demand, start_timestamp, start_timestamp + chain.blocks * chain.block_seconds),
        gas_per_block=demand.load * chain.block_gas_limit,
        jitter=demand.jitter,
        survival=survival,
        rng=rng,
    )


def _distribution(demand: BackgroundDemand, start: int, end: int) -> BidDistribution | None:
    if demand.file:
        bids = read_gas_prices(Path(demand.file))
        if bids.last < start or bids.first > end:
            have, need = (f"{_shown(a)} .. {_shown(b)}" for a, b in ((bids.first, bids.last), (start, end)))
            raise DataError(f"{demand.file}: no gas prices from the time of the run: it has {have}, the run is {need}")
        return bids
    if not demand.gas_price_gwei:
        return None
    rows = demand.gas_price_gwei
    for hour, *quantiles in rows:
        if quantiles[-1] > _HIGHEST_GWEI:
            raise ScenarioError(
                f"chain.background.gas_price_gwei: hour {hour:g}: {quantiles[-1]:g} gwei is above the highest bid that "
                f"the simulator tells apart, {_HIGHEST_GWEI:g} gwei"
            )
    return BidDistribution([start + 3600 * row[0] for row in rows], [row[1:] for row in rows])


def read_gas_prices(path: Path) -> BidDistribution:
    """Gas price quantiles from a CSV; rows without any are gaps. Raises DataError with the line at fault."""
    times: list[float] = []
    quantiles: list[list[float]] = []
    for line, row in _rows(path):
        if not any(row[column] for column in _COLUMNS[1:]):
            continue
        time, *prices = (_value(column, row[column], f"{path}, line {line}") for column in _COLUMNS)
        if not 0 < prices[0] <= prices[1] <= prices[2] <= _HIGHEST_GWEI:
            raise DataError(
                f"{path}, line {line}: quantiles must be positive, not fall and be {_HIGHEST_GWEI:g} gwei at most, "
                f"got {prices}"
            )
        if times and time <= times[-1]:
            raise DataError(f"{path}, line {line}: times must rise, got {row[_COLUMNS[0]]}")
        times.append(time)
        quantiles.append(prices)
    if not times:
        raise DataError(f"{path}: no gas prices; expected columns {', '.join(_COLUMNS)} and rows below them")
    return BidDistribution(times, quantiles)


def _shown(timestamp: float) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%dT%H:%MZ}"


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Number of each line and its cells by column; empty where it is too short."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="", strict=True)
            header = reader.fieldnames or _COLUMNS
            missing = [column for column in _COLUMNS if column not in header]
            if missing:
                raise DataError(f"{path}: column {missing[0]} is missing; expected {', '.join(_COLUMNS)}")
            return [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot read gas prices: {getattr(error, 'strerror', None) or error}") from None


def _value(column: str, cell: str, where: str) -> float:
    """UTC seconds, or gwei."""
    try:
        if column != _COLUMNS[0]:
            return float(cell)
        time = datetime.fromisoformat(cell)
    except ValueError:
        kind = "an ISO 8601 time" if column == _COLUMNS[0] else "a number"
        raise DataError(f"{where}, column {column}: '{cell}' is not {kind}") from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
