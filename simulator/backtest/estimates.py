"""What can be estimated at the close of each day from that day and those before it."""

from dataclasses import dataclass

import numpy as np

from simulator.backtest.history import DAY_SECONDS, PriceHistory
from simulator.backtest.implied import SEED_DAYS
from simulator.market.process import YEAR_SECONDS
from simulator.oracle.bars import Bars
from simulator.oracle.estimators import largest_of

DECAY = 0.94
"""Of daily estimates (RiskMetrics Technical Document, 4th ed., table 5.9), the scenario files' default too."""
ESTIMATORS = ("ewma", "garman_klass")
"""Margins follow the larger of the two, as in the scenario files' default."""
_DAYS_PER_YEAR = YEAR_SECONDS / DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Estimates:
    """Row t is known at the close of day t. Factors are, asset by asset, the log return and the log change of implied
    volatility of a day: 2 n_assets of them.

    volatility : (n_days, n_assets), the larger of `ESTIMATORS`, annualised
    correlation : (n_days, n_assets, n_assets), of log returns
    vol_of_vol : (n_days, n_assets), volatility of implied volatility, annualised
    factors : (n_days, 2 n_assets), the changes of day t; those of day 0 are zero
    covariance : (n_days, 2 n_assets, 2 n_assets), EWMA forecast for a day, made at the close of day t
    """

    volatility: np.ndarray
    correlation: np.ndarray
    vol_of_vol: np.ndarray
    factors: np.ndarray
    covariance: np.ndarray

    @property
    def deviation(self) -> np.ndarray:
        """(n_days, 2 n_assets), standard deviation of each factor over the next day."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))


def walk_forward(history: PriceHistory) -> Estimates:
    """Estimates of every day, each from its own past.

    Only the first `SEED_DAYS` days look ahead, to one another, for the EWMAs to start from; they are never tested.
    """
    factors = daily_factors(history)
    covariance = _ewma_covariance(factors)
    price = covariance[:, ::2, ::2]
    deviation = np.sqrt(np.diagonal(price, axis1=1, axis2=2))
    return Estimates(
        volatility=_oracle_volatility(history, deviation[0] * np.sqrt(_DAYS_PER_YEAR)),
        correlation=_correlation(price, deviation),
        vol_of_vol=np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)[:, 1::2] * _DAYS_PER_YEAR),
        factors=factors,
        covariance=covariance,
    )


def daily_factors(history: PriceHistory) -> np.ndarray:
    """(n_days, 2 n_assets), log return and log change of implied volatility of each asset; zero on the first day."""
    factors = np.zeros((len(history), 2 * len(history.assets)))
    factors[1:, ::2] = np.diff(np.log(history.close), axis=0)
    factors[1:, 1::2] = np.log(history.implied[1:] / history.implied_before[1:])
    return factors


def _ewma_covariance(factors: np.ndarray) -> np.ndarray:
    """cov' = decay cov + (1 - decay) f f', from the mean square of the first `SEED_DAYS` changes."""
    seed = factors[1 : 1 + SEED_DAYS]
    covariance = np.empty((len(factors), factors.shape[1], factors.shape[1]))
    covariance[0] = np.einsum("ti,tj->ij", seed, seed) / len(seed)
    for day in range(1, len(factors)):
        change = factors[day]
        covariance[day] = DECAY * covariance[day - 1] + (1 - DECAY) * np.outer(change, change)
    return covariance


def _oracle_volatility(history: PriceHistory, initial: np.ndarray) -> np.ndarray:
    """The online estimators of the protocol's oracle, fed with daily bars."""
    estimator = largest_of(ESTIMATORS, DECAY, DAY_SECONDS, initial)
    volatility = np.empty_like(history.close)
    for day in range(len(history)):
        bars = (column[day] for column in (history.open, history.high, history.low, history.close))
        estimator.update(Bars(float(DAY_SECONDS), *bars))
        volatility[day] = estimator.volatility
    return volatility


def _correlation(covariance: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    scale = deviation[:, :, None] * deviation[:, None, :]
    correlation = np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 0)
    diagonal = np.arange(covariance.shape[1])
    correlation[:, diagonal, diagonal] = 1.0
    return correlation
