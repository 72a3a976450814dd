"""What a rule sees at the close of a day, and what it answers."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.backtest.book import Book
from simulator.backtest.estimates import Estimates
from simulator.risk.state import Holdings, Instruments, MarketState


@dataclass(frozen=True, slots=True)
class Terms:
    """What a backtest asks of every rule.

    level : margin is to cover the loss over the horizon with this probability, a fraction
    shortfall_level : at which rules forecast an expected shortfall
    horizon, window : days
    seed : of simulated scenarios
    """

    level: float
    shortfall_level: float
    horizon: int
    window: int
    seed: int


@dataclass(frozen=True, slots=True)
class Situation:
    """The close of `day`. Everything here is known by then; estimates are cut off after that day.

    market : prices and the dynamic risk parameters of the oracle's policy
    instruments, holdings : the contracts and what each portfolio holds of them
    past : estimates of this day and those before
    """

    day: int
    market: MarketState
    instruments: Instruments
    holdings: Holdings
    past: Estimates
    book: Book


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a rule says at the close of a day, (n_portfolios,) each, quote currency, losses positive.

    margin : equity it requires
    var, es : of the loss over the horizon, at the shortfall level; None of rules that forecast no distribution
    """

    margin: np.ndarray
    var: np.ndarray | None = None
    es: np.ndarray | None = None


class BacktestRule(Protocol):
    """A margin rule under test.

    `targets_level` tells whether it claims to cover losses at a level, as against a venue's fixed parameters.
    """

    name: str
    targets_level: bool

    def forecast(self, situation: Situation) -> Forecast:
        """The margin of every portfolio at the close of a day."""
