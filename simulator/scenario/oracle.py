"""[oracle]: estimators, parameter policy, publishing."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from simulator.scenario.risk_model import RiskModel
from simulator.scenario.section import Section

EstimatorName = Literal[
    "ewma",
    "close_to_close",
    "parkinson",
    "garman_klass",
    "rogers_satchell",
    "yang_zhang",
    "bipower",
    "garch",
    "gjr_garch",
    "implied",
]
"""Volatility estimators; see docs/reference/oracle.md."""


class RiskDefaults(Section):
    """Fractions; larger is more conservative. See contracts/interfaces/Types.sol, RiskSet."""

    spot_shock: float = Field(gt=0, lt=1)
    vol_up: float = Field(ge=0, le=10)
    vol_down: float = Field(ge=0, lt=1)
    haircut: float = Field(ge=0, lt=1)
    liquidity_add_on: float = Field(ge=0, le=1)
    multiplier: float = Field(ge=1, le=10)


class FloorStep(Section):
    """Never below what a long-run volatility asks for: `volatility`, or that of all bars the oracle has seen."""

    step: Literal["floor"] = "floor"
    volatility: float | None = Field(None, gt=0, le=10)


class StressedWeightStep(Section):
    """`weight` of the parameters of a stressed market, the rest as they are.

    The stressed volatility is `volatility`, or that of the worst `window_hours` the oracle has seen.
    """

    step: Literal["stressed_weight"] = "stressed_weight"
    weight: float = Field(0.25, gt=0, le=1)
    volatility: float | None = Field(None, gt=0, le=10)
    window_hours: float = Field(240.0, gt=0)


class BufferStep(Section):
    """A share on top in calm, used up before anything is added in a rise; it is rebuilt with a half-life."""

    step: Literal["buffer"] = "buffer"
    share: float = Field(0.25, gt=0, le=1)
    rebuild_days: float = Field(30.0, gt=0)


class SpeedLimitStep(Section):
    """How fast parameters may rise and fall, in relative terms per hour; `down` is usually the smaller."""

    step: Literal["speed_limit"] = "speed_limit"
    up: float = Field(0.1, gt=0)
    down: float = Field(0.02, gt=0)


PolicyStep = Annotated[FloorStep | StressedWeightStep | BufferStep | SpeedLimitStep, Field(discriminator="step")]


class Liquidity(Section):
    """Cost of a liquidation that becomes `liquidity_add_on` (formula in simulator.oracle.liquidity).

    `half_spread` is a fraction of the price. The size sold is `position` in the quote currency, or without it the share
    `participation` of the volume within the liquidation horizon.
    """

    half_spread: float = Field(0.0005, ge=0, lt=1)
    participation: float = Field(0.1, gt=0, le=1)
    position: float | None = Field(None, gt=0)


class Policy(Section):
    """How estimates become parameters (formulas in simulator.oracle.policy); `fixed` keeps the defaults.

    `vol_of_vol` is the annualised volatility of implied volatility assumed before any is measured. `level` and `method`
    are those of VaR and ES (`var_targeted`, `es_targeted`). The `steps` follow in the order given.
    """

    kind: Literal["fixed", "vol_scaled", "var_targeted", "es_targeted"] = "vol_scaled"
    horizon_hours: float = Field(24.0, gt=0)
    liquidation_hours: float = Field(12.0, gt=0)
    quantile: float = Field(2.33, gt=0)
    level: float = Field(0.99, gt=0.5, lt=1)
    method: Literal["filtered", "historical"] = "filtered"
    window_bars: int = Field(1000, ge=100, le=100_000)
    vol_of_vol: float = Field(1.2, gt=0)
    steps: list[PolicyStep] = []
    liquidity: Liquidity | None = None
    default: RiskDefaults = RiskDefaults(
        spot_shock=0.18, vol_up=0.5, vol_down=0.275, haircut=0.15, liquidity_add_on=0.0, multiplier=1.0
    )
    floor: RiskDefaults = RiskDefaults(
        spot_shock=0.08, vol_up=0.2, vol_down=0.1, haircut=0.05, liquidity_add_on=0.0, multiplier=1.0
    )
    cap: RiskDefaults = RiskDefaults(
        spot_shock=0.6, vol_up=1.0, vol_down=0.5, haircut=0.6, liquidity_add_on=0.5, multiplier=2.0
    )
    max_step: float = Field(0.25, gt=0, le=1)

    @model_validator(mode="after")
    def _defaults_lie_within_bounds(self) -> Self:
        for name in RiskDefaults.model_fields:
            low, value, high = getattr(self.floor, name), getattr(self.default, name), getattr(self.cap, name)
            if not low <= value <= high:
                raise ValueError(f"default.{name} = {value} must lie between floor {low} and cap {high}")
        return self

    @model_validator(mode="after")
    def _fixed_means_fixed(self) -> Self:
        if self.kind == "fixed" and (self.steps or self.liquidity):
            extra = "steps" if self.steps else "liquidity"
            raise ValueError(f"kind = 'fixed' keeps the defaults and has no use for {extra}; leave it out")
        return self


class Oracle(Section):
    """Publishing cadence. A publisher posts when `heartbeat_seconds` passed or the price moved by `deviation`.

    The smiles of an asset are posted again when its price or its ATM volatility moved by `smile_deviation`. Parameters
    are posted when their heartbeat passed or one is off its target by `parameters_deviation` (a fraction of it), at
    least `parameters_min_interval_seconds` apart. Volatility is the largest of the estimates named in `volatility`, all
    with the decay per bar `ewma_lambda`.

    What is fitted is fitted anew every `recalibration_seconds`, and when the fast variance of an asset is
    `regime_ratio` times its slow one, or that small a part of it. `history` has a CSV file of bars for each asset (all
    or none) from before the start, `implied_files` an index or option chain in place of the volatility an asset quotes;
    both by symbol.
    """

    publishers: int = Field(1, ge=1, le=15)
    heartbeat_seconds: int = Field(3600, gt=0)
    deviation: float = Field(0.005, gt=0, lt=1)
    smile_deviation: float = Field(0.05, gt=0, lt=1)
    max_age_seconds: int = Field(14_400, gt=0)
    parameters_heartbeat_seconds: int = Field(3600, gt=0)
    parameters_deviation: float = Field(0.1, gt=0, lt=1)
    parameters_min_interval_seconds: int = Field(600, ge=0)
    parameters_max_age_seconds: int = Field(14_400, gt=0)
    volatility: list[EstimatorName] = Field(["ewma", "garman_klass"], min_length=1)
    ewma_lambda: float = Field(0.94, gt=0, lt=1)
    correlation: Literal["ewma", "dcc"] = "ewma"
    correlation_shrinkage: float = Field(0.1, ge=0, le=1)
    recalibration_seconds: int = Field(86_400, gt=0)
    regime_ratio: float = Field(3.0, gt=1)
    history: dict[str, str] = {}
    implied_files: dict[str, str] = {}
    bar_seconds: int = Field(3600, gt=0)
    publisher_noise: float = Field(0.0, ge=0, lt=0.1)
    policy: Policy = Policy()
    model: RiskModel = RiskModel()

    @field_validator("volatility")
    @classmethod
    def _each_estimator_once(cls, names: list[EstimatorName]) -> list[EstimatorName]:
        twice = [name for place, name in enumerate(names) if name in names[:place]]
        if twice:
            raise ValueError(f"estimator '{twice[0]}' is named twice; name each once")
        return names

    @model_validator(mode="after")
    def _implied_files_are_used(self) -> Self:
        if self.implied_files and "implied" not in self.volatility:
            raise ValueError("implied_files are given but 'implied' is not among the estimators in volatility; add it")
        return self

    @model_validator(mode="after")
    def _values_live_longer_than_a_heartbeat(self) -> Self:
        if self.max_age_seconds <= self.heartbeat_seconds:
            raise ValueError(
                f"max_age_seconds = {self.max_age_seconds} must exceed heartbeat_seconds = {self.heartbeat_seconds}, "
                "or prices are stale before the next is due"
            )
        slowest = max(self.parameters_heartbeat_seconds, self.parameters_min_interval_seconds)
        if self.parameters_max_age_seconds <= slowest:
            raise ValueError(
                f"parameters_max_age_seconds = {self.parameters_max_age_seconds} must exceed the parameters' heartbeat "
                f"and least interval ({slowest}), or they are stale before the next are due"
            )
        return self
