"""Margin by a rule of the protocol: its float mirror, asked once a day for all portfolios."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from simulator.backtest.situation import Forecast, Situation
from simulator.risk.state import MarginRule, MarketState


class MirrorRule:
    """A margin rule of the protocol with the parameters of each day.

    Parameters
    ----------
    name : str
    rule : MarginRule
    targets_level : bool
        Whether its parameters come from the level asked for, as against a venue's fixed ones.
    prepare : callable, optional
        The market that the rule needs, given the situation; the situation's own if left out.
    """

    def __init__(
        self,
        name: str,
        rule: MarginRule,
        targets_level: bool,
        prepare: Callable[[Situation], MarketState] | None = None,
    ):
        self.name = name
        self.targets_level = targets_level
        self._rule = rule
        self._prepare = prepare

    def forecast(self, situation: Situation) -> Forecast:
        """The initial margin requirement of every portfolio."""
        market = self._prepare(situation) if self._prepare else situation.market
        margins = self._rule.margins(situation.instruments, market, situation.holdings)
        return Forecast(np.maximum(margins.equity - margins.initial, 0.0))


def with_fixed_parameters(risk: np.ndarray) -> Callable[[Situation], MarketState]:
    """The day's market under the same risk parameters whatever the market does. risk: (n_assets, 6)."""
    return lambda situation: replace(situation.market, risk=risk)
