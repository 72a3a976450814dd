"""[oracle]: estimators, parameter policy, publishing."""

from typing import Literal

from pydantic import Field

from simulator.scenario.section import Section


class RiskDefaults(Section):
    """Fractions; larger is more conservative. See contracts/interfaces/Types.sol, RiskSet."""

    spot_shock: float = Field(gt=0, lt=1)
    vol_up: float = Field(ge=0, le=10)
    vol_down: float = Field(ge=0, lt=1)
    haircut: float = Field(ge=0, lt=1)
    liquidity_add_on: float = Field(ge=0, le=1)
    multiplier: float = Field(ge=1, le=10)


class Policy(Section):
    """How estimates become parameters: shock = quantile * vol * sqrt(horizon), and so on (see simulator.oracle.policy)."""

    kind: Literal["fixed", "vol_scaled"] = "vol_scaled"
    horizon_hours: float = Field(24.0, gt=0)
    quantile: float = Field(2.33, gt=0)
    default: RiskDefaults = RiskDefaults(spot_shock=0.18, vol_up=0.5, vol_down=0.275, haircut=0.15, liquidity_add_on=0.0, multiplier=1.0)
    floor: RiskDefaults = RiskDefaults(spot_shock=0.08, vol_up=0.2, vol_down=0.1, haircut=0.05, liquidity_add_on=0.0, multiplier=1.0)
    cap: RiskDefaults = RiskDefaults(spot_shock=0.6, vol_up=2.0, vol_down=0.6, haircut=0.6, liquidity_add_on=0.5, multiplier=2.0)
    max_step: float = Field(0.25, gt=0, le=1)


class Oracle(Section):
    """Publishing cadence. A publisher posts when `heartbeat_seconds` passed or the price moved by `deviation`."""

    publishers: int = Field(1, ge=1, le=15)
    heartbeat_seconds: int = Field(3600, gt=0)
    deviation: float = Field(0.005, gt=0, lt=1)
    max_age_seconds: int = Field(14_400, gt=0)
    parameters_heartbeat_seconds: int = Field(3600, gt=0)
    parameters_max_age_seconds: int = Field(14_400, gt=0)
    ewma_lambda: float = Field(0.94, gt=0, lt=1)
    bar_seconds: int = Field(3600, gt=0)
    publisher_noise: float = Field(0.0, ge=0, lt=0.1)
    policy: Policy = Policy()
