"""GARCH volatility: fitted when calibrated, one multiplication a bar in between, EWMA while there is no fit."""

import math
from collections import deque
from typing import Any, ClassVar

import numpy as np

from simulator.market.process import YEAR_SECONDS
from simulator.oracle.bars import Bars
from simulator.oracle.garch_fit import GarchFit, fit_garch
from simulator.oracle.volatility import EwmaVolatility

WINDOW = 2000
"""Bars that a fit looks back on: 83 days of hours, five and a half years of days."""


class GarchVolatility:
    """Volatility of the next bar under GARCH(1,1) with Student-t errors; formulas in `garch_fit`.

    Without a fit (too few bars, no convergence, not stationary) a series has its EWMA volatility, and `calibration`
    says why. A bar of another length counts as one of `bar_seconds` with its return scaled by the square root of time.
    Parameters as for EwmaVolatility.
    """

    asymmetric: ClassVar[bool] = False

    def __init__(self, decay: float, bar_seconds: float, initial: np.ndarray):
        self._fallback = EwmaVolatility(decay, bar_seconds, initial)
        self._bar_seconds = bar_seconds
        self._returns: deque[np.ndarray] = deque(maxlen=WINDOW)
        self._fits: list[GarchFit | str] = ["not calibrated yet"] * len(initial)
        self._variance = np.full(len(initial), math.nan)

    def update(self, bars: Bars) -> None:
        """Take in the next bar of every series."""
        self._fallback.update(bars)
        returns = np.log(bars.close / bars.open) * math.sqrt(self._bar_seconds / bars.seconds)
        self._returns.append(returns)
        for series, fit in enumerate(self._fits):
            if isinstance(fit, GarchFit):
                self._variance[series] = fit.next_variance(self._variance[series], returns[series])

    def calibrate(self) -> None:
        """Fit every series anew to the bars of the window."""
        history = np.array(self._returns).reshape(-1, len(self._fits))
        for series in range(len(self._fits)):
            fit = self._fits[series] = fit_garch(history[:, series], self.asymmetric)
            if isinstance(fit, GarchFit):
                self._variance[series] = fit.filtered(history[:, series])

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        fitted = np.array([isinstance(fit, GarchFit) for fit in self._fits])
        return np.where(fitted, np.sqrt(self._variance * self._annual), self._fallback.volatility)

    def calibration(self, series: int) -> dict[str, Any]:
        """The parameters in use for one series, by name, or what took their place and why."""
        fit = self._fits[series]
        if not isinstance(fit, GarchFit):
            return {"fallback": "ewma", "because": fit}
        names = ("omega", "alpha", "gamma", "beta") if self.asymmetric else ("omega", "alpha", "beta")
        return {
            **{name: getattr(fit, name) for name in (*names, "nu", "persistence", "observations")},
            "long_run_volatility": math.sqrt(fit.long_run_variance * self._annual),
        }

    @property
    def _annual(self) -> float:
        return YEAR_SECONDS / self._bar_seconds


class GjrGarchVolatility(GarchVolatility):
    """The same where a fall raises volatility more than a rise: GJR-GARCH(1,1), gamma estimated."""

    asymmetric = True
