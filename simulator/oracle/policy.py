"""From estimates to the risk parameters that ought to apply: a base, then steps, then bounds.

With z the quantile, sigma the volatility, xi the volatility of implied volatility (both annualised), h the horizon and
l the time a liquidation takes, in years, the base `vol_scaled` is

    spot_shock = z sigma sqrt(h)                     the move of the horizon at the quantile
    haircut    = 1 - exp(-z sigma sqrt(l))           the fall of collateral while it is sold, always below one
    vol_up     = exp(z xi sqrt(h)) - 1               lognormal implied volatility at the quantile, relative
    vol_down   = 1 - exp(-z xi sqrt(h))

Others are in `tail_policy`, the steps in `policy_steps`. liquidity_add_on is the cost of a liquidation where one is
estimated, else its default; multiplier keeps its default. At last each is held within [floor, cap]. Square-root-of-time
scaling as in the Basel framework's haircuts (CRE22); it holds for independent returns, which the caps and the defaults
stand in for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from simulator.oracle.return_history import ReturnHistory
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.oracle import Policy, RiskDefaults

YEAR_HOURS = 365 * 24
SPOT_SHOCK, VOL_UP, VOL_DOWN, HAIRCUT, LIQUIDITY = (
    RISK_COLUMNS.index(name) for name in ("spot_shock", "vol_up", "vol_down", "haircut", "liquidity_add_on")
)


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the oracle makes of the market.

    volatility, vol_of_vol : (n_assets,), annualised
    components : the estimates that `volatility` is made of, by name, each (n_assets,)
    correlation : (n_assets, n_assets)
    timestamp : UTC seconds
    calibrated_at, calibrated_for : UTC seconds of the last calibration and its cause: start, schedule or regime
    calibrations : fitted parameters by estimator, one mapping per asset
    history : the returns so far, as of which policies calibrate; None if nobody kept any
    liquidation_cost : (n_assets,), fraction of value; None if not estimated
    """

    volatility: np.ndarray
    vol_of_vol: np.ndarray
    components: dict[str, np.ndarray]
    correlation: np.ndarray
    timestamp: int = 0
    calibrated_at: int = 0
    calibrated_for: str = "start"
    calibrations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    history: ReturnHistory | None = None
    liquidation_cost: np.ndarray | None = None

    def inputs(self, asset: int) -> dict[str, Any]:
        """What the parameters of one asset rest on, by name."""
        found: dict[str, Any] = {
            "volatility": float(self.volatility[asset]),
            **{name: float(values[asset]) for name, values in self.components.items()},
            "vol_of_vol": float(self.vol_of_vol[asset]),
        }
        if self.liquidation_cost is not None:
            found["liquidation_cost"] = float(self.liquidation_cost[asset])
        found["calibrated_at"], found["calibrated_for"] = self.calibrated_at, self.calibrated_for
        if self.calibrations:
            found["calibrations"] = {name: of_assets[asset] for name, of_assets in self.calibrations.items()}
        return found


class BasePolicy(Protocol):
    """What parameters follow from estimates, before steps and bounds."""

    name: str

    def values(self, estimates: Estimates, volatility: np.ndarray | None = None) -> np.ndarray:
        """(n_assets, 6), columns RISK_COLUMNS; with `volatility` in place of that of the estimates where given."""

    def explain(self, asset: int) -> dict[str, Any]:
        """Numbers of its own behind the last values of one asset, by name."""


class PolicyStep(Protocol):
    """One transformation of parameters; it may remember what it gave before."""

    name: str

    def apply(self, values: np.ndarray, base: BasePolicy, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6) from the same of the step before; at most once for each estimate, in order of time."""

    def explain(self, asset: int) -> dict[str, Any]:
        """Numbers of its own behind the last values of one asset, by name."""


class FixedPolicy:
    """The defaults of the scenario, whatever the market does."""

    name = "fixed"

    def __init__(self, section: Policy):
        self._default = risk_row(section.default)

    def values(self, estimates: Estimates, volatility: np.ndarray | None = None) -> np.ndarray:
        """(n_assets, 6), columns RISK_COLUMNS."""
        return np.tile(self._default, (len(estimates.volatility), 1))

    def explain(self, asset: int) -> dict[str, Any]:
        return {}


class VolScaledPolicy:
    """Shocks and haircuts that scale with volatility; see the module's formulas."""

    name = "vol_scaled"

    def __init__(self, section: Policy):
        self._horizon = section.quantile * np.sqrt(section.horizon_hours / YEAR_HOURS)
        self._liquidation = section.quantile * np.sqrt(section.liquidation_hours / YEAR_HOURS)
        self._default = risk_row(section.default)
        self._quantile = section.quantile

    def values(self, estimates: Estimates, volatility: np.ndarray | None = None) -> np.ndarray:
        """(n_assets, 6), columns RISK_COLUMNS."""
        volatility = estimates.volatility if volatility is None else volatility
        values = np.tile(self._default, (len(volatility), 1))
        # Beyond this every cap holds, and the exponentials stay finite.
        vol_move = np.minimum(estimates.vol_of_vol * self._horizon, 50.0)
        values[:, SPOT_SHOCK] = volatility * self._horizon
        values[:, HAIRCUT] = -np.expm1(-volatility * self._liquidation)
        values[:, VOL_UP] = np.expm1(vol_move)
        values[:, VOL_DOWN] = -np.expm1(-vol_move)
        if estimates.liquidation_cost is not None:
            values[:, LIQUIDITY] = estimates.liquidation_cost
        return values

    def explain(self, asset: int) -> dict[str, Any]:
        return {"quantile": self._quantile}


class RiskPolicy:
    """Base, steps in order, bounds.

    Parameters
    ----------
    base : BasePolicy
    steps : sequence of PolicyStep
    floor, cap : RiskDefaults
    """

    def __init__(self, base: BasePolicy, steps: Sequence[PolicyStep], floor: RiskDefaults, cap: RiskDefaults):
        self._base = base
        self._steps = list(steps)
        self._floor, self._cap = risk_row(floor), risk_row(cap)
        self._seen: Estimates | None = None
        self._stages: list[np.ndarray] = []

    def targets(self, estimates: Estimates) -> np.ndarray:
        """(n_assets, 6), columns RISK_COLUMNS, within floor and cap. The same estimates are not taken in twice."""
        if estimates is not self._seen:
            values = self._base.values(estimates)
            self._stages = [values]
            for step in self._steps:
                values = step.apply(values, self._base, estimates)
                self._stages.append(values)
            self._stages.append(np.clip(values, self._floor, self._cap))
            self._seen = estimates
        return self._stages[-1]

    def explain(self, asset: int) -> list[dict[str, Any]]:
        """How the last targets of an asset came about: what each part gave, and the numbers behind it, in order."""
        parts = [(part.name, part.explain(asset)) for part in (self._base, *self._steps)] + [("bounds", {})]
        return [
            {"step": name, **numbers, **_by_name(stage[asset])}
            for (name, numbers), stage in zip(parts, self._stages, strict=True)
        ]


def risk_row(values: RiskDefaults) -> np.ndarray:
    """(6,), columns RISK_COLUMNS."""
    return np.array([getattr(values, name) for name in RISK_COLUMNS])


def _by_name(row: np.ndarray) -> dict[str, float]:
    return dict(zip(RISK_COLUMNS, row.tolist(), strict=True))
