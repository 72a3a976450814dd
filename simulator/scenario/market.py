"""[market]: assets, how their prices move, what is listed on them."""

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from simulator.scenario.candles import Row, first_fault
from simulator.scenario.section import Instant, Section

Positive = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class HistoricalPath(Section):
    """Bars refined to block time by a bridge that hits each bar's open, high, low and close.

    `bars` are [timestamp_utc, open, high, low, close] rows stated in the scenario; `file` (CSV) replaces them when the
    scenario is loaded. `extremes` are [timestamp_utc, price] points that the path passes, each inside its bar's range.
    """

    process: Literal["historical"]
    source: str = ""
    bar_seconds: int = Field(3600, gt=0)
    bars: list[Row] = []
    extremes: list[tuple[Instant, Positive]] = []
    file: str | None = None

    @field_validator("bars")
    @classmethod
    def _sound(cls, bars: list[Row]) -> list[Row]:
        fault = first_fault(bars)
        if fault is not None:
            raise ValueError(f"bar {fault.row} ({bars[fault.row][0]:%Y-%m-%dT%H:%MZ}): {fault.reason}")
        return bars

    @model_validator(mode="after")
    def _consistent(self) -> "HistoricalPath":
        if not self.bars:
            if self.file is None:
                raise ValueError("a historical path needs bars or a file")
            return self
        for index, ((before, *_), (after, *_)) in enumerate(pairwise(self.bars), start=1):
            if (after - before).total_seconds() < self.bar_seconds:
                raise ValueError(f"bar {index} starts {after - before} after the one before: less than bar_seconds")
        for time, price in self.extremes:
            if not any(
                low <= price <= high and 0 <= (time - start).total_seconds() < self.bar_seconds
                for start, _, high, low, _ in self.bars
            ):
                raise ValueError(f"extreme {price:g} at {time:%Y-%m-%dT%H:%M:%SZ} is in no bar's time and range")
        return self


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
    """Price impact of executed flow, in units of daily volatility.

    Temporary: coefficient * sqrt(quantity / daily volume), halving every `recovery_half_life_seconds`. Permanent:
    coefficient * permanent_share * quantity / daily volume, linear so that a round trip leaves no trace.
    """

    coefficient: float = Field(1.0, ge=0)
    permanent_share: Fraction = 0.2
    recovery_half_life_seconds: Positive = 900.0


class Premium(Section):
    """Perpetual over spot: gains `sensitivity` of each log return of spot, halves every half-life, within +-`cap`."""

    sensitivity: Fraction = 0.1
    half_life_seconds: Positive = 600.0
    cap: float = Field(0.03, gt=0, lt=1)


class Surface(Section):
    """Implied-vol surface: short-dated ATM vol follows realised vol, long-dated tends to `long_run`; SSVI skew.

    Short-dated ATM vol is risk_premium * EWMA realised vol (half-life `realised_half_life_hours`), between `atm_floor`
    and `atm_cap`; the excess over `long_run` (annualised) fades in `term_decay_days`. `skew` is the correlation and
    `curvature` the vol-of-vol of the smile; curvature * (1 + |skew|) <= 2 keeps it free of static arbitrage.
    """

    atm_floor: Positive = 0.4
    atm_cap: Positive = 4.0
    long_run: Positive = 0.8
    risk_premium: Positive = 1.1
    realised_half_life_hours: Positive = 6.0
    term_decay_days: Positive = 10.0
    skew: float = Field(-0.3, ge=-0.99, le=0.99)
    curvature: Positive = 1.0

    @model_validator(mode="after")
    def _arbitrage_free(self) -> "Surface":
        if self.atm_floor > self.atm_cap:
            raise ValueError(f"atm_floor {self.atm_floor:g} is above atm_cap {self.atm_cap:g}")
        if self.curvature * (1 + abs(self.skew)) > 2:
            raise ValueError(
                f"curvature {self.curvature:g} must be at most 2 / (1 + |skew|) = {2 / (1 + abs(self.skew)):.3g}"
            )
        return self


class Listing(Section):
    """What trades on an asset. Strikes are multiples of the first price, rounded to `strike_step`.

    `lot` is the smallest size in units of the asset, `tick` and `option_tick` the smallest price steps.
    """

    perpetual: bool = True
    futures: list[Instant] = []
    options: list[Instant] = []
    moneyness: list[Positive] = [0.6, 0.8, 1.0, 1.2]
    strike_step: Positive = 5.0
    lot: Positive = 0.01
    tick: Positive = 0.01
    option_tick: Positive = 0.01


class Asset(Section):
    """An underlying. `daily_volume` in units, for impact and liquidity."""

    symbol: str = Field(pattern=r"^[A-Z][A-Z0-9]{1,9}$")
    path: Path
    daily_volume: Positive
    listing: Listing = Listing()


class Market(Section):
    """Start, assets and their correlation.

    `correlation` holds for the stochastic processes and for the bridges within the bars of historical paths; without
    it assets are independent.
    """

    start: Instant
    quote: str = "USD"
    rate: float = 0.0
    assets: list[Asset] = Field(min_length=1, max_length=16)
    correlation: list[list[float]] | None = None
    impact: Impact = Impact()
    premium: Premium = Premium()
    surface: Surface = Surface()

    @field_validator("assets")
    @classmethod
    def _distinct(cls, assets: list[Asset]) -> list[Asset]:
        symbols = [asset.symbol for asset in assets]
        for symbol in symbols:
            if symbols.count(symbol) > 1:
                raise ValueError(f"symbol {symbol} is listed {symbols.count(symbol)} times")
        return assets

    @model_validator(mode="after")
    def _consistent(self) -> "Market":
        for asset in self.assets:
            for expiry in asset.listing.futures + asset.listing.options:
                _check_expiry(asset.symbol, expiry, self.start)
        if self.correlation is not None:
            _check_correlation(self.correlation, len(self.assets))
        return self


def _check_expiry(symbol: str, expiry: datetime, start: datetime) -> None:
    if expiry <= start:
        raise ValueError(f"{symbol} expiry {expiry:%Y-%m-%dT%H:%MZ} is not after the start {start:%Y-%m-%dT%H:%MZ}")


def _check_correlation(rows: list[list[float]], n_assets: int) -> None:
    if len(rows) != n_assets or any(len(row) != n_assets for row in rows):
        raise ValueError(f"correlation must have {n_assets} rows of {n_assets} numbers, one per asset")
    matrix = np.array(rows)
    if not np.array_equal(matrix, matrix.T) or np.any(np.diag(matrix) != 1) or np.any(np.abs(matrix) > 1):
        raise ValueError("correlation must be symmetric with ones on the diagonal and nothing beyond +-1")
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest < -1e-12:
        raise ValueError(f"correlation is not positive semi-definite (smallest eigenvalue {smallest:.3g})")
