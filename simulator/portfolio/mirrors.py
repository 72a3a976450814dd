"""The float mirror of every rule that a preset can configure."""

from dataclasses import replace
from typing import Any

import numpy as np

from simulator.errors import DataError
from simulator.risk.expected_shortfall_margin import ExpectedShortfallMargin
from simulator.risk.isolated import IsolatedMargin
from simulator.risk.parametric_margin import ParametricMargin
from simulator.risk.scenario_codec import quantised
from simulator.risk.scenario_margin import ScenarioMargin
from simulator.risk.state import MarketState

LEAST_VARIANCE = 1e-8
"""Of what does not move: the contract knows no smaller one (Definiteness.sol)."""
_MIRRORS = {
    "scenario": ScenarioMargin,
    "isolated": IsolatedMargin,
    "parametric": ParametricMargin,
    "expected-shortfall": ExpectedShortfallMargin,
}


def mirror(rule: str, config: Any) -> Any:
    """The mirror of a rule, with `breakdown`."""
    return _MIRRORS[rule](config)


def with_joint_moves(rule: str, market: MarketState, follows: np.ndarray) -> MarketState:
    """`market` with the joint moves that the rule reads, extended from the underlyings to every asset.

    Parameters
    ----------
    follows : (n_assets,)
        The underlying whose moves an asset shares, itself for an underlying; -1 for what does not move.

    Raises
    ------
    DataError
        The rule needs joint moves and the market has none.
    """
    if rule == "parametric":
        if market.covariance is None:
            raise DataError("joint.covariance: missing; rule parametric needs it, or --prices to estimate it from")
        factors = np.stack([2 * follows, 2 * follows + 1], axis=1).ravel()
        moved = np.repeat(follows >= 0, 2)
        covariance = market.covariance[np.ix_(factors, factors)] * np.outer(moved, moved)
        return replace(market, covariance=covariance + np.diag(np.where(moved, 0.0, LEAST_VARIANCE)))
    if rule == "expected-shortfall":
        if market.shocks is None:
            raise DataError("joint.shocks: missing; rule expected-shortfall needs them, or --prices to take them from")
        shocks = np.where((follows >= 0)[None, :, None], market.shocks[:, np.maximum(follows, 0), :], 0.0)
        return replace(market, shocks=quantised(shocks))
    return market
