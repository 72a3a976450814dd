"""How much a margin requirement moves with the market: the same numbers for any rule.

Source: Murphy, Vasios and Vause (2014), An investigation into the procyclicality of risk-based initial margin models,
Bank of England Financial Stability Paper 29.
"""

from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_positive


@dataclass(frozen=True, slots=True)
class Rise:
    """The largest rise of margin over a number of days: as a ratio, and in cash. They may be of different days."""

    ratio: float
    cash: float


def peak_to_trough(margin) -> float:
    """max M / min M over the whole series (n_times,), above 0. Raises DataError."""
    margin = _require_margin(margin)
    return float(margin.max() / margin.min())


def n_day(margin, days: int) -> Rise:
    """max over t of M(t + days) / M(t), and of M(t + days) - M(t).

    Parameters
    ----------
    margin : (n_times,)
        Requirement of a constant portfolio, one per day, above 0.
    days : int
        At least 1, fewer than the series has.

    Raises
    ------
    DataError
    """
    margin = _require_margin(margin)
    if not 1 <= days < len(margin):
        raise DataError(f"{days} days of a series of {len(margin)}: give from 1 to {len(margin) - 1}")
    before, after = margin[:-days], margin[days:]
    return Rise(float((after / before).max()), float((after - before).max()))


def ewma_response(decay: float, day, volatility_ratio: float = 2.0):
    """Margin after a step of volatility over margin before, under an EWMA: sqrt(1 + (v^2 - 1)(1 - decay^k)).

    Exact if squared returns are their mean; a check of a margin series that needs no data.

    Parameters
    ----------
    decay : float
        lambda, in (0, 1).
    day : int or ndarray
        k, days since the step, not negative.
    volatility_ratio : float
        v, new volatility over old, above 0.

    Raises
    ------
    DataError
    """
    if not 0.0 < decay < 1.0:
        raise DataError(f"decay {decay} is outside (0, 1)")
    day = require_finite(day, "day")
    if (day < 0).any():
        raise DataError(f"day: {day.min()} is before the step")
    rise = require_positive(volatility_ratio, "volatility ratio") ** 2 - 1
    return np.sqrt(1 + rise * (1 - decay**day))[()]


def with_buffer_released(margin, buffer: float = 0.25) -> np.ndarray:
    """(n_times,), margin called when a buffer gathered on the first day is released before any more is asked.

    max(M(t), (1 + buffer) M(0)). The default is the buffer of 25 % in article 28 of Regulation (EU) 153/2013.

    Raises
    ------
    DataError
    """
    margin = _require_margin(margin)
    if not (np.isfinite(buffer) and buffer >= 0):
        raise DataError(f"buffer is {buffer}: it must be finite and not negative")
    return np.maximum(margin, (1 + buffer) * margin[0])


def _require_margin(margin) -> np.ndarray:
    margin = require_finite(margin, "margin", 1)
    if (margin <= 0).any():
        raise DataError(f"margin: {margin.min()} has no ratio to another; it must be above 0")
    return margin
