"""From estimates to the risk parameters that ought to apply.

With z the quantile, sigma the volatility, xi the volatility of implied volatility (both annualised), h the horizon and
l the time a liquidation takes, in years:

    spot_shock = z sigma sqrt(h)                     the move of the horizon at the quantile
    haircut    = 1 - exp(-z sigma sqrt(l))           the fall of collateral while it is sold, always below one
    vol_up     = exp(z xi sqrt(h)) - 1               lognormal implied volatility at the quantile, relative
    vol_down   = 1 - exp(-z xi sqrt(h))

each held within [floor, cap]; liquidity_add_on and multiplier keep their defaults. Square-root-of-time scaling as in
the Basel framework's haircuts (CRE22); it holds for independent returns, which the caps and the defaults stand in for.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.oracle import Policy, RiskDefaults

_YEAR_HOURS = 365 * 24


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the oracle makes of the market.

    volatility, vol_of_vol : (n_assets,), annualised
    components : the estimates that `volatility` is made of, by name, each (n_assets,)
    correlation : (n_assets, n_assets)
    """

    volatility: np.ndarray
    vol_of_vol: np.ndarray
    components: dict[str, np.ndarray]
    correlation: np.ndarray

    def inputs(self, asset: int) -> dict[str, float]:
        """What the parameters of one asset rest on, by name."""
        return {
            "volatility": float(self.volatility[asset]),
            **{name: float(values[asset]) for name, values in self.components.items()},
            "vol_of_vol": float(self.vol_of_vol[asset]),
        }


class RiskPolicy(Protocol):
    """A way to set risk parameters, before the speed limit of the contract."""

    def targets(self, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6), columns RISK_COLUMNS, within the floor and cap of the scenario."""


class FixedPolicy:
    """The defaults of the scenario, whatever the market does."""

    def __init__(self, section: Policy):
        self._default = _row(section.default)

    def targets(self, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6), columns RISK_COLUMNS."""
        return np.tile(self._default, (len(estimates.volatility), 1))


class VolScaledPolicy:
    """Shocks and haircuts that scale with volatility; see the module's formulas."""

    def __init__(self, section: Policy):
        self._horizon = section.quantile * np.sqrt(section.horizon_hours / _YEAR_HOURS)
        self._liquidation = section.quantile * np.sqrt(section.liquidation_hours / _YEAR_HOURS)
        self._default, self._floor, self._cap = _row(section.default), _row(section.floor), _row(section.cap)

    def targets(self, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6), columns RISK_COLUMNS."""
        values = np.tile(self._default, (len(estimates.volatility), 1))
        # Beyond this every cap holds, and the exponentials stay finite.
        vol_move = np.minimum(estimates.vol_of_vol * self._horizon, 50.0)
        values[:, _SPOT_SHOCK] = estimates.volatility * self._horizon
        values[:, _HAIRCUT] = -np.expm1(-estimates.volatility * self._liquidation)
        values[:, _VOL_UP] = np.expm1(vol_move)
        values[:, _VOL_DOWN] = -np.expm1(-vol_move)
        return np.clip(values, self._floor, self._cap)


_SPOT_SHOCK, _VOL_UP, _VOL_DOWN, _HAIRCUT = (
    RISK_COLUMNS.index(name) for name in ("spot_shock", "vol_up", "vol_down", "haircut")
)


def risk_policy(section: Policy) -> RiskPolicy:
    """The policy that a scenario asks for."""
    return {"fixed": FixedPolicy, "vol_scaled": VolScaledPolicy}[section.kind](section)


def _row(values: RiskDefaults) -> np.ndarray:
    return np.array([getattr(values, name) for name in RISK_COLUMNS])
