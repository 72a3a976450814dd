"""Correlation of several series, online and always positive semi-definite."""

import numpy as np

from simulator.market.process import YEAR_SECONDS
from simulator.oracle.bars import Bars


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
        # A price that never moves has no variance left after some ten thousand bars; it is uncorrelated, not undefined.
        deviation = np.sqrt(np.maximum(np.diag(self._covariance), np.finfo(float).tiny))
        sample = self._covariance / np.outer(deviation, deviation)
        np.fill_diagonal(sample, 1.0)
        n = len(sample)
        if n == 1:
            return sample
        mean = (sample.sum() - n) / (n * (n - 1))
        target = np.full((n, n), mean)
        np.fill_diagonal(target, 1.0)
        return (1 - self._shrinkage) * sample + self._shrinkage * target
