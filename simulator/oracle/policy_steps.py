"""Steps against procyclicality: they change the parameters of a base policy, in the order a scenario gives them.

Source of the first three: Commission Delegated Regulation (EU) No 153/2013, article 28(1); the terms follow Murphy,
Vasios and Vause (2014), Bank of England Financial Stability Paper 29.
"""

from typing import Any

import numpy as np

from simulator.oracle.policy import HAIRCUT, SPOT_SHOCK, VOL_DOWN, VOL_UP, BasePolicy, Estimates
from simulator.scenario.oracle import BufferStep, FloorStep, SpeedLimitStep, StressedWeightStep

_SHOCKS = [SPOT_SHOCK, VOL_UP, VOL_DOWN, HAIRCUT]
_HOUR, _DAY = 3600, 86_400


class LongRunFloor:
    """max(values, base at the long-run volatility): margins fall no lower than a long memory allows.

    Article 28(1)(c), where the volatility is that of ten years. A volatility that is not stated is measured over
    everything the oracle has seen, when it calibrates.
    """

    name = "floor"

    def __init__(self, section: FloorStep):
        self._volatility = _ReferenceVolatility(section.volatility, lambda history: history.volatility())

    def apply(self, values: np.ndarray, base: BasePolicy, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6)."""
        return np.maximum(values, base.values(estimates, self._volatility.at(estimates)))

    def explain(self, asset: int) -> dict[str, Any]:
        """The volatility of the floor."""
        return {"volatility": float(self._volatility.last[asset])}


class StressedWeight:
    """(1 - w) values + w (base at the volatility of a stressed period): article 28(1)(b), with w = 25 %."""

    name = "stressed_weight"

    def __init__(self, section: StressedWeightStep):
        self._weight = section.weight
        self._volatility = _ReferenceVolatility(
            section.volatility, lambda history: history.worst_volatility(section.window_hours)
        )

    def apply(self, values: np.ndarray, base: BasePolicy, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6)."""
        stressed = base.values(estimates, self._volatility.at(estimates))
        return (1 - self._weight) * values + self._weight * stressed

    def explain(self, asset: int) -> dict[str, Any]:
        """The weight, and the volatility that has it."""
        return {"weight": self._weight, "volatility": float(self._volatility.last[asset])}


class ReleasableBuffer:
    """A share on top in calm, exhausted before anything is added in a rise: article 28(1)(a), with 25 %.

    With M the value and R a reference level, the answer is max(M, (1 + share) min(M, R)). R follows a fall at once and
    a rise with a half-life of `rebuild_days`: in calm R = M and the buffer is whole; when M rises above R the buffer
    gives way first; in a new calm it is rebuilt.
    """

    name = "buffer"

    def __init__(self, section: BufferStep):
        self._share = section.share
        self._rebuild_seconds = section.rebuild_days * _DAY
        self._reference: np.ndarray | None = None
        self._time = 0

    def apply(self, values: np.ndarray, base: BasePolicy, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6)."""
        shocks = values[:, _SHOCKS]
        if self._reference is None:
            self._reference = shocks
        else:
            keep = 0.5 ** ((estimates.timestamp - self._time) / self._rebuild_seconds)
            self._reference = np.minimum(shocks, shocks + keep * (self._reference - shocks))
        self._time = estimates.timestamp
        charged = values.copy()
        charged[:, _SHOCKS] = np.maximum(shocks, (1 + self._share) * self._reference)
        self._left = charged[:, SPOT_SHOCK] / np.maximum(values[:, SPOT_SHOCK], 1e-300) - 1
        return charged

    def explain(self, asset: int) -> dict[str, Any]:
        """What is left of the buffer on the spot shock."""
        return {"share": self._share, "buffer_left": float(self._left[asset])}


class SpeedLimit:
    """Shocks rise at most by a factor 1 + up an hour, and fall at most by one of 1 / (1 + down)."""

    name = "speed_limit"

    def __init__(self, section: SpeedLimitStep):
        self._up, self._down = np.log1p(section.up), np.log1p(section.down)
        self._before: np.ndarray | None = None
        self._time = 0

    def apply(self, values: np.ndarray, base: BasePolicy, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6)."""
        limited = values.copy()
        if self._before is not None:
            hours = (estimates.timestamp - self._time) / _HOUR
            lowest, highest = self._before * np.exp(-self._down * hours), self._before * np.exp(self._up * hours)
            limited[:, _SHOCKS] = np.clip(values[:, _SHOCKS], lowest, highest)
        self._before, self._time = limited[:, _SHOCKS], estimates.timestamp
        self._binding = (limited != values).any(axis=1)
        return limited

    def explain(self, asset: int) -> dict[str, Any]:
        """Whether it held anything back."""
        return {"binding": bool(self._binding[asset])}


class _ReferenceVolatility:
    """A stated volatility, or one measured on the history at each calibration; the present one before any."""

    def __init__(self, stated: float | None, measure):
        self._stated = stated
        self._measure = measure
        self._calibrated_at: int | None = None
        self.last: np.ndarray

    def at(self, estimates: Estimates) -> np.ndarray:
        """(n_assets,), annualised."""
        if self._stated is not None:
            self.last = np.full(len(estimates.volatility), self._stated)
        elif estimates.history is None or len(estimates.history) == 0:
            self.last = estimates.volatility
        elif self._calibrated_at != estimates.calibrated_at:
            self.last = self._measure(estimates.history)
            self._calibrated_at = estimates.calibrated_at
        return self.last
