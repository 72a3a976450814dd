"""Margin by a rule of the protocol: its float mirror, asked once a day for all portfolios."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.backtest.situation import Forecast, Situation
from simulator.risk.state import RISK_COLUMNS, MarginRule, MarketState

_NO_CHARGES = dict.fromkeys(("haircut", "liquidity_add_on"), 0.0) | {"multiplier": 1.0}


@dataclass(frozen=True, slots=True)
class Distribution:
    """Two mirrors of one kind that give the VaR and the ES of the loss at the shortfall level."""

    var: MarginRule
    es: MarginRule


class MirrorRule:
    """A margin rule of the protocol with the parameters of each day: its initial margin.

    Parameters
    ----------
    name : str
    rule : MarginRule
    risk : (n_assets, 6), optional
        Risk parameters, columns RISK_COLUMNS, whatever the market does, as venues publish them. Left out, those that
        the oracle's policy gives each day at the level asked for.
    distribution : Distribution, optional
        Of rules that forecast one.
    post : callable, optional
        What an oracle posts for this rule besides prices and parameters: the market with it.
    """

    def __init__(
        self,
        name: str,
        rule: MarginRule,
        risk: np.ndarray | None = None,
        distribution: Distribution | None = None,
        post: Callable[[Situation], MarketState] = lambda situation: situation.market,
    ):
        self.name = name
        self.targets_level = risk is None
        self._rule = rule
        self._risk = risk
        self._distribution = distribution
        self._post = post

    def forecast(self, situation: Situation) -> Forecast:
        """The initial margin requirement of every portfolio."""
        market = self._post(situation)
        if self._risk is not None:
            market = replace(market, risk=self._risk)
        (margin,) = _requirements([self._rule], situation, market)
        if self._distribution is None:
            return Forecast(margin)
        plain = replace(market, risk=_without_charges(market.risk))
        var, es = _requirements([self._distribution.var, self._distribution.es], situation, plain)
        return Forecast(margin, var, np.maximum(es, var))


def _requirements(rules: Sequence[MarginRule], situation: Situation, market: MarketState) -> list[np.ndarray]:
    """Initial requirements, (n_portfolios,), of rules that value the market alike: it is valued once."""
    values = rules[0].scenario_values(situation.instruments, market)
    margins = [rule.margins_from(values, situation.holdings) for rule in rules]
    return [np.maximum(each.equity - each.initial, 0.0) for each in margins]


def _without_charges(risk: np.ndarray) -> np.ndarray:
    risk = risk.copy()
    for name, value in _NO_CHARGES.items():
        risk[:, RISK_COLUMNS.index(name)] = value
    return risk
