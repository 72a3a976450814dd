"""The margin of a portfolio with prices, by the float mirror or by the contract itself."""

from simulator.portfolio.answer import Component, PortfolioMargin, difference
from simulator.portfolio.columns import Columns
from simulator.portfolio.contract_engine import ContractEngine
from simulator.portfolio.mirrors import mirror
from simulator.risk.breakdown import Contingency, ScenarioProfit
from simulator.risk.presets import Preset


def margin(columns: Columns, preset: Preset, engine: str = "float") -> PortfolioMargin:
    """The margin by `engine`: float, chain or both.

    The contract answers equity and the two margins; what they are made of is the mirror's account of the same rule.

    Raises
    ------
    InvariantError
        With engine both, if contract and mirror do not agree.
    DataError
        The rule cannot value the portfolio.
    """
    market, config = columns.under(preset)
    instruments, holdings, price = columns.instruments, columns.holdings, columns.unit_price
    found = mirror(preset.rule, config).breakdown(instruments, market, holdings)
    totals, gas, apart = (found.equity, found.initial, found.maintenance), None, None
    if engine != "float":
        answer = ContractEngine(market.timestamp).margin(preset.rule, config, instruments, market, holdings)
        if engine == "both":
            apart = difference(preset.name, totals, answer.totals, columns.gross_notional()) / price
        totals, gas = answer.totals, answer.gas
    shares = [(name, float(share)) for name, share in zip(columns.names, found.components, strict=True)]
    shares.append(("collateral and unallocated", found.unallocated))
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
        components=tuple(Component(name, share / price) for name, share in shares),
        assets=columns.assets,
        gas=gas,
        difference=apart,
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
