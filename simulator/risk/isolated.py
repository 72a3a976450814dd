"""Margin position by position, without offsets: the mirror of contracts/margin/IsolatedMargin.sol."""

from dataclasses import dataclass

import numpy as np
from numba import njit

from simulator.risk.breakdown import Contingency, MarginBreakdown
from simulator.risk.margin_config import IsolatedConfig
from simulator.risk.state import CALL, PUT, Holdings, Instruments, Margins, MarketState, Requirements
from simulator.risk.terms import collateral_prices, is_option, terms_of


@dataclass(frozen=True, slots=True)
class IsolatedValues:
    """Marks and unit requirements in one market.

    marks, long_value, long_risk, short_risk : (n_instruments,). A long unit requires `long_value` as it is and
        `long_risk` times the factor; a short one `short_risk` times the factor.
    collateral_price, collateral_haircut : (n_assets,)
    """

    marks: np.ndarray
    long_value: np.ndarray
    long_risk: np.ndarray
    short_risk: np.ndarray
    collateral_price: np.ndarray
    collateral_haircut: np.ndarray


class IsolatedMargin:
    """Per unit, with S spot, s the spot shock, m the risk multiplier and l the liquidity add-on:

    linear contracts price s m + l S; short options max(s S - out-of-the-money amount, s S / 2) m + l S, a put's first
    part at most its strike; long options their whole value. Settled contracts require nothing.
    """

    name = "isolated"

    def __init__(self, config: IsolatedConfig | None = None):
        self.config = config or IsolatedConfig()

    def marks(self, instruments: Instruments, market: MarketState) -> np.ndarray:
        """Mark price of each instrument: (n_instruments,)."""
        return terms_of(instruments, market).marks(instruments)

    def scenario_values(self, instruments: Instruments, market: MarketState) -> IsolatedValues:
        """Marks and unit requirements, reusable while the market stands still."""
        terms = terms_of(instruments, market)
        marks = terms.marks(instruments)
        spot = market.spot[instruments.underlying]
        shock, _, _, _, add_on, multiplier = market.risk[instruments.underlying].T
        option = is_option(instruments)
        away = np.where(instruments.kind == CALL, instruments.strike - spot, spot - instruments.strike)
        short = np.maximum(shock * spot - np.maximum(away, 0.0), shock * spot / 2) * multiplier
        short = np.where(instruments.kind == PUT, np.minimum(short, instruments.strike), short)
        linear = terms.forward * shock * multiplier
        at_risk = ~terms.settled
        return IsolatedValues(
            marks=marks,
            long_value=np.where(option & at_risk, marks, 0.0),
            long_risk=np.where(~option & at_risk, linear + add_on * spot, 0.0),
            short_risk=np.where(at_risk, np.where(option, short, linear) + add_on * spot, 0.0),
            collateral_price=collateral_prices(market),
            collateral_haircut=market.risk[:, 3],
        )

    def margins_from(self, values: IsolatedValues, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.requirements(values, holdings).margins(holdings.cash)

    def requirements(self, values: IsolatedValues, holdings: Holdings) -> Requirements:
        """Value and requirement of every account's positions and collateral."""
        value, flat, scaled = _requirements(
            np.ascontiguousarray(holdings.sizes, dtype=np.float64),
            values.marks,
            values.long_value,
            values.long_risk,
            values.short_risk,
        )
        collateral = holdings.collateral * values.collateral_price
        flat += (collateral * values.collateral_haircut).sum(axis=1)
        return Requirements(
            worth=(collateral.sum(axis=1), value),
            initial=(flat, scaled * self.config.initial_factor),
            maintenance=(flat, scaled * self.config.maintenance_factor),
        )

    def margins(self, instruments: Instruments, market: MarketState, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.margins_from(self.scenario_values(instruments, market), holdings)

    def breakdown(
        self, instruments: Instruments, market: MarketState, holdings: Holdings, account: int = 0
    ) -> MarginBreakdown:
        """What the margins of one account are made of: no scenarios, each position by itself."""
        values = self.scenario_values(instruments, market)
        margins = self.margins_from(values, holdings)
        sizes, config = holdings.sizes[account], self.config
        whole = np.maximum(sizes, 0.0) * values.long_value
        scaled = np.where(sizes > 0, sizes * values.long_risk, -sizes * values.short_risk)
        haircuts = float((holdings.collateral[account] * values.collateral_price * values.collateral_haircut).sum())
        contingencies = (
            Contingency("long option values", float(whole.sum()), float(whole.sum())),
            Contingency(
                "positions",
                float(scaled.sum() * config.maintenance_factor),
                float(scaled.sum() * config.initial_factor),
            ),
            Contingency("collateral haircuts", haircuts, haircuts),
        )
        return MarginBreakdown(
            equity=float(margins.equity[account]),
            initial=float(margins.initial[account]),
            maintenance=float(margins.maintenance[account]),
            scenarios=(),
            worst=(),
            contingencies=tuple(c for c in contingencies if c.initial),
            components=whole + scaled * config.initial_factor,
            unallocated=haircuts,
        )


@njit(cache=True)
def _requirements(sizes, marks, long_value, long_risk, short_risk):
    accounts, instruments = sizes.shape
    value, flat, scaled = np.zeros(accounts), np.zeros(accounts), np.zeros(accounts)
    for a in range(accounts):
        for i in range(instruments):
            size = sizes[a, i]
            if size == 0.0:
                continue
            value[a] += size * marks[i]
            if size > 0.0:
                flat[a] += size * long_value[i]
                scaled[a] += size * long_risk[i]
            else:
                scaled[a] -= size * short_risk[i]
    return value, flat, scaled
