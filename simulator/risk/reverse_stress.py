"""Reverse stress: not "how much is lost in this scenario?" but "which scenario, the most likely one, loses that much?".

Likely means a small Mahalanobis distance, sqrt(x' C^-1 x): among normal moves all points of one distance are equally
likely, and nearer ones more so. With R R = C and x = R z it is the length of z, also where C is singular.

Source: Breuer, Jandacka, Rheinberger and Summer (2009), How to find plausible, severe, and useful stress scenarios,
International Journal of Central Banking 5(3).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize

from simulator.errors import DataError
from simulator.risk.book import Book
from simulator.risk.contracts import Contracts
from simulator.risk.covariance import require_covariance, symmetric_root
from simulator.risk.inputs import require_finite, require_positive
from simulator.risk.portfolio_valuation import account_profits, equity, profit_blocks
from simulator.risk.scenario_set import ScenarioSet

Losses = Callable[[np.ndarray], np.ndarray]
"""Losses (n,) of factor moves (n, n_factors)."""

_RAYS = 64
"""Random directions searched besides the axes and the steepest one."""
_RADIAL_STEPS = 60
_STARTS = 8
"""Directions, those that reach the loss soonest, from which the search goes on."""
_STEP = 1e-4
"""Of central differences, in deviations: their error, of its square, is far below what a distance is read to."""


@dataclass(frozen=True, slots=True)
class ReverseStress:
    """The most likely scenario that loses so much.

    distance : float, Mahalanobis, in standard deviations; for a linear portfolio loss / sigma
    moves : (n_factors,), log moves of the factors
    loss : float, in that scenario
    """

    distance: float
    moves: np.ndarray
    loss: float


def most_likely(losses: Losses, covariance, target: float, reach: float = 12.0) -> ReverseStress | None:
    """The point x of least Mahalanobis distance with losses(x) >= target, or None if none lies within `reach`.

    Rays from the centre find where the loss is first reached in each direction; from the best of them sequential
    quadratic programming moves along the boundary. Losses may be of any shape, so that the nearest of several distant
    regions is found, as for a straddle; a kink, as of a fund behind many accounts, costs some precision.

    Parameters
    ----------
    losses : callable
        Losses (n,) of moves (n, n_factors); called with many at once.
    covariance : (n_factors, n_factors)
        Of the moves.
    target : float
        Above the loss where nothing moves.
    reach : float
        The farthest distance of interest, standard deviations, above 0.

    Raises
    ------
    DataError
        A target that is lost already, or a covariance that is none.
    """
    covariance = require_finite(covariance, "covariance", 2)
    root = symmetric_root(require_covariance(covariance, len(covariance)))
    reach = require_positive(reach, "reach")
    still = float(losses(np.zeros((1, len(root))))[0])
    target = float(require_finite(target, "loss", 0))
    if target <= still:
        raise DataError(f"a loss of {target:.6g} is reached where nothing moves ({still:.6g} is lost there)")
    unit = target - still

    def excess(z: np.ndarray) -> np.ndarray:
        return (losses(z @ root) - target) / unit

    def slope(z: np.ndarray) -> np.ndarray:
        steps = _STEP * np.eye(len(z))
        both = excess(np.concatenate([z + steps, z - steps]))
        return (both[: len(z)] - both[len(z) :]) / (2 * _STEP)

    candidates = _crossings(excess, _directions(slope(np.zeros(len(root)))), reach)
    for start in candidates[:_STARTS]:
        found = minimize(
            lambda z: 0.5 * z @ z,
            start,
            jac=lambda z: z,
            constraints={"type": "ineq", "fun": lambda z: excess(z[None])[0], "jac": slope},
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 200},
        )
        if np.isfinite(found.x).all() and found.x.any():
            candidates += _crossings(excess, found.x[None] / np.linalg.norm(found.x), reach)
    if not candidates:
        return None
    best = min(candidates, key=np.linalg.norm)
    moves = best @ root
    return ReverseStress(float(np.linalg.norm(best)), moves, float(losses(moves[None])[0]))


def exhausting_account(
    contracts: Contracts,
    book: Book,
    account: int,
    covariance,
    reach: float = 12.0,
    assign: Callable[[ScenarioSet], ScenarioSet] = ScenarioSet.by_asset,
) -> ReverseStress | None:
    """The most likely scenario in which an account's equity, collateral included, is gone.

    Parameters
    ----------
    contracts : Contracts
    book : Book
    account : int
    covariance : (n_factors, n_factors)
        Of the log moves of the factors over the horizon.
    reach : float
        As in `most_likely`.
    assign : ScenarioSet -> ScenarioSet
        Which factor moves what (`ScenarioSet.assigned`), so that a stable coin may be one; each asset's price and
        implied volatility, asset by asset, if left out.

    Raises
    ------
    DataError
        An account that is not there, or whose equity is not above zero; a covariance that does not fit.
    """
    if not 0 <= account < len(book):
        raise DataError(f"account {account}: the book has accounts 0 to {len(book) - 1}")
    own = book.accounts(account, account + 1)
    worth = float(equity(contracts, own)[0])
    if worth <= 0:
        raise DataError(f"account {account}: its equity of {worth:.6g} is exhausted already")

    def losses(moves: np.ndarray) -> np.ndarray:
        return -account_profits(contracts, own, assign(ScenarioSet(moves)))[0]

    return most_likely(losses, covariance, worth, reach)


def exhausting_fund(
    contracts: Contracts,
    book: Book,
    fund: float,
    covariance,
    reach: float = 12.0,
    assign: Callable[[ScenarioSet], ScenarioSet] = ScenarioSet.by_asset,
) -> ReverseStress | None:
    """The most likely scenario in which all accounts' deficits together exhaust the insurance fund.

    A deficit is what an account's equity falls below zero; the fund stands behind it, other accounts do not.

    Parameters
    ----------
    fund : float, money, above 0.

    Others, and errors, as for `exhausting_account`; DataError too if present deficits exhaust the fund.
    """
    worth = equity(contracts, book)

    def losses(moves: np.ndarray) -> np.ndarray:
        total = np.zeros(len(moves))
        for first, profits in profit_blocks(contracts, book, assign(ScenarioSet(moves))):
            total += np.maximum(-(worth[first : first + len(profits), None] + profits), 0.0).sum(axis=0)
        return total

    return most_likely(losses, covariance, require_positive(fund, "fund"), reach)


def _directions(steepest: np.ndarray) -> np.ndarray:
    """(n, n_factors), unit vectors: the steepest, both ways along each axis, and random ones, the same every time."""
    n = len(steepest)
    around = np.random.default_rng(0).normal(size=(_RAYS, n))
    all_of_them = np.concatenate([steepest[None], np.eye(n), -np.eye(n), around])
    length = np.linalg.norm(all_of_them, axis=1)
    return all_of_them[length > 0] / length[length > 0, None]


def _crossings(excess: Losses, directions: np.ndarray, reach: float) -> list[np.ndarray]:
    """Where each ray first reaches the loss, nearest first; rays that never do are left out."""
    radii = np.linspace(0.0, reach, _RADIAL_STEPS + 1)[1:]
    points = radii[None, :, None] * directions[:, None, :]
    reached = (excess(points.reshape(-1, directions.shape[1])) >= 0).reshape(len(directions), -1)
    found = []
    for direction, hit in zip(directions, reached, strict=True):
        if hit.any():
            outside = radii[np.argmax(hit)]
            inside = outside - reach / _RADIAL_STEPS
            radius = brentq(lambda r, d=direction: excess((r * d)[None])[0], inside, outside, xtol=1e-12)
            found.append(radius * direction)
    return sorted(found, key=np.linalg.norm)
