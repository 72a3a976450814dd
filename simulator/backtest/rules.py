"""Rules under test by name."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from simulator.backtest.history import PriceHistory
from simulator.backtest.mirror_rule import MirrorRule
from simulator.backtest.simulated_rules import FilteredHistoricalRule, HistoricalRule, MonteCarloRule
from simulator.backtest.situation import BacktestRule, Terms
from simulator.errors import UsageError
from simulator.risk.rules import margin_rule

ALL = "all"
Builder = Callable[[Terms, PriceHistory], BacktestRule]


def _by_policy(name: str) -> Builder:
    """A rule of the protocol, its shocks set day by day by the oracle's policy at the level and horizon."""
    return lambda terms, history: MirrorRule(name, margin_rule(name), targets_level=True)


RULES: dict[str, Builder] = {
    "isolated": _by_policy("isolated"),
    "scenario": _by_policy("scenario"),
    "historical": lambda terms, history: HistoricalRule(terms),
    "filtered-historical": lambda terms, history: FilteredHistoricalRule(terms),
    "monte-carlo": lambda terms, history: MonteCarloRule(terms, len(history.assets)),
}
"""In the order of tables."""


def chosen_rules(names: Sequence[str]) -> list[str]:
    """The rules asked for, each once, in the order of `RULES`; all of them for "all" or for none.

    Raises
    ------
    UsageError
        An unknown name.
    """
    for name in names:
        if name != ALL and name not in RULES:
            close = get_close_matches(name, [*RULES, ALL], n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise UsageError(f"unknown margin rule '{name}'{hint} (known: {', '.join([*RULES, ALL])})")
    return [name for name in RULES if not names or ALL in names or name in names]


def build_rules(names: Sequence[str], terms: Terms, history: PriceHistory) -> list[BacktestRule]:
    """The named rules, ready to walk."""
    return [RULES[name](terms, history) for name in names]
