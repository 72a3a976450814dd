"""Profits of accounts in joint scenarios by delta, gamma and vega: the mirror of contracts/margin/ScenarioProfits.sol.

Sums run in one fixed order, so that results do not depend on the machine.
"""

import numpy as np
from numba import njit

from simulator.risk.option_bounds import Bounds
from simulator.risk.sensitivities import Exposures


def account_terms(exposures: Exposures, bounds: Bounds) -> np.ndarray:
    """What `scenario_profits` needs of each account: (n_accounts, n_assets, 10).

    Linear value; delta, half the gamma and vega of options; their steepest slopes up and down; the least and the most
    they can make while prices stand still, and by how much that grows with prices, each after the other.
    """
    value = exposures.value - bounds.linear - bounds.settled
    columns = (
        bounds.linear,
        exposures.delta - bounds.linear,
        exposures.gamma / 2,
        exposures.vega,
        bounds.long_calls + bounds.short_puts,
        bounds.short_calls + bounds.long_puts,
        -value - bounds.short_calls - bounds.short_rest,
        bounds.short_calls,
        bounds.long_calls + bounds.long_rest - value,
        bounds.long_calls,
    )
    return np.stack(columns, axis=2)


def scenario_profits(terms: np.ndarray, shocks: np.ndarray) -> np.ndarray:
    """Profit of each account in each scenario: (n_accounts, n_scenarios), quote currency.

    With x the price move of an underlying and v the relative move of its volatilities, its options make slope x +
    vega v. The slope delta + gamma x / 2 is kept within those of options that each move as much as their forward, and
    the profit within what they make if each is worth nothing, or all that it can be. Full revaluation lies within both
    bounds, so that they only bring the expansion nearer to it.

    Parameters
    ----------
    terms : (n_accounts, n_assets, 10), as `account_terms` gives them
    shocks : (n_scenarios, n_assets, 2)
    """
    return _profits(terms, np.ascontiguousarray(shocks, dtype=np.float64))


@njit(cache=True)
def _profits(terms, shocks):
    accounts, assets, _ = terms.shape
    scenarios = len(shocks)
    profits = np.zeros((accounts, scenarios))
    for a in range(accounts):
        row = profits[a]
        for u in range(assets):
            linear, delta, half_gamma, vega, bullish, bearish, floor, short_calls, ceiling, long_calls = terms[a, u]
            if bullish == 0.0 and bearish == 0.0:
                if linear != 0.0:
                    for s in range(scenarios):
                        row[s] += linear * shocks[s, u, 0]
                continue
            for s in range(scenarios):
                x, v = shocks[s, u, 0], shocks[s, u, 1]
                slope = min(max(delta + half_gamma * x, -bearish), bullish)
                options = min(max(slope * x + vega * v, floor - short_calls * x), ceiling + long_calls * x)
                row[s] += linear * x + options
    return profits
