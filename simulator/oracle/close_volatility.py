"""Volatility from closes beyond EWMA: without the drift, and without the jumps."""

import math

import numpy as np

from simulator.oracle.bars import Bars
from simulator.oracle.weighted_variance import CentredVariance, WeightedVariance


class CloseToCloseVolatility:
    """Sample variance of log returns about their mean, exponentially weighted.

    Where EWMA takes a steady trend for volatility, this removes it; it also misses the beginning of one. Formulas in
    `CentredVariance`. Parameters as for EwmaVolatility.
    """

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._variance = CentredVariance(decay, bar_seconds, initial)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        self._variance.add(np.log(bars.close / bars.open), bars.seconds)

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return np.sqrt(self._variance.variance)


class BipowerVolatility:
    """EWMA of bipower variation, (pi / 2) |r_i| |r_(i-1)|, each return over the root of its bar's length.

    A jump enters next to ordinary returns, not squared: what is left is the volatility between jumps. That is the
    smaller number, for telling a jump from a change of regime; margins must cover the jump too. pi / 2 makes it
    unbiased for normal returns. Without jumps its variance is 1.30 times that of EWMA.

    Source: Barndorff-Nielsen and Shephard (2004), Journal of Financial Econometrics 2(1), 1-37. Parameters as for
    EwmaVolatility.
    """

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._mean = WeightedVariance(decay, bar_seconds, initial)
        self._previous: np.ndarray | None = None

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        size = np.abs(np.log(bars.close / bars.open)) / math.sqrt(bars.seconds)
        if self._previous is not None:
            self._mean.add(0.5 * math.pi * size * self._previous * bars.seconds, bars.seconds)
        self._previous = size

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return self._mean.volatility
