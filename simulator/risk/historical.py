"""Scenario sets by historical simulation: plain, exponentially weighted, filtered by volatility.

Rows are in order of time, the last one the most recent. All assets keep the same days, and with them their dependence.
"""

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite
from simulator.risk.scenario_set import ScenarioSet


def log_returns(prices, horizon: int = 1) -> np.ndarray:
    """(n_times - horizon, n_assets), log returns over `horizon` steps; they overlap if it is more than one.

    Parameters
    ----------
    prices : (n_times, n_assets)
        Above 0, in order of time.
    horizon : int
        In steps, at least 1.

    Raises
    ------
    DataError
    """
    prices = require_finite(prices, "prices", 2)
    if (prices <= 0).any():
        row, column = (int(i) for i in np.argwhere(prices <= 0)[0])
        raise DataError(f"prices: {prices[row, column]} at ({row}, {column}); prices must be above 0")
    if horizon < 1:
        raise DataError(f"horizon is {horizon}: at least 1 step is needed")
    if len(prices) <= horizon:
        raise DataError(f"prices: {len(prices)} rows, more than the horizon of {horizon} are needed")
    logs = np.log(prices)
    return logs[horizon:] - logs[:-horizon]


def plain(returns) -> ScenarioSet:
    """Every past return with the same weight. Returns: (n_times, n_assets), log returns."""
    return ScenarioSet(returns, None)


def exponentially_weighted(returns, decay: float) -> ScenarioSet:
    """Every past return, its weight in proportion to decay^age; the most recent has age 0.

    Parameters
    ----------
    returns : (n_times, n_assets)
        Log returns.
    decay : float
        In (0, 1); 0.99 halves a weight in 69 steps.

    Raises
    ------
    DataError

    Source: Boudoukh, Richardson and Whitelaw (1998), The best of both worlds, Risk 11(5).
    """
    returns = require_finite(returns, "returns", 2)
    return ScenarioSet(returns, _require_decay(decay) ** np.arange(len(returns))[::-1])


def filtered(returns, volatility) -> ScenarioSet:
    """Past returns rescaled to the volatility of now: r* = sigma_now r_t / sigma_t.

    Parameters
    ----------
    returns : (n_times, n_assets)
        Log returns.
    volatility : (n_times + 1, n_assets)
        Above 0, of one step. Row t is the forecast for return t from what was known before it, and the last row
        that for the step to come; `ewma_volatility` gives these, or a GARCH model.

    Raises
    ------
    DataError

    Source: Hull and White (1998), Incorporating volatility updating into the historical simulation method, J. Risk
    1(1); Barone-Adesi, Giannopoulos and Vosper (1999), VaR without correlations for portfolios of derivatives.
    """
    returns = require_finite(returns, "returns", 2)
    volatility = require_finite(volatility, "volatility", 2)
    if volatility.shape != (len(returns) + 1, returns.shape[1]):
        raise DataError(
            f"volatility: shape {volatility.shape} for returns of shape {returns.shape}; "
            "one row per return and one for the step to come are needed"
        )
    if (volatility <= 0).any():
        raise DataError(f"volatility: {volatility.min()} cannot scale a return; it must be above 0")
    return ScenarioSet(volatility[-1] * returns / volatility[:-1], None)


def ewma_volatility(returns, decay: float) -> np.ndarray:
    """(n_times + 1, n_assets), forecasts by var' = decay var + (1 - decay) r^2, in the form `filtered` takes.

    The first is the root mean square of all the returns, known by the time the scenarios are used.

    Raises
    ------
    DataError

    Source: RiskMetrics Technical Document, 4th ed. (J.P. Morgan/Reuters 1996), section 5.2.
    """
    returns = require_finite(returns, "returns", 2)
    _require_decay(decay)
    variance = np.empty((len(returns) + 1, returns.shape[1]))
    variance[0] = (returns**2).mean(axis=0)
    for t, squared in enumerate(returns**2):
        variance[t + 1] = decay * variance[t] + (1 - decay) * squared
    return np.sqrt(variance)


def _require_decay(decay: float) -> float:
    if not 0.0 < decay < 1.0:
        raise DataError(f"decay {decay} is outside (0, 1)")
    return decay
