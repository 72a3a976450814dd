"""The margin of a portfolio under a preset, by the float mirror or by the contract itself."""

from dataclasses import dataclass

from simulator.errors import InvariantError
from simulator.portfolio.columns import Columns
from simulator.portfolio.contract_engine import ContractEngine
from simulator.risk.breakdown import Contingency, ScenarioProfit
from simulator.risk.presets import Preset
from simulator.risk.rules import margin_rule

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


def margin(columns: Columns, preset: Preset, engine: str = "float") -> PortfolioMargin:
    """The margin by `engine`: float, chain or both.

    The contract answers equity and the two margins; what they are made of is the mirror's account of the same rule.

    Raises
    ------
    InvariantError
        With engine both: contract and mirror are further apart than AGREEMENT of gross notional.
    DataError
        The rule cannot value the portfolio.
    """
    market, config = columns.under(preset)
    instruments, holdings, price = columns.instruments, columns.holdings, columns.unit_price
    found = margin_rule(preset.rule, config).breakdown(instruments, market, holdings)
    totals, gas, difference = (found.equity, found.initial, found.maintenance), None, None
    if engine != "float":
        answer = ContractEngine(market.timestamp).margin(preset.rule, config, instruments, market, holdings)
        apart = max(abs(mine - theirs) for mine, theirs in zip(totals, answer.totals, strict=True))
        if engine == "both":
            difference = apart / price
            require_agreement(preset.name, apart, columns.gross_notional())
        totals, gas = answer.totals, answer.gas
    shares = [(name, float(share)) for name, share in zip(columns.names, found.components, strict=True)]
    equity, initial, maintenance = (value / price for value in totals)
    return PortfolioMargin(
        rule=preset.name,
        engine=engine,
        unit=columns.unit,
        equity=equity,
        initial=initial,
        maintenance=maintenance,
        scenarios=tuple(_stated(each, price) for each in found.scenarios),
        worst=tuple(_stated(each, price) for each in found.worst),
        contingencies=tuple(
            Contingency(each.name, each.maintenance / price, each.initial / price) for each in found.contingencies
        ),
        components=tuple(
            Component(name, share / price)
            for name, share in [*shares, ("collateral and unallocated", found.unallocated)]
        ),
        assets=columns.assets,
        gas=gas,
        difference=difference,
    )


def require_agreement(rule: str, apart: float, gross_notional: float) -> None:
    """Raise InvariantError if contract and mirror are further apart than they may be, in quote currency."""
    if apart > AGREEMENT * gross_notional + 1e-12:
        raise InvariantError(
            f"rule {rule}: contract and float mirror differ by {apart:.3g}, more than {AGREEMENT:g} of the gross "
            f"notional {gross_notional:.6g}; report this portfolio"
        )


def _stated(scenario: ScenarioProfit, price: float) -> ScenarioProfit:
    return ScenarioProfit(
        scenario.underlying,
        scenario.label,
        scenario.spot_move,
        scenario.vol_move,
        scenario.weight,
        scenario.profit / price,
    )
