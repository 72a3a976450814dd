"""Joint scenarios of prices and implied volatilities, from what the oracle estimates."""

import numpy as np

from simulator.oracle.joint_covariance import estimated_covariance
from simulator.oracle.policy import Estimates
from simulator.risk.montecarlo import Sampling, simulate
from simulator.risk.scenario_codec import shocks_of
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.shock_models import GaussianShocks, ShockModel, StudentTCopulaShocks
from simulator.scenario.risk_model import RiskModel

MAX_LOG_MOVE = 3.0
"""A move is at most a factor of 20 up or down: what a posted set can hold, and more than margin is for."""


def estimated_scenarios(estimates: Estimates, model: RiskModel, rng: np.random.Generator) -> np.ndarray:
    """(scenarios, n_assets, 2), moves over the horizon as the contract sees them: price, implied volatility.

    Logarithms of both follow `estimated_covariance`: all of it by Monte Carlo (antithetic; Student-t margins and copula
    if the model has degrees of freedom), or by filtered historical simulation, where prices repeat the standardised
    returns of the newest bars, each asset's scaled to its volatility now, and volatilities follow their prices by
    `spot_vol_correlation` with a Gaussian remainder. Without `min_bars` of history there is Monte Carlo.

    Source: Barone-Adesi, Giannopoulos and Vosper (1999), VaR without correlations for portfolios of derivative
    securities, J. Futures Markets 19(5); the volatility leg is a Gaussian regression on the price leg.
    """
    history = estimates.history
    enough = history is not None and len(history) >= model.min_bars
    filtered = model.method == "filtered" and enough
    moves = _filtered(estimates, model, rng) if filtered else _simulated(estimates, model, rng)
    assets = moves.shape[1] // 2
    factors = ScenarioSet(np.clip(moves, -MAX_LOG_MOVE, MAX_LOG_MOVE))
    return shocks_of(factors.assigned(range(0, 2 * assets, 2), range(1, 2 * assets, 2)))


def _simulated(estimates: Estimates, model: RiskModel, rng: np.random.Generator) -> np.ndarray:
    covariance = estimated_covariance(estimates, model)
    shocks: ShockModel = GaussianShocks(covariance)
    if model.freedom is not None:
        shocks = StudentTCopulaShocks(covariance, model.freedom, np.full(len(covariance), model.freedom))
    return simulate(shocks, model.scenarios, rng, Sampling.ANTITHETIC).returns


def _filtered(estimates: Estimates, model: RiskModel, rng: np.random.Generator) -> np.ndarray:
    """(scenarios, 2 n_assets), log moves asset by asset. Bars repeat where there are fewer than scenarios."""
    deviation = np.sqrt(np.diag(estimated_covariance(estimates, model)))
    seen = estimates.history.standardised(model.scenarios)
    surprises = seen[np.arange(model.scenarios) % len(seen)]
    rho = model.spot_vol_correlation
    remainder = rng.standard_normal(surprises.shape)
    pairs = np.stack([surprises, rho * surprises + np.sqrt(1 - rho * rho) * remainder], axis=2)
    return pairs.reshape(model.scenarios, -1) * deviation
