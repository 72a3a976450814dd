"""Portfolio margin by full revaluation over a spot x vol grid: the mirror of contracts/margin/ScenarioMargin.sol."""

from dataclasses import dataclass

import numpy as np

from simulator.risk.margin_config import VOL_NONE, ScenarioConfig
from simulator.risk.pricing import YEAR_SECONDS
from simulator.risk.revaluation import aggregate, revalue_calls
from simulator.risk.state import CALL, PERPETUAL, PUT, Holdings, Instruments, Margins, MarketState
from simulator.risk.terms import Terms, is_option, terms_of

VOL_HORIZON = 30 * 86_400
"""Vol shocks are those of a 30-day option."""
MIN_SPOT_FACTOR, MAX_SPOT_FACTOR = 0.01, 1000.0
"""A spot move leaves at least 1 % and at most a thousand times the price."""


@dataclass(frozen=True, slots=True)
class ScenarioValues:
    """One market, revalued: what margins are computed from.

    marks, asset, add_on, expiry_group, strike_group, perpetual : (n_instruments,)
    profits : (n_instruments, n_scenarios), weighted P&L of one unit long
    basis : (n_instruments, 2), P&L of one unit when its forward alone moves up, down
    basis_rate : (n_expiries,), the share of that loss that is charged
    spot, multiplier, haircut : (n_assets,)
    """

    marks: np.ndarray
    asset: np.ndarray
    add_on: np.ndarray
    expiry_group: np.ndarray
    strike_group: np.ndarray
    perpetual: np.ndarray
    profits: np.ndarray
    basis: np.ndarray
    basis_rate: np.ndarray
    spot: np.ndarray
    multiplier: np.ndarray
    haircut: np.ndarray


class ScenarioMargin:
    """The worst loss over the grid per underlying, summed over underlyings, plus contingencies.

    docs/reference/margin.md has the formulas.
    """

    name = "scenario"

    def __init__(self, config: ScenarioConfig | None = None):
        self.config = config or ScenarioConfig()
        points = self.config.scenarios
        basis = self.config.basis_move
        # The market as it is, the grid, then the two moves of the basis contingency.
        self._moves = np.array([0.0, *(p.spot_move for p in points), basis, -basis])
        self._vol_moves = np.array([VOL_NONE, *(p.vol_move for p in points), VOL_NONE, VOL_NONE], dtype=np.int64)
        self._weights = np.array([p.weight for p in points])

    def marks(self, instruments: Instruments, market: MarketState) -> np.ndarray:
        """Mark price of each instrument: (n_instruments,)."""
        return terms_of(instruments, market).marks(instruments)

    def scenario_values(self, instruments: Instruments, market: MarketState) -> ScenarioValues:
        """Revalue every instrument in every scenario, reusable while the market stands still."""
        config = self.config
        terms = terms_of(instruments, market)
        asset = np.ascontiguousarray(instruments.underlying, dtype=np.int64)
        factor = np.clip(1 + np.outer(market.risk[:, 0], self._moves), MIN_SPOT_FACTOR, MAX_SPOT_FACTOR)
        # Linear contracts, and the linear part of a put by parity: call - discount (forward - strike).
        at_risk = ~terms.settled
        weight = np.select([instruments.kind == CALL, instruments.kind == PUT], [0.0, -terms.discount], 1.0)
        profits = (weight * terms.forward * at_risk)[:, None] * (factor[asset] - 1)
        strike_group = np.full(len(asset), -1, dtype=np.int64)
        options = np.flatnonzero(is_option(instruments) & at_risk)
        if options.size:
            key = np.stack([asset[options], instruments.expiry[options], instruments.strike[options]], axis=1)
            _, first, group = np.unique(key, axis=0, return_index=True, return_inverse=True)
            strike_group[options] = group.ravel()
            calls = self._calls(instruments, market, terms, options[first], factor)
            profits[options] += (calls - calls[:, :1])[group.ravel()]
        scenarios = len(self._weights)
        years = np.maximum(market.expiry - market.timestamp, 0) / YEAR_SECONDS
        live = (instruments.kind != PERPETUAL) & (terms.row >= 0) & (instruments.expiry > market.timestamp)
        return ScenarioValues(
            marks=terms.marks(instruments),
            asset=asset,
            add_on=np.where(at_risk, market.risk[asset, 4] * market.spot[asset], 0.0),
            expiry_group=np.where(live, terms.row, -1).astype(np.int64),
            strike_group=strike_group,
            perpetual=instruments.kind == PERPETUAL,
            profits=np.ascontiguousarray(profits[:, 1 : scenarios + 1] * self._weights),
            basis=np.ascontiguousarray(profits[:, scenarios + 1 :]),
            basis_rate=config.basis_add + config.basis_per_year * years,
            spot=np.asarray(market.spot, dtype=np.float64),
            multiplier=np.ascontiguousarray(market.risk[:, 5]),
            haircut=np.ascontiguousarray(market.risk[:, 3]),
        )

    def margins_from(self, values: ScenarioValues, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        config = self.config
        value, loss, multiplied, naked, perpetuals, liquidity = aggregate(
            np.ascontiguousarray(holdings.sizes, dtype=np.float64),
            values.marks,
            values.profits,
            values.asset,
            values.spot,
            values.multiplier,
            values.add_on,
            values.basis,
            values.expiry_group,
            values.basis_rate,
            values.strike_group,
            values.perpetual,
        )
        collateral = holdings.collateral * values.spot
        equity = holdings.cash + collateral.sum(axis=1) + value
        both = (
            (collateral * values.haircut).sum(axis=1)
            + naked * config.short_option_maintenance
            + perpetuals * config.perpetual_maintenance
            + liquidity
        )
        extra = naked * config.short_option_initial + perpetuals * config.perpetual_initial
        return Margins(
            equity=equity,
            initial=equity - both - extra - multiplied * config.initial_factor,
            maintenance=equity - both - loss * config.maintenance_factor,
        )

    def margins(self, instruments: Instruments, market: MarketState, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.margins_from(self.scenario_values(instruments, market), holdings)

    def _calls(
        self, instruments: Instruments, market: MarketState, terms: Terms, chosen: np.ndarray, factor: np.ndarray
    ) -> np.ndarray:
        """Discounted call at the strike of each chosen instrument in each scenario: (n_chosen, n_points)."""
        asset = np.ascontiguousarray(instruments.underlying[chosen], dtype=np.int64)
        return revalue_calls(
            terms.forward[chosen],
            instruments.strike[chosen].astype(np.float64),
            terms.discount[chosen],
            self._deviations(market, terms, chosen, asset),
            asset,
            factor,
            np.log(factor),
            self._vol_moves,
        )

    def _deviations(self, market: MarketState, terms: Terms, chosen: np.ndarray, asset: np.ndarray) -> np.ndarray:
        """vol sqrt(tau) with vol unchanged, up and down: (n_chosen, 3)."""
        config, seconds = self.config, terms.seconds[chosen]
        power = np.where(seconds <= VOL_HORIZON, config.vol_short_power, config.vol_long_power)
        multiple = (VOL_HORIZON / np.maximum(seconds, config.vol_horizon_floor)) ** power
        deviation = terms.volatility[chosen] * np.sqrt(seconds / YEAR_SECONDS)
        up = 1 + market.risk[asset, 1] * multiple
        down = np.maximum(1 - market.risk[asset, 2] * multiple, 0.0)
        return np.stack([deviation, deviation * up, deviation * down], axis=1)
