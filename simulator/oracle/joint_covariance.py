"""Covariance of prices and implied volatilities together, from what the oracle estimates."""

import numpy as np

from simulator.oracle.policy import Estimates
from simulator.scenario.risk_model import RiskModel


def joint_covariance(volatility, vol_of_vol, correlation, model: RiskModel) -> np.ndarray:
    """(2 n, 2 n), of each asset's (return, relative change of implied volatility) over the horizon, asset by asset.

    With R the correlation of returns, sigma and xi the annualised volatilities of price and of implied volatility, rho
    the correlation of a price with its own volatility and h the horizon: the correlation is R x [[1, rho], [rho, 1]]
    (Kronecker), positive semi-definite as both are; the deviations are sigma sqrt(h) and xi sqrt(h). Volatilities of
    two assets then go together as their prices do.

    Parameters
    ----------
    volatility, vol_of_vol : (n,), annualised
    correlation : (n, n)
    """
    pair = np.array([[1.0, model.spot_vol_correlation], [model.spot_vol_correlation, 1.0]])
    sigma = np.clip(volatility, model.min_volatility, model.max_volatility)
    xi = np.clip(vol_of_vol, model.min_vol_of_vol, model.max_vol_of_vol)
    deviation = np.stack([sigma, xi], axis=1).ravel() * np.sqrt(model.years)
    return np.kron(correlation, pair) * np.outer(deviation, deviation)


def estimated_covariance(estimates: Estimates, model: RiskModel) -> np.ndarray:
    """`joint_covariance` of the oracle's estimates."""
    return joint_covariance(estimates.volatility, estimates.vol_of_vol, estimates.correlation, model)


def default_covariance(n_assets: int, model: RiskModel) -> np.ndarray:
    """`joint_covariance` of the defaults, the same correlation between any two returns."""
    correlation = np.full((n_assets, n_assets), model.default_correlation)
    np.fill_diagonal(correlation, 1.0)
    ones = np.ones(n_assets)
    return joint_covariance(ones * model.default_volatility, ones * model.default_vol_of_vol, correlation, model)
