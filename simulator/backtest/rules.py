"""Rules under test by name.

Rules of the protocol are tested without the buffer that a deployment puts on top of the level (initial factor 1, no
flat charges), so that the level itself is on trial. Venues are tested with all that they publish.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from simulator.backtest.history import PriceHistory
from simulator.backtest.mirror_rule import Distribution, MirrorRule
from simulator.backtest.simulated_rules import (
    FilteredHistoricalRule,
    HistoricalRule,
    MonteCarloRule,
    posted_shocks,
)
from simulator.backtest.situation import BacktestRule, Situation, Terms
from simulator.errors import UsageError
from simulator.risk.expected_shortfall_margin import ExpectedShortfallMargin
from simulator.risk.isolated import IsolatedMargin
from simulator.risk.margin_config import CollateralTerms, IsolatedConfig, ScenarioConfig
from simulator.risk.parametric_config import MIN_LEVEL, ParametricConfig
from simulator.risk.parametric_margin import ParametricMargin
from simulator.risk.presets import preset
from simulator.risk.scenario_margin import ScenarioMargin
from simulator.risk.shortfall_config import ExpectedShortfallConfig
from simulator.risk.state import MarketState

ALL = "all"
VENUES = ("derive-pm2", "deribit-pm", "paradex", "span")
Builder = Callable[[Terms, PriceHistory], BacktestRule]


def _isolated(terms: Terms, history: PriceHistory) -> BacktestRule:
    return MirrorRule("isolated", IsolatedMargin(IsolatedConfig(initial_factor=1.0)))


def _scenario(terms: Terms, history: PriceHistory) -> BacktestRule:
    config = ScenarioConfig(
        initial_factor=1.0,
        short_option_maintenance=0.0,
        short_option_initial=0.0,
        perpetual_maintenance=0.0,
        perpetual_initial=0.0,
    )
    return MirrorRule("scenario", ScenarioMargin(config))


def _venue(name: str) -> Builder:
    """A venue's preset, its parameters as published. Coins pledged move with their underlying in its scenarios."""

    def build(terms: Terms, history: PriceHistory) -> BacktestRule:
        chosen = preset(name)
        offsets = tuple(CollateralTerms(asset=asset, offsets=asset) for asset in range(len(history.assets)))
        # Contracts are settled in the quote currency here, as a venue's linear ones are under the same grid.
        config = replace(chosen.config, collateral=offsets, inverse=False)
        return MirrorRule(name, ScenarioMargin(config), np.array([chosen.risk_of(asset) for asset in history.assets]))

    return build


def _parametric(name: str, curvature: bool) -> Builder:
    """VaR under Gaussian moves with the EWMA covariance of the day."""

    def build(terms: Terms, history: PriceHistory) -> BacktestRule:
        def mirror(measure: str, level: float) -> ParametricMargin:
            config = ParametricConfig(
                measure=measure,
                initial_level=level,
                maintenance_level=level,
                curvature=curvature,
                initial_factor=1.0,
                short_option_maintenance=0.0,
                short_option_initial=0.0,
            )
            return ParametricMargin(config)

        beyond = terms.shortfall_level
        known = beyond >= MIN_LEVEL
        distribution = Distribution(mirror("var", beyond), mirror("es", beyond)) if known else None
        return MirrorRule(name, mirror("var", terms.level), distribution=distribution)

    return build


def _expected_shortfall(terms: Terms, history: PriceHistory) -> BacktestRule:
    """ES at the shortfall level in the filtered historical scenarios of the day, posted as they would be on chain."""

    def mirror(measure: str) -> ExpectedShortfallMargin:
        config = ExpectedShortfallConfig(
            measure=measure,
            initial_level=terms.shortfall_level,
            maintenance_level=terms.shortfall_level,
            initial_factor=1.0,
            short_option_maintenance=0.0,
            short_option_initial=0.0,
        )
        return ExpectedShortfallMargin(config)

    def post(situation: Situation) -> MarketState:
        return replace(situation.market, shocks=posted_shocks(situation, terms))

    return MirrorRule(
        "expected-shortfall", mirror("es"), distribution=Distribution(mirror("var"), mirror("es")), post=post
    )


RULES: dict[str, Builder] = {
    "isolated": _isolated,
    "scenario": _scenario,
    **{name: _venue(name) for name in VENUES},
    "delta-normal": _parametric("delta-normal", curvature=False),
    "parametric": _parametric("parametric", curvature=True),
    "expected-shortfall": _expected_shortfall,
    "historical": lambda terms, history: HistoricalRule(terms),
    "filtered-historical": lambda terms, history: FilteredHistoricalRule(terms),
    "monte-carlo": lambda terms, history: MonteCarloRule(terms, len(history.assets)),
}
"""In the order of tables."""

LEAST_LEVEL = {"delta-normal": MIN_LEVEL, "parametric": MIN_LEVEL}
"""Rules that are defined from some level on only."""


def chosen_rules(names: Sequence[str], level: float) -> list[str]:
    """The rules asked for, each once, in the order of `RULES`; for "all" or for none all that have such a level.

    A version of a venue's preset other than the usual one is `NAME@VERSION`, and comes after the others.

    Raises
    ------
    UsageError
        An unknown name or version, or a rule below its least level.
    """
    for name in names:
        if name.partition("@")[0] in VENUES:
            preset(name)
        elif name != ALL and name not in RULES:
            close = get_close_matches(name, [*RULES, ALL], n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise UsageError(f"unknown margin rule '{name}'{hint} (known: {', '.join([*RULES, ALL])})")
        elif level < LEAST_LEVEL.get(name, 0.0):
            raise UsageError(f"rule {name} is defined from level {LEAST_LEVEL[name]:g} on, not at {level:g}")
    every = not names or ALL in names
    chosen = [name for name in RULES if name in names or (every and level >= LEAST_LEVEL.get(name, 0.0))]
    return [*chosen, *sorted({name for name in names if "@" in name})]


def build_rules(names: Sequence[str], terms: Terms, history: PriceHistory) -> list[BacktestRule]:
    """The named rules, ready to walk."""
    return [(_venue(name) if "@" in name else RULES[name])(terms, history) for name in names]
