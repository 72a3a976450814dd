"""[market]: assets, how their prices move, what is listed on them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from simulator.scenario.section import Section

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class HistoricalPath(Section):
    """Bars refined to block time by a bridge that hits each bar's open, high, low and close.

    `bars` are [timestamp_utc, open, high, low, close] rows stated in the scenario; `file` (CSV) replaces them.
    """

    process: Literal["historical"]
    source: str = ""
    bar_seconds: int = Field(3600, gt=0)
    bars: list[tuple[datetime, Positive, Positive, Positive, Positive]] = []
    file: str | None = None


class GBM(Section):
    """Geometric Brownian motion; drift and volatility annualised."""

    process: Literal["gbm"]
    initial: Positive
    drift: float = 0.0
    volatility: Positive


class MertonJump(Section):
    """Merton (1976) jump diffusion; `intensity` jumps a year, log-jump mean and standard deviation."""

    process: Literal["merton"]
    initial: Positive
    drift: float = 0.0
    volatility: Positive
    intensity: float = Field(ge=0)
    jump_mean: float
    jump_volatility: float = Field(ge=0)


class Heston(Section):
    """Heston (1993) stochastic variance; `volatility` and `long_volatility` are square roots of variances."""

    process: Literal["heston"]
    initial: Positive
    drift: float = 0.0
    volatility: Positive
    long_volatility: Positive
    reversion: Positive
    vol_of_vol: Positive
    correlation: float = Field(-0.7, ge=-1, le=1)


Path = Annotated[HistoricalPath | GBM | MertonJump | Heston, Field(discriminator="process")]


class Impact(Section):
    """Square-root price impact of executed flow: coefficient * vol * sqrt(quantity / volume)."""

    coefficient: float = Field(1.0, ge=0)
    permanent_share: Fraction = 0.2
    recovery_half_life_seconds: Positive = 900.0


class Surface(Section):
    """Implied-vol surface: ATM vol follows realised vol between floor and cap; SVI skew and curvature."""

    atm_floor: Positive = 0.4
    atm_cap: Positive = 4.0
    risk_premium: Positive = 1.1
    skew: float = Field(-0.3, ge=-0.99, le=0.99)
    curvature: Positive = 0.3
    term_decay_days: Positive = 60.0


class Listing(Section):
    """What trades on an asset. Strikes are multiples of the first price, rounded to `strike_step`."""

    perpetual: bool = True
    futures: list[datetime] = []
    options: list[datetime] = []
    moneyness: list[Positive] = [0.6, 0.8, 1.0, 1.2]
    strike_step: Positive = 5.0


class Asset(Section):
    """An underlying. `daily_volume` in units, for impact and liquidity."""

    symbol: str = Field(pattern=r"^[A-Z][A-Z0-9]{1,9}$")
    path: Path
    daily_volume: Positive
    listing: Listing = Listing()


class Market(Section):
    """Start, assets and their correlation (for stochastic processes; historical paths carry their own)."""

    start: datetime
    quote: str = "USD"
    rate: float = 0.0
    assets: list[Asset] = Field(min_length=1, max_length=16)
    correlation: list[list[float]] | None = None
    impact: Impact = Impact()
    surface: Surface = Surface()
