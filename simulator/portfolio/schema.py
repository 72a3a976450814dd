"""The portfolio file: one account, the market it stands in, and what overrides a rule's parameters."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from simulator.scenario.section import Section

LARGEST = 1e12
"""Prices, strikes and sizes at most; the contracts value up to 2^100 wads, 1.27e12."""


def _utc_seconds(value: Any) -> Any:
    """Whole UTC seconds of an ISO 8601 time with its offset; whole numbers are seconds already."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a time such as 2025-02-28T08:00:00Z, or whole UTC seconds")
    if isinstance(value, int):
        return value
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"'{value}' is no ISO 8601 time; write it as 2025-02-28T08:00:00Z") from None
    if time.tzinfo is None:
        raise ValueError(f"'{value}' has no offset; write it as {value}Z if it is UTC")
    return int(time.timestamp())


_TIME_SCHEMA = {
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer", "minimum": 0, "maximum": 2**40}]
}
Time = Annotated[int, BeforeValidator(_utc_seconds), Field(ge=0, le=2**40), WithJsonSchema(_TIME_SCHEMA)]
"""ISO 8601 with offset, or UTC seconds."""
Name = Annotated[str, Field(min_length=1, max_length=60)]
Price = Annotated[float, Field(strict=True, gt=0, le=LARGEST)]
Size = Annotated[float, Field(strict=True, ge=-LARGEST, le=LARGEST)]
Money = Annotated[float, Field(strict=True, ge=-1e15, le=1e15)]
Fraction = Annotated[float, Field(strict=True, ge=0, le=1)]
Volatility = Annotated[float, Field(strict=True, gt=0, le=100)]
Number = Annotated[float, Field(strict=True, ge=-1e6, le=1e6)]


class SpotConfidence(Section):
    """How far the publishers of the spot and of the perpetual's price agree; 1 is all of them."""

    spot: Fraction = 1.0
    perpetual: Fraction = 1.0


class ExpiryConfidence(Section):
    """As `SpotConfidence`, of the forward, the interest rate and the volatilities of an expiry."""

    forward: Fraction = 1.0
    rate: Fraction = 1.0
    volatility: Fraction = 1.0


class Svi(Section):
    """Raw SVI: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), k = ln(strike / forward), vol = sqrt(w / tau).

    `forward` is by default that of the expiry, `tau` the years that are left.
    """

    a: Number
    b: Annotated[float, Field(strict=True, ge=0, le=100)]
    rho: Annotated[float, Field(strict=True, ge=-1, le=1)]
    m: Number
    sigma: Annotated[float, Field(strict=True, gt=0, le=100)]
    forward: Price | None = None
    tau: Annotated[float, Field(strict=True, gt=0, le=100)] | None = None


