"""Exponentially weighted means of the variances of bars of any length."""

import numpy as np

from simulator.market.process import YEAR_SECONDS


class WeightedVariance:
    """Mean of annualised variances: v' = k v + (1 - k) x, with k = decay^(seconds / bar).

    Parameters
    ----------
    decay : float
        Per bar of `bar_seconds`; a bar of another length decays in proportion.
    bar_seconds : float
    initial : ndarray
        Volatility before the first bar, (n_series,), annualised.
    """

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._decay = decay
        self._bar_seconds = bar_seconds
        self._variance = np.asarray(initial, dtype=float) ** 2

    def add(self, variance_of_bar: np.ndarray, seconds: float) -> None:
        """Take in the variance of a bar, (n_series,), over its own length."""
        keep = self._decay ** (seconds / self._bar_seconds)
        annualised = variance_of_bar * (YEAR_SECONDS / seconds)
        self._variance = keep * self._variance + (1 - keep) * annualised

    def restart(self, variance: np.ndarray) -> None:
        """Forget the past: the mean is `variance` ((n_series,), annualised)."""
        self._variance = variance

    @property
    def variance(self) -> np.ndarray:
        """(n_series,), annualised."""
        return self._variance

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return np.sqrt(self._variance)


class CentredVariance:
    """Weighted variance of returns about their own weighted mean, free of bias from estimating that mean.

    Each return r over t years is compared with the drift m estimated before it: the error r - m t has variance
    sigma^2 t (1 + q t), q sigma^2 being the variance of m. With weights k and 1 - k as in `WeightedVariance`,

        v' = k v + (1 - k) (r - m t)^2 / (t (1 + q t)),   m' = k m + (1 - k) r / t,   q' = k^2 q + (1 - k)^2 / t.

    The drift starts at zero. In the long run 1 + q t = 2 / (1 + lambda), and the weights count as much as
    n = (1 + lambda) / (1 - lambda) equal ones. Parameters as for WeightedVariance.
    """

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._decay = decay
        self._bar_seconds = bar_seconds
        self._mean = WeightedVariance(decay, bar_seconds, initial)
        self._drift = np.zeros(len(initial))
        self._drift_uncertainty = 0.0

    def add(self, returns: np.ndarray, seconds: float) -> None:
        """Take in the log returns of a bar, (n_series,), over its own length."""
        keep, years = self._decay ** (seconds / self._bar_seconds), seconds / YEAR_SECONDS
        error = returns - self._drift * years
        self._mean.add(error**2 / (1 + self._drift_uncertainty * years), seconds)
        self._drift = keep * self._drift + (1 - keep) * returns / years
        self._drift_uncertainty = keep**2 * self._drift_uncertainty + (1 - keep) ** 2 / years

    @property
    def variance(self) -> np.ndarray:
        """(n_series,), annualised."""
        return self._mean.variance
