"""[oracle.model]: what the oracle posts for rules with a model of their own, `parametric` and `expected-shortfall`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.scenario.section import Section

YEAR_HOURS = 365 * 24
MAX_UNDERLYINGS = 8
"""CovarianceOracle.MAX_UNDERLYINGS, and that of scenario sets."""
MIN_VARIANCE, MAX_VARIANCE = 1e-8, 4.0
"""What contracts/libraries/Definiteness.sol takes for a variance over the horizon."""


class RiskModel(Section):
    """Joint moves of prices and implied volatilities over `horizon_hours`.

    The oracle estimates volatility, volatility of volatility and correlation of returns; `spot_vol_correlation` is that
    of a price with its own implied volatility. Volatilities and those of volatility (annualised) are held within
    [`min_volatility`, `max_volatility`] and [`min_vol_of_vol`, `max_vol_of_vol`], on chain too; the defaults apply
    until the first publication, and on top of what was last posted once that is stale. `max_step` is how far an update
    moves an entry of the covariance, in units of the deviations in force. Posting follows the `parameters_` keys of
    [oracle].

    A scenario set has `scenarios` moves, by `method`: simulated from the covariance (`monte_carlo`, Student's t with
    `freedom` if given), or drawn from the standardised returns of the bars seen so far (`filtered`), as long as there
    are `min_bars` of them.
    """

    horizon_hours: float = Field(24.0, gt=0, le=720)
    spot_vol_correlation: float = Field(-0.5, ge=-1, le=1)
    default_volatility: float = Field(1.5, gt=0)
    default_vol_of_vol: float = Field(1.5, gt=0)
    default_correlation: float = Field(0.5, ge=0, le=1)
    min_volatility: float = Field(0.2, gt=0)
    max_volatility: float = Field(8.0, gt=0)
    min_vol_of_vol: float = Field(0.2, gt=0)
    max_vol_of_vol: float = Field(8.0, gt=0)
    max_step: float = Field(0.25, gt=0, le=1)
    scenarios: int = Field(256, ge=32, le=512, multiple_of=32)
    method: Literal["monte_carlo", "filtered"] = "monte_carlo"
    freedom: float | None = Field(None, gt=2)
    min_bars: int = Field(100, ge=20)

    @property
    def years(self) -> float:
        """The horizon."""
        return self.horizon_hours / YEAR_HOURS

    @model_validator(mode="after")
    def _defaults_lie_within_bounds(self) -> Self:
        for name in ("volatility", "vol_of_vol"):
            low, value, high = (getattr(self, f"{part}_{name}") for part in ("min", "default", "max"))
            if not low <= value <= high:
                raise ValueError(f"default_{name} = {value} must lie between min_{name} {low} and max_{name} {high}")
            if low**2 * self.years < MIN_VARIANCE or high**2 * self.years > MAX_VARIANCE:
                raise ValueError(
                    f"min_{name} {low} and max_{name} {high} over {self.horizon_hours} hours: the variances must lie "
                    f"within [{MIN_VARIANCE:g}, {MAX_VARIANCE:g}]"
                )
        return self
