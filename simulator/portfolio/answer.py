"""What a rule says about a portfolio."""

from dataclasses import dataclass

from simulator.errors import InvariantError
from simulator.risk.breakdown import Contingency, ScenarioProfit

AGREEMENT = 1e-8
"""Share of gross notional within which contract and mirror agree."""


@dataclass(frozen=True, slots=True)
class Component:
    """What one position, or all that is no position, has to do with the initial requirement."""

    name: str
    initial: float


@dataclass(frozen=True, slots=True)
class PortfolioMargin:
    """One portfolio under one rule, in `unit`; net margins as in `simulator.risk.state.Margins`.

    engine : float, chain or both
    scenarios : every scenario of every underlying, in the order of the configuration
    worst : the scenario that decides, one for each underlying
    components : they sum to equity - initial
    assets : names behind the underlying numbers of the scenarios
    gas : of one call of the contract; None without the contract
    difference : the largest between contract and mirror; None unless both were asked
    """

    rule: str
    engine: str
    unit: str
    equity: float
    initial: float
    maintenance: float
    scenarios: tuple[ScenarioProfit, ...]
    worst: tuple[ScenarioProfit, ...]
    contingencies: tuple[Contingency, ...]
    components: tuple[Component, ...]
    assets: tuple[str, ...]
    gas: int | None = None
    difference: float | None = None


def difference(rule: str, mine: tuple[float, ...], theirs: tuple[float, ...], gross_notional: float) -> float:
    """The largest difference between mirror and contract, quote currency.

    Raises InvariantError if it is more than AGREEMENT of the gross notional.
    """
    apart = max(abs(one - other) for one, other in zip(mine, theirs, strict=True))
    if not apart <= AGREEMENT * gross_notional + 1e-12:
        raise InvariantError(
            f"rule {rule}: contract and float mirror differ by {apart:.3g}, more than {AGREEMENT:g} of the gross "
            f"notional {gross_notional:.6g}; report this portfolio"
        )
    return apart
