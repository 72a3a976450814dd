"""Portfolio margin by full revaluation over a spot x vol grid: the mirror of contracts/margin/ScenarioMargin.sol."""

import numpy as np

from simulator.errors import DataError
from simulator.risk.account_losses import ScenarioValues, aggregate
from simulator.risk.breakdown import MarginBreakdown
from simulator.risk.margin_config import SKEW_LINEAR, VOL_NONE, ScenarioConfig
from simulator.risk.pricing import YEAR_SECONDS, black76_delta
from simulator.risk.revaluation import revalue_calls
from simulator.risk.scenario_breakdown import scenario_breakdown
from simulator.risk.state import CALL, PERPETUAL, PUT, Holdings, Instruments, Margins, MarketState, Requirements
from simulator.risk.terms import Terms, collateral_prices, is_option, terms_of

VOL_HORIZON = 30 * 86_400
"""Vol shocks are those of a 30-day option."""
MIN_SPOT_FACTOR, MAX_SPOT_FACTOR = 0.01, 1000.0
"""A spot move leaves at least 1 % and at most a thousand times the price."""


class ScenarioMargin:
    """The worst loss over the grid per underlying, summed over underlyings, plus contingencies.

    docs/reference/rules/scenario.md has the formulas.
    """

    name = "scenario"

    def __init__(self, config: ScenarioConfig | None = None):
        self.config = config or ScenarioConfig()
        points = self.config.scenarios
        up = self.config.basis_move
        down = up if self.config.basis_move_down is None else self.config.basis_move_down
        # The grid, the two moves of the basis contingency, and the market as it is.
        self._moves = np.array([*(p.spot_move for p in points), up, -down, 0.0])
        self._vol_moves = np.array([*(p.vol_move for p in points), *[VOL_NONE] * 3], dtype=np.int64)

    def marks(self, instruments: Instruments, market: MarketState) -> np.ndarray:
        """Mark price of each instrument: (n_instruments,)."""
        return terms_of(instruments, market).marks(instruments)

    def scenario_values(self, instruments: Instruments, market: MarketState) -> ScenarioValues:
        """Revalue every instrument in every scenario, reusable while the market stands still.

        Raises DataError if the market lacks an expiry or an underlying that collateral offsets.
        """
        config, terms = self.config, terms_of(instruments, market)
        asset = np.ascontiguousarray(instruments.underlying, dtype=np.int64)
        factor = np.clip(1 + np.outer(market.risk[:, 0], self._moves), MIN_SPOT_FACTOR, MAX_SPOT_FACTOR)
        at_risk = ~terms.settled
        option = is_option(instruments) & at_risk
        moving = terms.moving / terms.forward * market.spot[asset] if config.inverse else terms.moving
        values = self._linear(factor)[asset] * (moving * at_risk)[:, None]
        strike_group, first = _grouped(option, asset, instruments.expiry, instruments.strike)
        if first.size:
            values[option] = self._options(instruments, market, terms, factor, first, strike_group, option)
        expiry_group, row = _grouped(at_risk & (instruments.kind != PERPETUAL), asset, instruments.expiry)
        years = terms.seconds[row] / YEAR_SECONDS
        rate = np.where(terms.row[row] >= 0, np.maximum(_of_row(market.rate, terms.row[row]), 0.0), 0.0)
        live = terms.seconds[row] > 0
        discount, count = config.discount, len(self.config.scenarios)
        weight = np.array([p.weight for p in config.scenarios])
        tracked = self._tracks_delta()
        perpetual_confidence = market.confidence if market.perpetual_confidence is None else market.perpetual_confidence
        return ScenarioValues(
            marks=terms.marks(instruments),
            asset=asset,
            add_on=np.where(at_risk, market.risk[asset, 4] * market.spot[asset], 0.0),
            delta=_deltas(instruments, terms, option) * at_risk if tracked else np.zeros(len(asset)),
            values=np.ascontiguousarray(values[:, : count + 2]),
            is_option=option,
            perpetual=instruments.kind == PERPETUAL,
            expiry=expiry_group,
            strike=strike_group,
            expiry_asset=asset[row],
            basis_rate=np.where(live, config.basis_add + config.basis_per_year * years, 0.0),
            discount_positive=discount.positive_base
            * np.exp(-years * (rate * discount.long_rate_multiple + discount.long_rate_add)),
            discount_negative=np.minimum(
                np.exp(rate * years),
                discount.negative_base
                * np.exp(years * (rate * discount.short_rate_multiple + discount.short_rate_add)),
            ),
            roll_rate=np.maximum(config.roll_add_min, config.roll_per_year * years),
            expiry_confidence=np.where(live, _of_row(market.expiry_confidence, terms.row[row]), 1.0),
            strike_asset=asset[first],
            factor=factor[:, : count + 2],
            weight=weight,
            dampener=config.tail_dampener * np.maximum(np.abs(self._moves[:count]) - 1, 0.0),
            skewed=self._vol_moves[:count] >= SKEW_LINEAR,
            spot=np.asarray(market.spot, dtype=np.float64),
            multiplier=np.ascontiguousarray(market.risk[:, 5]),
            confidence=np.asarray(market.confidence, dtype=np.float64),
            perpetual_confidence=np.asarray(perpetual_confidence, dtype=np.float64),
            collateral_price=collateral_prices(market),
            haircut=np.ascontiguousarray(market.risk[:, 3]),
            tracks_delta=tracked,
            perpetual_roll=float(config.roll_add_min),
            delta_net=float(config.min_delta_net),
            delta_hedged=float(config.min_delta_hedged),
            charges=np.array([config.confidence.threshold, config.confidence.perpetual, config.confidence.option]),
            **self._collateral(market),
        )

    def margins_from(self, values: ScenarioValues, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.requirements(values, holdings).margins(holdings.cash)

    def requirements(self, values: ScenarioValues, holdings: Holdings) -> Requirements:
        """Value and requirement of every account's positions and collateral."""
        config = self.config
        collateral = np.ascontiguousarray(holdings.collateral * values.collateral_price)
        sizes = np.ascontiguousarray(holdings.sizes, dtype=np.float64)
        value, loss, multiplied, naked, perpetuals, liquidity, confidence = aggregate(values, sizes, collateral)
        both = (
            (collateral * values.haircut).sum(axis=1)
            + naked * config.short_option_maintenance
            + perpetuals * config.perpetual_maintenance
            + liquidity
            + config.fixed_requirement
        )
        extra = (
            (collateral * (values.initial_haircut + values.collateral_charge)).sum(axis=1)
            + naked * config.short_option_initial
            + perpetuals * config.perpetual_initial
            + confidence
        )
        return Requirements(
            worth=(collateral.sum(axis=1), value),
            initial=(both, extra, multiplied * values.initial_factor),
            maintenance=(both, loss * config.maintenance_factor),
        )

    def margins(self, instruments: Instruments, market: MarketState, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.margins_from(self.scenario_values(instruments, market), holdings)

    def breakdown(
        self, instruments: Instruments, market: MarketState, holdings: Holdings, account: int = 0
    ) -> MarginBreakdown:
        """What the margins of one account are made of."""
        values = self.scenario_values(instruments, market)
        margins = self.margins_from(values, holdings)
        return scenario_breakdown(self.config, values, market, holdings, margins, account)

    def _tracks_delta(self) -> bool:
        config = self.config
        return any((config.roll_add_min, config.roll_per_year, config.min_delta_net, config.min_delta_hedged))

    def _linear(self, factor: np.ndarray) -> np.ndarray:
        """P&L of one unit of quote currency that moves with spot: (n_assets, n_points)."""
        clamp = self.config.linear_clamp
        if clamp > 0:
            factor = np.clip(factor, max(1 - clamp, MIN_SPOT_FACTOR), 1 + clamp)
        return 1 - 1 / factor if self.config.inverse else factor - 1

    def _options(
        self,
        instruments: Instruments,
        market: MarketState,
        terms: Terms,
        factor: np.ndarray,
        first: np.ndarray,
        strike_group: np.ndarray,
        option: np.ndarray,
    ) -> np.ndarray:
        """Value of one unit of each option at risk at every point: (n_options, n_points).

        A put is a call less discount (forward - strike). Coin-settled ones are worth so many coins, at today's price.
        """
        asset = np.ascontiguousarray(instruments.underlying[first], dtype=np.int64)
        calls = revalue_calls(
            terms.forward[first],
            terms.moving[first],
            instruments.strike[first].astype(np.float64),
            terms.discount[first],
            self._deviations(instruments, market, terms, first, asset),
            asset,
            factor,
            np.log(factor),
            self._vol_moves,
        )
        fixed = terms.forward - terms.moving
        shocked = (fixed[:, None] + terms.moving[:, None] * factor[instruments.underlying])[option]
        parity = terms.discount[option, None] * (shocked - instruments.strike[option, None])
        values = calls[strike_group[option]] - np.where(instruments.kind[option, None] == PUT, parity, 0.0)
        return values / factor[instruments.underlying[option]] if self.config.inverse else values

    def _deviations(
        self, instruments: Instruments, market: MarketState, terms: Terms, chosen: np.ndarray, asset: np.ndarray
    ) -> np.ndarray:
        """vol sqrt(tau) with vol unchanged, up, down, skewed linearly and absolutely: (n_chosen, 5)."""
        config, skew, seconds = self.config, self.config.skew, terms.seconds[chosen]
        power = np.where(seconds <= VOL_HORIZON, config.vol_short_power, config.vol_long_power)
        multiple = (VOL_HORIZON / np.maximum(seconds, config.vol_horizon_floor)) ** power
        root = np.sqrt(seconds / YEAR_SECONDS)
        deviation = terms.volatility[chosen] * root
        up = 1 + np.maximum(market.risk[asset, 1] * multiple, config.min_vol_shock_up)
        down = np.maximum(1 - market.risk[asset, 2] * multiple, 0.0)
        width = np.maximum(skew.min_width, root * skew.width * (skew.vol_static + root * skew.vol_scale))
        away = np.log(instruments.strike[chosen] / terms.forward[chosen])
        linear = _skewed(away, skew.linear_base_cap + skew.linear_cap_per_root_year * root, width)
        absolute = _skewed(np.abs(away), skew.abs_base_cap + skew.abs_cap_per_root_year * root, width)
        raised = np.maximum(deviation * up, config.min_vol_up * root)
        return np.stack([deviation, raised, deviation * down, deviation * linear, deviation * absolute], axis=1)

    def _collateral(self, market: MarketState) -> dict[str, np.ndarray]:
        """Columns of `ScenarioValues` that the terms of collaterals decide."""
        config, assets = self.config, len(market.spot)
        haircut, offsets = np.zeros(assets), np.full(assets, -1, dtype=np.int64)
        confidence = np.array(market.confidence, dtype=np.float64)
        for terms in config.collateral:
            if terms.asset >= assets:
                continue
            if terms.offsets >= assets:
                raise DataError(f"collateral {terms.asset} offsets underlying {terms.offsets}, which the market lacks")
            haircut[terms.asset], offsets[terms.asset] = terms.initial_haircut, terms.offsets
            if terms.offsets >= 0:
                confidence[terms.asset] = min(confidence[terms.asset], market.confidence[terms.offsets])
        charged = config.confidence
        rate = np.where(confidence < charged.threshold, (1 - confidence) * charged.collateral, 0.0)
        lacking = max(config.peg_threshold - market.stable_price, 0.0)
        return {
            "initial_haircut": haircut,
            "offsets": offsets,
            "collateral_charge": rate,
            "initial_factor": config.initial_factor + lacking * config.peg_factor,
        }


def _skewed(away: np.ndarray, cap: np.ndarray, width: np.ndarray) -> np.ndarray:
    """What a skew shock multiplies volatilities with: (n,)."""
    slope = away * cap / width
    return np.maximum(1 + np.where(away >= 0, np.minimum(cap, slope), np.maximum(-cap, slope)), 0.0)


def _grouped(chosen: np.ndarray, *columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the distinct rows of `columns` among the chosen instruments.

    Returns the group of each instrument, -1 for those not chosen: (n_instruments,); and one instrument of each group:
    (n_groups,).
    """
    group, members = np.full(len(chosen), -1, dtype=np.int64), np.flatnonzero(chosen)
    if not members.size:
        return group, members
    keys = list(zip(*(column[members].tolist() for column in columns), strict=True))
    first: dict[tuple, int] = {}
    for member, key in zip(members.tolist(), keys, strict=True):
        first.setdefault(key, member)
    distinct = sorted(first)
    number = {key: place for place, key in enumerate(distinct)}
    group[members] = [number[key] for key in keys]
    return group, np.array([first[key] for key in distinct])


def _of_row(column: np.ndarray, row: np.ndarray) -> np.ndarray:
    """Entries of an expiry column; zero where `row` is -1."""
    return np.where(row >= 0, column[row], 0.0) if len(column) else np.zeros(len(row))


def _deltas(instruments: Instruments, terms: Terms, option: np.ndarray) -> np.ndarray:
    """Change of value per unit of the forward: (n_instruments,)."""
    result = np.ones(len(instruments.kind))
    result[option] = black76_delta(
        instruments.kind[option] == CALL,
        terms.forward[option],
        instruments.strike[option],
        terms.volatility[option],
        terms.seconds[option] / YEAR_SECONDS,
        terms.discount[option],
    )
    return result
