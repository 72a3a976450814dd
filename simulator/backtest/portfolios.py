"""What is held through a backtest: portfolios by shape, so that they mean the same at any price level.

A leg is an amount in units of the portfolio's base notional: +1 call at moneyness 1 is a call struck at the spot of the
day it was opened, on one base notional of the underlying. The book of `simulator.backtest.book` turns shapes into
contracts and rolls them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulator.errors import UsageError
from simulator.streams import stream

TENOR_DAYS = 30
"""Life of an option of the standard portfolios when it is opened."""
MAX_RANDOM = 500
"""Random portfolios in one backtest: at the most some ten minutes for all rules on seven years of two assets."""


class Kind(StrEnum):
    """What a leg is. A coin is collateral: the asset itself."""

    CALL = "call"
    PUT = "put"
    PERPETUAL = "perpetual"
    COIN = "coin"


@dataclass(frozen=True, slots=True)
class Leg:
    """`amount` in base notionals, long positive; `moneyness` strike over spot and `tenor_days` are those of options."""

    asset: int
    kind: Kind
    amount: float
    moneyness: float = 1.0
    tenor_days: float = TENOR_DAYS

    @property
    def is_option(self) -> bool:
        """Whether it is a call or a put."""
        return self.kind in (Kind.CALL, Kind.PUT)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Legs under a name."""

    name: str
    legs: tuple[Leg, ...]

    @property
    def is_linear(self) -> bool:
        """Whether it holds no option, so that its shape never changes."""
        return not any(leg.is_option for leg in self.legs)


def standard_portfolios(assets: Sequence[str]) -> tuple[Portfolio, ...]:
    """The default set: for each asset a long and a short perpetual, a short straddle, a covered call (the coin itself
    as collateral), a long put spread; with two assets or more, the first against the second and the other way round.
    """
    made = []
    for asset, name in enumerate(assets):
        coin = name.lower()
        made += [
            Portfolio(f"long-perpetual-{coin}", (Leg(asset, Kind.PERPETUAL, 1.0),)),
            Portfolio(f"short-perpetual-{coin}", (Leg(asset, Kind.PERPETUAL, -1.0),)),
            Portfolio(f"short-straddle-{coin}", (Leg(asset, Kind.CALL, -1.0), Leg(asset, Kind.PUT, -1.0))),
            Portfolio(f"covered-call-{coin}", (Leg(asset, Kind.COIN, 1.0), Leg(asset, Kind.CALL, -1.0, 1.1))),
            Portfolio(f"put-spread-{coin}", (Leg(asset, Kind.PUT, 1.0, 1.0), Leg(asset, Kind.PUT, -1.0, 0.8))),
        ]
    if len(assets) > 1:
        first, second = (name.lower() for name in assets[:2])
        for one, other, sign in ((first, second, 1.0), (second, first, -1.0)):
            legs = (Leg(0, Kind.PERPETUAL, sign), Leg(1, Kind.PERPETUAL, -sign))
            made.append(Portfolio(f"spread-{one}-{other}", legs))
    return tuple(made)


_MONEYNESS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
_TENORS = (30.0, 60.0)
_MOST_OPTIONS = 4


def random_portfolios(assets: Sequence[str], count: int, seed: int) -> tuple[Portfolio, ...]:
    """`count` seeded portfolios: a perpetual (three in four have one) and up to four options, amounts within +-1.

    Moneyness 0.7 to 1.3 in steps of a tenth, tenors of 30 and 60 days: all portfolios trade one chain.

    Raises
    ------
    UsageError
        A count outside 1 .. `MAX_RANDOM`.
    """
    if not 1 <= count <= MAX_RANDOM:
        raise UsageError(f"random:{count}: from 1 to {MAX_RANDOM} random portfolios can be tested at once")
    rng = stream(seed, "backtest", "portfolios")
    return tuple(Portfolio(f"random-{number}", _random_legs(rng, len(assets))) for number in range(1, count + 1))


def _random_legs(rng: np.random.Generator, assets: int) -> tuple[Leg, ...]:
    options = int(rng.integers(0, _MOST_OPTIONS + 1))
    legs = []
    if rng.random() < 0.75 or not options:
        legs.append(Leg(int(rng.integers(assets)), Kind.PERPETUAL, _amount(rng)))
    for _ in range(options):
        kind = Kind.CALL if rng.random() < 0.5 else Kind.PUT
        moneyness, tenor = _MONEYNESS[rng.integers(len(_MONEYNESS))], _TENORS[rng.integers(len(_TENORS))]
        legs.append(Leg(int(rng.integers(assets)), kind, _amount(rng), moneyness, tenor))
    return tuple(legs)


def _amount(rng: np.random.Generator) -> float:
    """Between 0.1 and 1, either sign: a leg of next to nothing would test nothing."""
    return float(rng.choice((-1.0, 1.0)) * rng.integers(1, 11) / 10)
