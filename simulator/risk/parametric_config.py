"""Static configuration of `ParametricMargin`: levels, as the contract and the mirror share them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from scipy.special import ndtri

from simulator.errors import DataError
from simulator.risk.parametric import gaussian_tail, student_t_tail
from simulator.wads import wad

Measure = Literal["var", "es"]

MIN_LEVEL = 0.96
"""From here on every factor is positive, and the Cornish-Fisher loss of a quadratic profit that is not skewed to the
right rises with the level and is never below the Gaussian one (docs/reference/rules/parametric.md)."""


@dataclass(frozen=True, slots=True)
class TailFactors:
    """Loss at a level over the standard deviation: deviation + skew N + kurtosis K - skew_squared N^2.

    N is the negative skewness of the profit, at least zero, and K its excess kurtosis.
    """

    deviation: float
    skew: float = 0.0
    kurtosis: float = 0.0
    skew_squared: float = 0.0


@dataclass(frozen=True)
class ParametricConfig:
    """Configuration of `ParametricMargin`.

    measure : value at risk or expected shortfall
    initial_level, maintenance_level : confidence of the two requirements, in [0.96, 1)
    freedom : degrees of freedom of Student's t, above 2, scaled to unit variance; None for Gaussian moves
    curvature : whether gamma counts (delta-gamma) or not (delta-normal)
    the rest : as in `ScenarioConfig`

    Raises
    ------
    DataError
        A level outside its range or degrees of freedom without a variance.
    """

    measure: Measure = "es"
    initial_level: float = 0.99
    maintenance_level: float = 0.99
    freedom: float | None = None
    curvature: bool = True
    maintenance_factor: float = 1.0
    initial_factor: float = 1.25
    short_option_maintenance: float = 0.005
    short_option_initial: float = 0.005

    def __post_init__(self):
        for level in (self.initial_level, self.maintenance_level):
            tail_factors(level, self.measure, self.freedom)
        if self.initial_level < self.maintenance_level:
            raise DataError(f"initial_level {self.initial_level} is below maintenance_level {self.maintenance_level}")

    @cached_property
    def initial(self) -> TailFactors:
        """Factors of the initial requirement."""
        return tail_factors(self.initial_level, self.measure, self.freedom, self.curvature)

    @cached_property
    def maintenance(self) -> TailFactors:
        """Factors of the maintenance requirement."""
        return tail_factors(self.maintenance_level, self.measure, self.freedom, self.curvature)


def tail_factors(level: float, measure: Measure, freedom: float | None = None, curvature: bool = True) -> TailFactors:
    """Factors of a level.

    With a = Phi^-1(level) > 0, Cornish and Fisher's VaR of a profit with skewness -N and excess kurtosis K is

    a + (a^2 - 1) N / 6 + (a^3 - 3 a) K / 24 - (2 a^3 - 5 a) N^2 / 36

    and ES is its mean over all levels beyond: with h = phi(a) / (1 - level), the powers a, a^2, a^3 become h, 1 + a h,
    (a^2 + 2) h. With Student's t the first term is t's; the corrections for curvature stay Gaussian.

    Raises
    ------
    DataError

    Source: Cornish and Fisher (1937); the means as in `simulator.risk.parametric.cornish_fisher_tail`.
    """
    if not MIN_LEVEL <= level < 1:
        raise DataError(f"level {level}: parametric margin needs one in [{MIN_LEVEL}, 1)")
    if measure not in ("var", "es"):
        raise DataError(f"measure {measure!r}: var or es")
    tail = gaussian_tail(level) if freedom is None else student_t_tail(level, freedom)
    deviation = tail.var if measure == "var" else tail.es
    if not curvature:
        return TailFactors(deviation)
    a = float(ndtri(level))
    first, second, third = a, a * a, a**3
    if measure == "es":
        h = gaussian_tail(level).es
        first, second, third = h, 1 + a * h, (a * a + 2) * h
    return TailFactors(
        deviation, skew=(second - 1) / 6, kurtosis=(third - 3 * first) / 24, skew_squared=(2 * third - 5 * first) / 36
    )


def contract_parametric_config(config: ParametricConfig) -> tuple:
    """`ParametricConfig` of contracts/margin/ParametricConfig.sol."""
    return (
        config.curvature,
        _factors(config.maintenance),
        _factors(config.initial),
        wad(config.maintenance_factor),
        wad(config.initial_factor),
        wad(config.short_option_maintenance),
        wad(config.short_option_initial),
    )


def _factors(factors: TailFactors) -> tuple:
    return tuple(wad(v) for v in (factors.deviation, factors.skew, factors.kurtosis, factors.skew_squared))
