"""Volatility from the range of each bar, with and without drift and opening jumps.

Garman-Klass, the default of the family, is in `simulator.oracle.volatility`. A range needs a price watched without
pause: with few observations within a bar it is too narrow and the estimate too low.
"""

import math

import numpy as np

from simulator.oracle.bars import Bars
from simulator.oracle.weighted_variance import CentredVariance, WeightedVariance


class ParkinsonVolatility:
    """EWMA of the Parkinson variance of each bar, ln(H/L)^2 / (4 ln 2).

    Source: Parkinson (1980), Journal of Business 53(1), 61-65. For a driftless diffusion 4.9 times as efficient as
    close-to-close (quoted as 5.2 by Garman and Klass); drift biases it up. Parameters as for EwmaVolatility.
    """

    _SCALE = 1 / (4 * math.log(2))

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._mean = WeightedVariance(decay, bar_seconds, initial)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        self._mean.add(self._SCALE * np.log(bars.high / bars.low) ** 2, bars.seconds)

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return self._mean.volatility


class RogersSatchellVolatility:
    """EWMA of the Rogers-Satchell variance of each bar, ln(H/O) ln(H/C) + ln(L/O) ln(L/C).

    Source: Rogers and Satchell (1991), Annals of Applied Probability 1(4), 504-512. Unbiased whatever the drift; 6
    times as efficient as close-to-close without one. Never negative, but zero for a bar that runs straight from open
    to close. Parameters as for EwmaVolatility.
    """

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._mean = WeightedVariance(decay, bar_seconds, initial)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        self._mean.add(rogers_satchell(bars), bars.seconds)

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return self._mean.volatility


class YangZhangVolatility:
    """Opening jumps, closes and Rogers-Satchell: V = V_O + k V_C + (1 - k) V_RS, unbiased with drift and with jumps.

    V_O is the variance of ln(O_i / C_(i-1)) and V_C that of ln(C_i / O_i), both about their means (`CentredVariance`).
    k = 0.34 / (1.34 + (n + 1) / (n - 1)) is the weight of least variance for n bars; the decay amounts to n =
    (1 + lambda) / (1 - lambda), hence k = 0.34 / (1.34 + 1 / lambda). At best 1 + 1 / k times as efficient as
    close-to-close: 14 for two bars of equal weight, 8 for many. A bar's `seconds` include the pause before its open.

    Source: Yang and Zhang (2000), Journal of Business 73(3), 477-491. Parameters as for EwmaVolatility.
    """

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._close_weight = 0.34 / (1.34 + 1 / decay)
        self._opening = CentredVariance(decay, bar_seconds, np.zeros(len(initial)))
        self._closing = CentredVariance(decay, bar_seconds, initial)
        self._range = WeightedVariance(decay, bar_seconds, initial)
        self._close: np.ndarray | None = None

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        before = bars.open if self._close is None else self._close
        self._opening.add(np.log(bars.open / before), bars.seconds)
        self._closing.add(np.log(bars.close / bars.open), bars.seconds)
        self._range.add(rogers_satchell(bars), bars.seconds)
        self._close = bars.close

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        k = self._close_weight
        return np.sqrt(self._opening.variance + k * self._closing.variance + (1 - k) * self._range.variance)


def rogers_satchell(bars: Bars) -> np.ndarray:
    """ln(H/O) ln(H/C) + ln(L/O) ln(L/C) of each series, (n_series,). Both factors of a product have the same sign."""
    above = np.log(bars.high / bars.open) * np.log(bars.high / bars.close)
    below = np.log(bars.low / bars.open) * np.log(bars.low / bars.close)
    return above + below
