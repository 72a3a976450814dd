"""The margin of positions that are given by their risk arrays, as a clearing house publishes them (CME SPAN)."""

import numpy as np

from simulator.errors import DataError
from simulator.portfolio.answer import Component, PortfolioMargin, difference
from simulator.portfolio.contract_engine import ContractEngine
from simulator.portfolio.schema import Portfolio, RiskArray
from simulator.risk.breakdown import Contingency, ScenarioProfit
from simulator.risk.margin_config import VOL_DOWN, VOL_UP
from simulator.risk.presets import Preset
from simulator.risk.risk_arrays import scan_risk

_VOL_LABELS = {VOL_UP: ", vol up", VOL_DOWN: ", vol down"}


def has_risk_arrays(portfolio: Portfolio) -> bool:
    """Whether any position is a risk array."""
    return any(isinstance(each, RiskArray) for each in portfolio.positions)


def risk_array_margin(portfolio: Portfolio, preset: Preset, engine: str = "float") -> PortfolioMargin:
    """Scan risk: the worst sum of sizes times risk arrays over the scenarios, as a requirement.

    Scenarios bear the labels of the preset's grid if the arrays are as long as it.

    Raises
    ------
    DataError
        A position without a risk array, or a preset other than `span`.
    InvariantError
        With engine both, if contract and mirror do not agree.
    """
    for number, position in enumerate(portfolio.positions):
        given = isinstance(position, RiskArray)
        if given and preset.name != "span":
            raise DataError(f"positions[{number}]: has no prices, only a risk array for rule span, not {preset.name}")
        if not given:
            raise DataError(f"positions[{number}]: has no risk array, though others have; give it to all, or to none")
    if portfolio.collateral:
        raise DataError("collateral[0]: has no scenarios beside risk arrays; give its value less haircut as cash")
    sizes = np.array([each.size for each in portfolio.positions])
    arrays = np.array([each.profits for each in portfolio.positions])
    equity = portfolio.cash + sum(each.size * each.mark for each in portfolio.positions)
    worst, deciding = scan_risk(sizes, arrays)
    factors, gas, apart = (preset.config.initial_factor, preset.config.maintenance_factor), None, None
    if engine != "float":
        answer, gas = ContractEngine(portfolio.time).scan(sizes, arrays)
        if engine == "both":
            apart = difference(preset.name, (worst,), (answer,), float(np.abs(sizes) @ np.abs(arrays).max(axis=1)))
        worst = answer
    provisions = portfolio.provisions.funding + portfolio.provisions.fees
    scenarios = _scenarios(preset, sizes @ arrays)
    loses = deciding < arrays.shape[1]
    shares = -sizes * arrays[:, deciding] * factors[0] if loses else np.zeros(len(sizes))
    return PortfolioMargin(
        rule=preset.name,
        engine=engine,
        unit=portfolio.quote,
        equity=equity,
        initial=equity + worst * factors[0] - provisions,
        maintenance=equity + worst * factors[1] - provisions,
        scenarios=scenarios,
        worst=(scenarios[deciding],) if loses else (),
        contingencies=(Contingency("fixed", provisions, provisions),) if provisions else (),
        components=(
            *(Component(each.name, float(share)) for each, share in zip(portfolio.positions, shares, strict=True)),
            Component("collateral and unallocated", provisions),
        ),
        assets=(),
        gas=gas,
        difference=apart,
    )


def _scenarios(preset: Preset, profits: np.ndarray) -> tuple[ScenarioProfit, ...]:
    points = preset.config.scenarios
    if len(points) != len(profits):
        return tuple(
            ScenarioProfit(-1, f"scenario {number}", 0.0, 0.0, 1.0, float(profit))
            for number, profit in enumerate(profits, start=1)
        )
    return tuple(
        ScenarioProfit(
            -1,
            f"{point.spot_move:+.3g} price ranges{_VOL_LABELS.get(point.vol_move, '')}",
            point.spot_move,
            {VOL_UP: 1.0, VOL_DOWN: -1.0}.get(point.vol_move, 0.0),
            point.weight,
            float(profit),
        )
        for point, profit in zip(points, profits, strict=True)
    )
