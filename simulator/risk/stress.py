"""Scenarios that are chosen, not drawn: grids of moves, the worst of history, named crises, broken correlations."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from simulator.errors import DataError
from simulator.risk.covariance import require_covariance
from simulator.risk.inputs import require_finite
from simulator.risk.scenario_set import ScenarioSet


@dataclass(frozen=True, slots=True)
class Crisis:
    """A stretch of time that markets remember: from `start` up to, not including, `end`, both UTC."""

    name: str
    start: np.datetime64
    end: np.datetime64


CRISES = tuple(
    Crisis(name, np.datetime64(start), np.datetime64(end))
    for name, start, end in (
        # MakerDAO's zero-bid auctions: ETH fell from 194.61 to a low of 86.00.
        ("black-thursday-2020", "2020-03-12", "2020-03-14"),
        # China's statement on mining and payments; BTC fell by some 30 % within a day.
        ("may-2021", "2021-05-19", "2021-05-20"),
        # The peg of TerraUSD broke.
        ("terra-2022", "2022-05-07", "2022-05-13"),
        # Celsius stopped withdrawals, Three Arrows Capital failed.
        ("celsius-2022", "2022-06-10", "2022-06-19"),
        # The run on FTX and its bankruptcy.
        ("ftx-2022", "2022-11-06", "2022-11-10"),
        # Perpetual markets deleveraged within minutes, from 21:15 UTC.
        ("october-2025", "2025-10-10", "2025-10-12"),
    )
)


def crisis(name: str) -> Crisis:
    """The crisis of that name.

    Raises
    ------
    DataError
        An unknown name; the message lists those known.
    """
    for known in CRISES:
        if known.name == name:
            return known
    raise DataError(f"unknown crisis {name!r}; known are {', '.join(c.name for c in CRISES)}")


def crisis_moves(times, prices, window: Crisis, lead: int = 0) -> ScenarioSet:
    """One scenario: every factor from its last value before the crisis to that at the low of the leading one.

    Parameters
    ----------
    times : (n_times,) datetime64, rising, when each row of prices was known (the close of a candle, not its opening).
    prices : (n_times, n_factors), above 0.
    window : Crisis
    lead : int, the column whose low marks the bottom.

    Raises
    ------
    DataError
        Prices that do not begin before the crisis, or do not reach its end.
    """
    times = np.asarray(times, dtype="datetime64[s]")
    prices = require_finite(prices, "prices", 2)
    if len(times) != len(prices) or (np.diff(times) <= np.timedelta64(0, "s")).any():
        raise DataError(f"times: {len(times)} of them for {len(prices)} rows of prices; they must rise")
    if (prices <= 0).any():
        raise DataError(f"prices: {prices.min()}; prices must be above 0")
    if not 0 <= lead < prices.shape[1]:
        raise DataError(f"lead {lead}: there are {prices.shape[1]} columns of prices, counted from 0")
    before = np.flatnonzero(times <= window.start)
    inside = np.flatnonzero((times > window.start) & (times <= window.end))
    if not before.size or not inside.size or times[-1] < window.end:
        raise DataError(
            f"crisis {window.name}: prices from {times[0]} to {times[-1]} do not cover {window.start} to {window.end}"
        )
    bottom = inside[np.argmin(prices[inside, lead])]
    return ScenarioSet(np.log(prices[bottom : bottom + 1] / prices[before[-1]]))


def worst_windows(losses, count: int, spacing: int = 1) -> np.ndarray:
    """(count,), rows of the largest losses, the worst first, no two closer than `spacing`.

    With `losses` those of a portfolio in past returns over h steps, and spacing h, these are the worst stretches of
    history that do not overlap. `ScenarioSet(returns[rows])` is the stress.

    Parameters
    ----------
    losses : (n_times,), in order of time.
    count, spacing : int, at least 1.

    Raises
    ------
    DataError
        Fewer stretches in the data than asked for.
    """
    losses = require_finite(losses, "losses", 1)
    if count < 1 or spacing < 1:
        raise DataError(f"{count} windows {spacing} apart: both must be at least 1")
    chosen: list[int] = []
    for row in np.argsort(-losses, kind="stable"):
        if all(abs(int(row) - other) >= spacing for other in chosen):
            chosen.append(int(row))
            if len(chosen) == count:
                return np.array(chosen)
    raise DataError(f"{len(losses)} losses hold {len(chosen)} windows {spacing} apart, not {count}; ask for fewer")


def grid(price_moves, volatility_moves, assets: int, moving=None) -> ScenarioSet:
    """Every pair of a price move and a volatility move, on all assets at once or on some.

    Parameters
    ----------
    price_moves, volatility_moves : (n,), (m,), relative: -0.2 is a fall by a fifth.
    assets : int
    moving : sequence of int, optional
        The assets that move; all of them if left out.

    Returns
    -------
    ScenarioSet
        n m scenarios, volatility fastest.

    Raises
    ------
    DataError
        A move of -1 or below, or an asset that is not there.
    """
    moving = list(range(assets) if moving is None else moving)
    if not all(0 <= asset < assets for asset in moving):
        raise DataError(f"moving: assets {moving} of {assets}, counted from 0")
    pairs = np.array(
        list(
            product(
                require_finite(price_moves, "price moves", 1), require_finite(volatility_moves, "volatility moves", 1)
            )
        )
    )
    shocks = np.zeros((len(pairs), assets, 2))
    shocks[:, moving] = pairs[:, None, :]
    return ScenarioSet.from_shocks(shocks)


def broken_correlation(covariance, weight: float, stressed=None) -> np.ndarray:
    """The covariance with its correlations part of the way to a stressed state, variances kept.

    R' = (1 - weight) R + weight T. A mixture of two correlation matrices is one again, so the result stays positive
    semi-definite, which pushing single entries does not ensure.

    Parameters
    ----------
    covariance : (n, n)
    weight : float, in [0, 1]; at 1 only the stressed correlations are left.
    stressed : (n,) or (n, n), optional
        The signs of one common move, T = s s' (1 for prices and -1 for their volatilities: all fall together while
        volatilities rise), or a whole correlation matrix. All ones if left out: correlations to one.

    Raises
    ------
    DataError
        A weight outside [0, 1], signs other than 1 and -1, or matrices that are no covariance or correlation.

    Source: Kupiec (1998), Stress testing in a value at risk framework, J. Derivatives 6(1), for the problem.
    """
    covariance = require_finite(covariance, "covariance", 2)
    n = len(covariance)
    covariance = require_covariance(covariance, n)
    if not 0 <= weight <= 1:
        raise DataError(f"weight {weight} is outside [0, 1]")
    target = require_finite(np.ones(n) if stressed is None else stressed, "stressed correlation")
    if target.ndim == 1:
        if len(target) != n or not np.isin(target, (-1.0, 1.0)).all():
            raise DataError(f"stressed correlation: {n} signs, each 1 or -1, are needed, not {target.tolist()}")
        target = np.outer(target, target)
    target = require_covariance(target, n, "stressed correlation")
    if not np.allclose(np.diag(target), 1.0, rtol=0.0, atol=1e-9):
        raise DataError("stressed correlation: the diagonal must be 1")
    deviation = np.sqrt(np.diag(covariance))
    return (1 - weight) * covariance + weight * target * np.outer(deviation, deviation)
