"""VaR or ES over joint scenarios: the mirror of contracts/margin/ExpectedShortfallMargin.sol."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError
from simulator.risk.breakdown import Contingency, MarginBreakdown, ScenarioProfit
from simulator.risk.exposure_charges import charges, components, largest_multiplier
from simulator.risk.inputs import require_finite
from simulator.risk.option_bounds import UnitBounds, bounds_of, unit_bounds
from simulator.risk.scenario_profits import account_terms, scenario_profits
from simulator.risk.sensitivities import Exposures, Sensitivities, exposures_of, sensitivities_of
from simulator.risk.shortfall_config import ExpectedShortfallConfig
from simulator.risk.state import Holdings, Instruments, Margins, MarketState, Requirements
from simulator.risk.tail import boundary_scenario, sample_tail, tail_weights
from simulator.risk.terms import terms_of

_BLOCK = 2**22
"""Profits computed at a time, so that memory does not grow with the number of accounts: 32 MB."""
_ROUNDING = 1e-12
"""A scenario with less weight than this is not in the tail: 1 - 0.99 is not 0.01 in binary."""


@dataclass(frozen=True, slots=True)
class ShortfallValues:
    """One market: what one unit of each instrument is worth and how it moves, and how everything may move.

    shocks : (n_scenarios, n_assets, 2)
    loss_factor : what losses count for: 1 while the set is fresh
    """

    unit: Sensitivities
    bounds: UnitBounds
    shocks: np.ndarray
    loss_factor: float


class ExpectedShortfallMargin:
    """The whole portfolio, collateral included, in every posted scenario; the tail of its losses, plus contingencies.

    docs/reference/rules/expected-shortfall.md has the formulas.
    """

    name = "expected-shortfall"

    def __init__(self, config: ExpectedShortfallConfig | None = None):
        self.config = config or ExpectedShortfallConfig()

    def marks(self, instruments: Instruments, market: MarketState) -> np.ndarray:
        """Mark price of each instrument: (n_instruments,)."""
        return terms_of(instruments, market).marks(instruments)

    def scenario_values(self, instruments: Instruments, market: MarketState) -> ShortfallValues:
        """Sensitivities of every instrument and the scenarios, reusable while the market stands still.

        Scenarios as decoded from the posted bytes (`scenario_codec`) make this the mirror of the contract.

        Raises
        ------
        DataError
            No scenarios, or not one pair of moves for each underlying.
        """
        if market.shocks is None:
            raise DataError("the market has no scenarios; rule 'expected-shortfall' needs joint moves as `shocks`")
        shocks = require_finite(market.shocks, "scenario moves", 3)
        if shocks.shape[1:] != (len(market.spot), 2):
            raise DataError(f"scenario moves of shape {shocks.shape} for {len(market.spot)} underlyings")
        unit = sensitivities_of(instruments, market)
        loss_factor = 1.0 if market.shocks_fresh else self.config.stale_factor
        return ShortfallValues(unit, unit_bounds(instruments, terms_of(instruments, market), unit), shocks, loss_factor)

    def margins(self, instruments: Instruments, market: MarketState, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.margins_from(self.scenario_values(instruments, market), holdings)

    def margins_from(self, values: ShortfallValues, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.requirements(values, holdings).margins(holdings.cash)

    def requirements(self, values: ShortfallValues, holdings: Holdings) -> Requirements:
        """Value and requirement of every account's positions and collateral."""
        exposures = exposures_of(values.unit, holdings)
        parts = charges(values.unit, exposures, self.config, *self._tails(values, exposures, holdings))
        return Requirements(
            worth=(exposures.value.sum(axis=1),),
            initial=(sum(initial for _, initial in parts.values()),),
            maintenance=(sum(maintenance for maintenance, _ in parts.values()),),
        )

    def profits(self, values: ShortfallValues, holdings: Holdings) -> np.ndarray:
        """Profit of every account in every scenario: (n_accounts, n_scenarios)."""
        bounds = bounds_of(values.bounds, values.unit, holdings)
        return scenario_profits(account_terms(exposures_of(values.unit, holdings), bounds), values.shocks)

    def breakdown(
        self, instruments: Instruments, market: MarketState, holdings: Holdings, account: int = 0
    ) -> MarginBreakdown:
        """One account's requirement: its contingencies sum to it, the market risk being the first of them.

        `worst` are the scenarios in the tail of the initial requirement, the worst first. A scenario's `spot_move` and
        `vol_move` are those of the underlying with the largest delta; its label has the price moves of all.
        `components` are Euler's: each position's mean loss in that tail. What the bounds on options take away, and the
        share of collateral, are `unallocated`.
        """
        one = _account(holdings, account)
        values = self.scenario_values(instruments, market)
        exposures = exposures_of(values.unit, one)
        profits = self.profits(values, one)[0]
        parts = charges(values.unit, exposures, self.config, *self._tails(values, exposures, one))
        margins = self.margins_from(values, one)
        weights = self._tail_weights(-profits)
        shares = self._components(values, exposures, one, weights)
        main = int(np.abs(exposures.delta[0]).argmax())
        scenarios = tuple(
            ScenarioProfit(-1, _label(i, moves), float(moves[main, 0]), float(moves[main, 1]), 1.0, float(profit))
            for i, (moves, profit) in enumerate(zip(values.shocks, profits, strict=True))
        )
        tail = [i for i in np.argsort(profits, kind="stable") if weights[i] > _ROUNDING]
        return MarginBreakdown(
            equity=float(margins.equity[0]),
            initial=float(margins.initial[0]),
            maintenance=float(margins.maintenance[0]),
            scenarios=scenarios,
            worst=tuple(scenarios[i] for i in tail),
            contingencies=tuple(
                Contingency(name, float(low[0]), float(high[0])) for name, (low, high) in parts.items()
            ),
            components=shares,
            unallocated=float(margins.equity[0] - margins.initial[0] - shares.sum()),
        )

    def _tails(
        self, values: ShortfallValues, exposures: Exposures, holdings: Holdings
    ) -> tuple[np.ndarray, np.ndarray]:
        """Tail loss at the maintenance and at the initial level, at least zero: (n_accounts,) each."""
        config = self.config
        terms = account_terms(exposures, bounds_of(values.bounds, values.unit, holdings))
        low, high = np.empty(len(terms)), np.empty(len(terms))
        for block in _blocks(len(terms), len(values.shocks)):
            losses = -scenario_profits(terms[block], values.shocks)
            low[block] = getattr(sample_tail(losses, config.maintenance_level), config.measure)
            same = config.initial_level == config.maintenance_level
            high[block] = low[block] if same else getattr(sample_tail(losses, config.initial_level), config.measure)
        return np.maximum(low, 0.0) * values.loss_factor, np.maximum(high, 0.0) * values.loss_factor

    def _tail_weights(self, losses: np.ndarray) -> np.ndarray:
        """The weight of each scenario in the initial tail: (n_scenarios,); zeros if the tail loses nothing."""
        if self.config.measure == "es":
            weights = tail_weights(losses, self.config.initial_level)
        else:
            weights = np.zeros(len(losses))
            weights[boundary_scenario(losses, self.config.initial_level)] = 1.0
        return weights if weights @ losses > 0 else np.zeros(len(losses))

    def _components(
        self, values: ShortfallValues, exposures: Exposures, one: Holdings, weights: np.ndarray
    ) -> np.ndarray:
        unit = values.unit
        moves = values.shocks[:, unit.asset]
        price, volatility = moves[:, :, 0], moves[:, :, 1]
        profit = weights @ (unit.delta * price + unit.gamma / 2 * price**2 + unit.vega * volatility)
        scale = self.config.initial_factor * largest_multiplier(unit, exposures)[0] * values.loss_factor
        return components(unit, one, self.config, -scale * profit)


def _account(holdings: Holdings, which: int | slice) -> Holdings:
    rows = slice(which, which + 1) if isinstance(which, int) else which
    return Holdings(holdings.cash[rows], holdings.sizes[rows], holdings.collateral[rows])


def _blocks(accounts: int, scenarios: int) -> Iterator[slice]:
    size = max(1, _BLOCK // scenarios)
    for start in range(0, accounts, size):
        yield slice(start, start + size)


def _label(number: int, moves: np.ndarray) -> str:
    return f"scenario {number}: " + ", ".join(f"{100 * price:+.1f} %" for price in moves[:, 0])
