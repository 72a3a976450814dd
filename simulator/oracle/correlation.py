"""Correlation of several series, online and always positive semi-definite."""

from typing import Protocol

import numpy as np

from simulator.market.process import YEAR_SECONDS
from simulator.oracle.bars import Bars
from simulator.oracle.weighted_variance import WeightedVariance


class CorrelationEstimator(Protocol):
    """An online estimate of correlation, as `VolatilityEstimator` is one of volatility."""

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""

    @property
    def correlation(self) -> np.ndarray:
        """(n_series, n_series), symmetric, ones on the diagonal, positive semi-definite to rounding."""


class EwmaCorrelation:
    """EWMA covariance of close-to-close log returns, shrunk towards its own mean correlation.

    cov' = lambda cov + (1 - lambda) r r^T. Each step is a convex combination of positive semi-definite matrices, and so
    is the shrinkage, (1 - delta) C + delta T: T has one on the diagonal and the mean of C's off-diagonal elsewhere,
    which is at least -1 / (n - 1) because 1^T C 1 >= 0.

    Source: RiskMetrics Technical Document (1996), section 5.2; target of Ledoit and Wolf (2004), Journal of Portfolio
    Management 30(4), with a fixed intensity.

    Parameters
    ----------
    decay : float
        lambda, per bar of `bar_seconds`; a bar of another length decays in proportion.
    bar_seconds : float
    shrinkage : float
        delta, in [0, 1].
    initial : ndarray
        Volatilities before the first bar, (n_series,), annualised and positive; the correlations start at zero.
    """

    def __init__(self, decay: float, bar_seconds: float, shrinkage: float, initial: np.ndarray):
        self._decay = decay
        self._bar_seconds = bar_seconds
        self._shrinkage = shrinkage
        self._covariance = np.diag(np.asarray(initial, dtype=float) ** 2)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        keep = self._decay ** (bars.seconds / self._bar_seconds)
        returns = np.log(bars.close / bars.open)
        annualised = np.outer(returns, returns) * (YEAR_SECONDS / bars.seconds)
        self._covariance = keep * self._covariance + (1 - keep) * annualised

    @property
    def correlation(self) -> np.ndarray:
        """(n_series, n_series), symmetric, ones on the diagonal, positive semi-definite to rounding."""
        return shrunk(self._covariance, self._shrinkage)


class DccCorrelation:
    """Dynamic conditional correlation: an EWMA of standardised returns that reverts to their long-run mean.

    With z the returns over the volatility expected of them, Q' = (1 - a - b) Qbar + a z z^T + b Q, and the correlation
    that of Q. Where EWMA forgets what was usual, this returns to it. Qbar is the mean of z z^T so far, the identity
    counting as `PRIOR` bars; each step is a convex combination of positive semi-definite matrices.

    Source: Engle (2002), Journal of Business and Economic Statistics 20(3), 339-350, eq. 18, with fixed a and b near
    the estimates of its tables, and correlation targeting; volatilities are EWMA in place of its GARCH.

    Parameters as for EwmaCorrelation; `decay` is that of the volatilities.
    """

    NEWS, MEMORY = 0.04, 0.94
    """a and b, per bar."""
    PRIOR = 50

    def __init__(self, decay: float, bar_seconds: float, shrinkage: float, initial: np.ndarray):
        self._variance = WeightedVariance(decay, bar_seconds, initial)
        self._shrinkage = shrinkage
        self._mean = np.eye(len(initial))
        self._now = np.eye(len(initial))
        self._count = float(self.PRIOR)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        returns = np.log(bars.close / bars.open)
        expected = np.maximum(self._variance.volatility * np.sqrt(bars.seconds / YEAR_SECONDS), 1e-12)
        surprise = np.outer(returns / expected, returns / expected)
        self._count += 1
        self._mean = self._mean + (surprise - self._mean) / self._count
        self._now = (1 - self.NEWS - self.MEMORY) * self._mean + self.NEWS * surprise + self.MEMORY * self._now
        self._variance.add(returns**2, bars.seconds)

    @property
    def correlation(self) -> np.ndarray:
        """(n_series, n_series), symmetric, ones on the diagonal, positive semi-definite to rounding."""
        return shrunk(self._now, self._shrinkage)


def shrunk(covariance: np.ndarray, shrinkage: float) -> np.ndarray:
    """The correlation of a covariance, shrunk towards its own mean: (n_series, n_series).

    (1 - delta) C + delta T: T has one on the diagonal and the mean of C's off-diagonal elsewhere, which is at least
    -1 / (n - 1) because 1^T C 1 >= 0; so both are positive semi-definite.
    """
    # A price that never moves has no variance left after some ten thousand bars; it is uncorrelated, not undefined.
    deviation = np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    sample = covariance / np.outer(deviation, deviation)
    np.fill_diagonal(sample, 1.0)
    n = len(sample)
    if n == 1:
        return sample
    mean = (sample.sum() - n) / (n * (n - 1))
    target = np.full((n, n), mean)
    np.fill_diagonal(target, 1.0)
    return (1 - shrinkage) * sample + shrinkage * target
