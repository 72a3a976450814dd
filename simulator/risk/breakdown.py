"""What one account's requirement is made of: the answer of every rule to "why this much?"."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ScenarioProfit:
    """P&L of the account's positions in one underlying in one scenario, as it counts (weighted), quote currency.

    `underlying` is -1 for a scenario that moves all underlyings together. `spot_move` and `vol_move` are fractions;
    `vol_move` is the shock before it is scaled to an expiry.
    """

    underlying: int
    label: str
    spot_move: float
    vol_move: float
    weight: float
    profit: float


@dataclass(frozen=True, slots=True)
class Contingency:
    """A requirement besides the scenarios, by name, quote currency, >= 0. `initial` includes `maintenance`."""

    name: str
    maintenance: float
    initial: float


@dataclass(frozen=True, slots=True)
class MarginBreakdown:
    """One account under one rule, quote currency.

    equity, initial, maintenance : net margins as in `Margins`
    scenarios : every scenario of every underlying
    worst : for each underlying with positions (or once, if all move together) the scenario that decides
    contingencies : whatever is required besides the worst scenarios
    components : (n_instruments,), the share of each position in the initial requirement; with the shares of collateral
        and of what no position can be charged with, `unallocated`, they sum to equity - initial
    """

    equity: float
    initial: float
    maintenance: float
    scenarios: tuple[ScenarioProfit, ...]
    worst: tuple[ScenarioProfit, ...]
    contingencies: tuple[Contingency, ...]
    components: np.ndarray
    unallocated: float
