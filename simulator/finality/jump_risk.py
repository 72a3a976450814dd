"""What a settlement can lose until it is final, when prices jump.

Merton (1976): log prices diffuse, and jump at the times of a Poisson process; the drift makes the price a martingale.
Over the few minutes that finality takes, diffusion is nearly nothing and the tail is the jump's.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr, pdtrik, xlogy

from simulator.finality.settlement_risk import SECONDS_PER_YEAR

_NEGLIGIBLE = 1e-15
"""Probability of more jumps than are summed."""
_JUMP_DEVIATIONS = 5.0
"""A return this many robust standard deviations from the median counts as a jump when dynamics are estimated."""
_NORMAL_MAD = 1.4826
"""Standard deviation of a normal variable over its median absolute deviation."""


@dataclass(frozen=True, slots=True)
class JumpDiffusion:
    """Dynamics of a price.

    volatility : annualised, of the diffusion alone.
    jumps_per_year : intensity.
    jump_mean, jump_deviation : of the log price at a jump.
    """

    volatility: float
    jumps_per_year: float = 0.0
    jump_mean: float = 0.0
    jump_deviation: float = 0.0

    def fall_probability(self, fall: float, seconds: float) -> float:
        """Probability that the price is at least the fraction `fall` lower after so many seconds."""
        weights, means, deviations = self._mixture(seconds)
        return float(weights @ ndtr((math.log1p(-fall) - means) / deviations))

    def value_at_risk(self, value: float, seconds: float, level: float) -> float:
        """Loss of a position of this value that is exceeded with probability 1 - level. At least 0.

        Raises ValueError unless `level` lies in (0, 1).
        """
        if not 0.0 < level < 1.0:
            raise ValueError(f"level {level} must lie between 0 and 1")
        weights, means, deviations = self._mixture(seconds)
        low = float(np.min(means - 40 * deviations))
        high = float(np.max(means + 40 * deviations))
        quantile = brentq(lambda x: weights @ ndtr((x - means) / deviations) - (1.0 - level), low, high, xtol=1e-14)
        return max(-math.expm1(quantile), 0.0) * value

    def expected_bad_debt(self, collateral: float, debt: float, seconds: float, reversal_probability: float) -> float:
        """Expected shortfall of collateral under debt if the liquidation is reversed at the end of the lag.

        The probability times a put on the collateral struck at the debt, summed over the number of jumps.
        """
        weights, means, deviations = self._mixture(seconds)
        forwards = collateral * np.exp(means + 0.5 * deviations**2)
        d1 = np.log(forwards / debt) / deviations + 0.5 * deviations
        puts = debt * ndtr(deviations - d1) - forwards * ndtr(-d1)
        return float(reversal_probability * (weights @ puts))

    def _mixture(self, seconds: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Weight, mean and deviation of the log price given 0, 1, 2... jumps."""
        years = seconds / SECONDS_PER_YEAR
        expected = self.jumps_per_year * years
        most = math.ceil(pdtrik(1.0 - _NEGLIGIBLE, expected)) + 1 if expected else 0
        jumps = np.arange(most + 1)
        compensation = math.expm1(self.jump_mean + 0.5 * self.jump_deviation**2)
        drift = -0.5 * self.volatility**2 * years - expected * compensation
        variance = self.volatility**2 * years + jumps * self.jump_deviation**2
        # Without diffusion or spread the distribution has steps; a hair of variance keeps it invertible.
        # Poisson's: scipy.stats would be half a second to import for it.
        weights = np.exp(xlogy(jumps, expected) - gammaln(jumps + 1) - expected)
        return weights, drift + jumps * self.jump_mean, np.sqrt(np.maximum(variance, 1e-24))


def estimated(log_returns: np.ndarray, seconds: float) -> JumpDiffusion:
    """Dynamics from returns over equal steps: far outliers are jumps, one each, and the rest diffuses.

    Parameters
    ----------
    log_returns : (n,), n >= 2
    seconds : float
        Length of a step.
    """
    years = seconds / SECONDS_PER_YEAR
    away = log_returns - np.median(log_returns)
    spread = _NORMAL_MAD * float(np.median(np.abs(away)))
    jumps = log_returns[np.abs(away) > _JUMP_DEVIATIONS * spread] if spread > 0 else log_returns[:0]
    smooth = log_returns[np.abs(away) <= _JUMP_DEVIATIONS * spread] if spread > 0 else log_returns
    return JumpDiffusion(
        volatility=float(np.std(smooth) / np.sqrt(years)),
        jumps_per_year=len(jumps) / (len(log_returns) * years),
        jump_mean=float(np.mean(jumps)) if len(jumps) else 0.0,
        jump_deviation=float(np.std(jumps)) if len(jumps) else 0.0,
    )