class Expiry(Section):
    """One expiry of an underlying, at `time` or `seconds` from the time of the portfolio.

    Volatilities are given once: as `svi`, as `volatility` alike at all strikes, or as `volatilities`, strike and
    volatility. `settled_forward` is the part of the forward that no longer moves: by default what the venues' average
    of the last 1800 seconds has fixed by then, forward (1800 - seconds) / 1800.
    """

    time: Time | None = None
    seconds: Annotated[int, Field(strict=True, gt=0, le=10**10)] | None = None
    forward: Price
    settled_forward: Annotated[float, Field(strict=True, ge=0, le=LARGEST)] | None = None
    rate: Annotated[float, Field(strict=True, ge=-1, le=10)] = 0.0
    svi: Svi | None = None
    volatility: Volatility | None = None
    volatilities: tuple[tuple[Price, Volatility], ...] | None = None
    confidence: ExpiryConfidence = ExpiryConfidence()

    @model_validator(mode="after")
    def _said_once(self) -> "Expiry":
        if (self.time is None) == (self.seconds is None):
            raise ValueError("give either time or seconds")
        given = [name for name in ("svi", "volatility", "volatilities") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are given; give volatilities in one way")
        if self.settled_forward is not None and self.settled_forward > self.forward:
            raise ValueError(f"settled_forward {self.settled_forward:g} is above the forward {self.forward:g}")
        return self


class Underlying(Section):
    """Prices of one underlying. Without `perpetual`, that of the spot is taken."""

    spot: Price
    perpetual: Price | None = None
    confidence: SpotConfidence = SpotConfidence()
    expiries: dict[Name, Expiry] = {}


class Haircut(Section):
    """What a collateral counts less, as fractions; `initial` is on top of `maintenance`."""

    maintenance: Fraction
    initial: Fraction = 0.0


class Collateral(Section):
    """A token pledged besides cash. `offsets` names the underlying in whose scenarios its value moves with spot."""

    name: Name
    amount: Annotated[float, Field(strict=True, ge=0, le=LARGEST)]
    price: Price
    confidence: Fraction = 1.0
    haircut: Haircut
    offsets: Name | None = None


class Option(Section):
    """A European option, carried at its model value."""

    type: Literal["option"]
    underlying: Name
    expiry: Name
    strike: Price
    kind: Literal["call", "put"]
    size: Size


class _Linear(Section):
    """What is settled in cash as it gains or loses: `unrealised` profit, or the `entry_price` that it follows from."""

    entry_price: Price | None = None
    unrealised: Money | None = None

    @model_validator(mode="after")
    def _profit_said_once(self):
        if self.entry_price is not None and self.unrealised is not None:
            raise ValueError("give entry_price or unrealised, not both")
        return self


class Future(_Linear):
    """A dated future."""

    type: Literal["future"]
    underlying: Name
    expiry: Name
    size: Size


class Perpetual(_Linear):
    """A perpetual; `funding` is accrued and not yet paid, positive if due to the account."""

    type: Literal["perpetual"]
    underlying: Name
    size: Size
    funding: Money = 0.0


class RiskArray(Section):
    """A contract known by its risk array alone: profit of one unit long in each scenario, weights included.

    `mark` is the value of a unit that counts as equity: 0 for what is settled daily.
    """

    type: Literal["risk_array"]
    name: Name
    size: Size
    profits: Annotated[tuple[Money, ...], Field(min_length=1, max_length=64)]
    mark: Money = 0.0


Position = Annotated[Option | Future | Perpetual | RiskArray, Field(discriminator="type")]


class Provisions(Section):
    """Amounts a venue sets aside besides risk, in quote currency; required in both margins."""

    funding: Annotated[float, Field(strict=True, ge=0, le=1e15)] = 0.0
    fees: Annotated[float, Field(strict=True, ge=0, le=1e15)] = 0.0


class Stable(Section):
    """What one unit of the quote currency is worth in the currency that prices are stated in."""

    price: Annotated[float, Field(strict=True, ge=0.01, le=1000)] = 1.0
    confidence: Fraction = 1.0


class Joint(Section):
    """What the rules without a grid read: moves of underlyings and of their volatilities over the margin horizon.

    covariance : (2 n, 2 n) of each underlying's return and relative change of volatility, in the order of the file
    shocks : (n_scenarios, n, 2), price in the scenario over price now less one, and relative change of volatility
    """

    covariance: tuple[tuple[Number, ...], ...] | None = None
    shocks: Annotated[tuple[tuple[tuple[Number, Number], ...], ...], Field(min_length=1, max_length=512)] | None = None


class Portfolio(Section):
    """One account and its market.

    `unit` names an underlying in whose coin results are stated instead of the quote currency. `parameters` overrides
    those of a rule, as the file of `--params` does.
    """

    title: str = ""
    source: str = ""
    time: Time
    quote: Name = "USD"
    unit: Name | None = None
    stable: Stable = Stable()
    cash: Money = 0.0
    underlyings: Annotated[dict[Name, Underlying], Field(max_length=16)] = {}
    positions: tuple[Position, ...] = ()
    collateral: Annotated[tuple[Collateral, ...], Field(max_length=16)] = ()
    provisions: Provisions = Provisions()
    joint: Joint = Joint()
    parameters: dict[str, dict[str, Any]] = {}
