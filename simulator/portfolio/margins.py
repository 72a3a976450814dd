"""One portfolio under several rules."""

from collections.abc import Sequence

from simulator.portfolio.answer import PortfolioMargin
from simulator.portfolio.columns import columns
from simulator.portfolio.margin import margin
from simulator.portfolio.risk_array_margin import has_risk_arrays, risk_array_margin
from simulator.portfolio.schema import Portfolio
from simulator.risk.presets import Preset

ENGINES = ("float", "chain", "both")
"""The mirror, the contract on an embedded chain, or both with a check that they agree."""


def margins(portfolio: Portfolio, presets: Sequence[Preset], engine: str = "float") -> list[PortfolioMargin]:
    """The margin under each preset. Raises what `margin` and `risk_array_margin` raise."""
    if has_risk_arrays(portfolio):
        return [risk_array_margin(portfolio, preset, engine) for preset in presets]
    valued = columns(portfolio)
    return [margin(valued, preset, engine) for preset in presets]
