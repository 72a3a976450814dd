"""Monte Carlo with the tail sampled on purpose: importance sampling guided by delta and gamma.

Half of the scenarios are drawn from the Gaussian law itself, half from one tilted towards where the delta-gamma
expansion of the loss is large; weights, the likelihood ratio of the law to the mixture, put the probabilities right.
The expansion only guides: any mismatch with the true loss costs variance, not correctness. Drawing half from the law
itself keeps every weight below 2, so that a misleading expansion does little harm.

Source: Glasserman, Heidelberger and Shahabuddin (2000), Variance reduction techniques for estimating value-at-risk,
Management Science 46(10), section 4, for the tilt; Hesterberg (1995), Weighted average importance sampling and
defensive mixture distributions, Technometrics 37(2), for the mixture.
"""

import numpy as np
from scipy.optimize import brentq

from simulator.errors import DataError
from simulator.risk.covariance import require_covariance, symmetric_root
from simulator.risk.greeks import AccountGreeks
from simulator.risk.inputs import require_finite, require_level
from simulator.risk.montecarlo import BATCHES
from simulator.risk.scenario_set import ScenarioSet

_PILOT = 20_000
"""Draws of the expansion, which cost next to nothing, to place its quantile."""


def simulate_tail(delta, gamma, covariance, level: float, scenarios: int, rng: np.random.Generator) -> ScenarioSet:
    """Weighted scenarios of Gaussian log moves, half of them where delta' x + x' gamma x / 2 is a large loss.

    In batches as those of `simulate`, so that `estimate_tail(losses, level, set.weights)` gives the standard error.

    Parameters
    ----------
    delta : (n_factors,)
        Change of value per unit of log move; money.
    gamma : (n_factors, n_factors)
        Second derivatives, symmetric.
    covariance : (n_factors, n_factors)
        Of the log moves over the horizon.
    level : float
        In (0, 1), the one that VaR and ES are wanted at.
    scenarios : int
        A positive multiple of 32.
    rng : numpy.random.Generator

    Raises
    ------
    DataError
    """
    delta = require_finite(delta, "delta", 1)
    gamma = require_finite(gamma, "gamma", 2)
    root = symmetric_root(require_covariance(covariance, len(delta)))
    if gamma.shape != root.shape or not np.allclose(gamma, gamma.T, rtol=1e-9, atol=0.0):
        raise DataError(f"gamma: a symmetric matrix for {len(delta)} deltas is needed, not one of shape {gamma.shape}")
    if scenarios <= 0 or scenarios % (2 * BATCHES):
        raise DataError(f"{scenarios} scenarios: a positive multiple of {2 * BATCHES} is needed, halves of each batch")
    # In y = U' z, independent normals, the loss is slope' y + sum of curvature y^2.
    curvature, axes = np.linalg.eigh(-root @ gamma @ root / 2)
    slope = -axes.T @ root @ delta
    pilot = rng.normal(size=(_PILOT, len(delta)))
    tilt = _tilt(slope, curvature, float(np.quantile(pilot @ slope + pilot**2 @ curvature, require_level(level))))
    spread = 1.0 / (1.0 - 2.0 * tilt * curvature)
    y = rng.normal(size=(BATCHES, scenarios // BATCHES, len(delta)))
    half = y[:, scenarios // BATCHES // 2 :]
    half *= np.sqrt(spread)
    half += tilt * slope * spread
    y = y.reshape(scenarios, -1)
    log_ratio = tilt * (y @ slope + y**2 @ curvature) - _cumulant(tilt, slope, curvature)
    weights = 2.0 / (1.0 + np.exp(np.minimum(log_ratio, 700.0)))
    return ScenarioSet(y @ axes.T @ root, weights)


def simulate_account_tail(
    greeks: AccountGreeks, account: int, covariance, level: float, scenarios: int, rng: np.random.Generator
) -> ScenarioSet:
    """Scenarios of price and volatility that suit one account's VaR and ES, guided by its own greeks.

    Parameters
    ----------
    greeks : AccountGreeks
    account : int
    covariance : (2 n_assets, 2 n_assets)
        Of the log moves of each asset's price and implied volatility, asset by asset.

    Others, and errors, as for `simulate_tail`.
    """
    accounts, assets = greeks.delta.shape
    if not 0 <= account < accounts:
        raise DataError(f"account {account}: there are sensitivities of accounts 0 to {accounts - 1}")
    delta, curvature = np.empty(2 * assets), np.empty(2 * assets)
    delta[0::2], delta[1::2] = greeks.delta[account], greeks.vega[account]
    # A log move x is the relative move x + x^2 / 2 to second order.
    curvature[0::2], curvature[1::2] = delta[0::2] + greeks.gamma[account], delta[1::2]
    factors = simulate_tail(delta, np.diag(curvature), covariance, level, scenarios, rng)
    return factors.by_asset()


def _cumulant(tilt: float, slope: np.ndarray, curvature: np.ndarray) -> float:
    """ln E exp(tilt L) of the expanded loss L."""
    shrunk = 1.0 - 2.0 * tilt * curvature
    return float(0.5 * ((tilt * slope) ** 2 / shrunk - np.log(shrunk)).sum())


def _tilt(slope: np.ndarray, curvature: np.ndarray, quantile: float) -> float:
    """The tilt under which the expanded loss is the quantile on average; 0 if it is so without one."""

    def short(tilt: float) -> float:
        shrunk = 1.0 - 2.0 * tilt * curvature
        mean = tilt * slope**2 * (1.0 - tilt * curvature) / shrunk**2 + curvature / shrunk
        return float(mean.sum()) - quantile

    if short(0.0) >= 0:
        return 0.0
    most = curvature.max()
    high = (1.0 - 1e-6) / (2.0 * most) if most > 0 else 1.0 / max(np.abs(slope).max(), np.abs(curvature).max())
    while most <= 0 and short(high) < 0 and np.isfinite(high):
        high *= 2.0
    return brentq(short, 0.0, high) if short(high) > 0 else high
