"""Volatility estimators, online: constant work and memory per bar. What they are, the default two, the largest."""

import math
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from simulator.oracle.bars import Bars
from simulator.oracle.weighted_variance import WeightedVariance


class VolatilityEstimator(Protocol):
    """An online estimate of the volatility of several series.

    `update` takes the next bar of every series; its work and memory do not depend on how many came before.
    `volatility` is (n_series,), annualised over 365 days, a fraction (0.8 is 80 %), finite and not negative, and may be
    read at any time, also before the first bar.
    """

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""


@runtime_checkable
class FittedEstimator(Protocol):
    """A `VolatilityEstimator` with parameters fitted to its past now and then."""

    def calibrate(self) -> None:
        """Fit the parameters anew to the bars so far; may take time in proportion to their number."""

    def calibration(self, series: int) -> dict[str, Any]:
        """The parameters in use for one series, by name."""


class EwmaVolatility:
    """Close-to-close EWMA with zero mean, var' = lambda var + (1 - lambda) r^2, r the log return of a bar.

    Source: RiskMetrics Technical Document, 4th ed. (J.P. Morgan/Reuters 1996), section 5.2.

    Parameters
    ----------
    decay : float
        lambda, per bar of `bar_seconds`; a bar of another length decays in proportion.
    bar_seconds : float
    initial : ndarray
        Volatility before the first bar, (n_series,), annualised.
    """

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._mean = WeightedVariance(decay, bar_seconds, initial)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        self._mean.add(np.log(bars.close / bars.open) ** 2, bars.seconds)

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return self._mean.volatility


class GarmanKlassVolatility:
    """EWMA of the Garman-Klass variance of each bar, 0.5 ln(H/L)^2 - (2 ln 2 - 1) ln(C/O)^2.

    Source: Garman and Klass (1980), Journal of Business 53(1), the practical estimator; 7.4 times as efficient as
    close-to-close for a driftless diffusion observed without pause. Never negative, as |ln(C/O)| <= ln(H/L). Fewer
    observations within a bar miss part of its range and bias the estimate down. Parameters as for EwmaVolatility.
    """

    _CLOSE_WEIGHT = 2 * math.log(2) - 1

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._mean = WeightedVariance(decay, bar_seconds, initial)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        span, move = np.log(bars.high / bars.low), np.log(bars.close / bars.open)
        self._mean.add(0.5 * span**2 - self._CLOSE_WEIGHT * move**2, bars.seconds)

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return self._mean.volatility


class LargestVolatility:
    """The largest of several estimates, series by series.

    A range sees the swings within a bar that its close hides; a close sees a trend that spans it. Margins follow
    whichever is larger, at the price of a bias upwards in calm markets.
    """

    def __init__(self, members: Mapping[str, VolatilityEstimator]):
        self._members = dict(members)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        for member in self._members.values():
            member.update(bars)

    def calibrate(self) -> None:
        """Calibrate the members that are fitted."""
        for member in self._members.values():
            if isinstance(member, FittedEstimator):
                member.calibrate()

    def calibrations(self, n_series: int) -> dict[str, list[dict[str, Any]]]:
        """Fitted parameters by member and series."""
        return {
            name: [member.calibration(series) for series in range(n_series)]
            for name, member in self._members.items()
            if isinstance(member, FittedEstimator)
        }

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return np.max([member.volatility for member in self._members.values()], axis=0)

    @property
    def components(self) -> dict[str, np.ndarray]:
        """Each member's volatility by name, (n_series,)."""
        return {name: member.volatility for name, member in self._members.items()}
