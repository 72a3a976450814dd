"""The state of the whole house: every account's margins by the mirror of the rule, at the oracle's prices in force."""

import numpy as np

from simulator.protocol.accounts import WAD, AccountIndex
from simulator.protocol.prices import PriceIndex
from simulator.risk.state import Holdings, Instruments, MarginRule, Margins

FUNDING_PERIOD = 8 * 3600
REPRICE_SECONDS = 300
"""Without a new oracle price, options are repriced this often for the passing of time."""


class House:
    """Margins of all accounts, recomputed only when balances or prices in force have changed.

    Parameters
    ----------
    rule : MarginRule
        Float mirror of the rule on chain.
    instruments : Instruments
    accounts : AccountIndex
    prices : PriceIndex
    """

    def __init__(self, rule: MarginRule, instruments: Instruments, accounts: AccountIndex, prices: PriceIndex):
        self.rule = rule
        self.instruments = instruments
        self.accounts = accounts
        self.prices = prices
        self.now = 0
        self._values = None
        self._values_key: tuple | None = None
        self._margins: Margins | None = None
        self._margins_key: tuple | None = None

    def advance(self, now: int) -> None:
        """Set the time (UTC seconds) for which to value."""
        self.now = now

    def forget(self) -> None:
        """Balances and prices went back: nothing computed from them holds any more."""
        self._values_key = self._margins_key = None

    @property
    def values(self):
        """Scenario values of the instruments, as the rule's `scenario_values` gives them."""
        key = (self.prices.version, self.now // REPRICE_SECONDS)
        if key != self._values_key:
            self._values = self.rule.scenario_values(self.instruments, self.prices.market_state(self.now))
            self._values_key = key
        return self._values

    @property
    def marks(self) -> np.ndarray:
        """Mark of each instrument: (n_instruments,), quote currency."""
        return self.values.marks

    @property
    def margins(self) -> Margins:
        """Margins of every account; row = account - 1."""
        values = self.values
        key = (self.accounts.version, self._values_key)
        if key != self._margins_key:
            self._margins = self._with_escrow(self.rule.margins_from(values, self.holdings()))
            self._margins_key = key
        return self._margins

    def _with_escrow(self, margins: Margins) -> Margins:
        """Cash in escrow counts as equity and for maintenance, not for initial margin."""
        escrow = self.accounts.escrow[: self.accounts.count]
        return Margins(margins.equity + escrow, margins.initial, margins.maintenance + escrow)

    def holdings(self) -> Holdings:
        """What a margin rule is given of every account: accrued funding counts as cash, escrow does not."""
        held = self.accounts.holdings()
        return Holdings(held.cash + self.accrued_funding(), held.sizes, held.collateral)

    def accrued_funding(self) -> np.ndarray:
        """Funding earned (negative: owed) since each position was last touched: (n_accounts,), quote currency."""
        n = self.accounts.count
        indices = np.array([self.funding_index(asset) for asset in range(len(self.accounts.funding_index))])
        perpetuals = self.accounts.perpetuals
        sizes = self.accounts.sizes[:n][:, perpetuals]
        elapsed = indices[self.accounts.underlyings[perpetuals]] - self.accounts.stamp[:n][:, perpetuals]
        return -np.sum(sizes * elapsed, axis=1)

    def funding_index(self, asset: int) -> float:
        """Cumulative funding per unit long, carried forward to now at the premium in force."""
        base = self.accounts.funding_index[asset] / WAD
        since = self.accounts.funding_time[asset]
        if not since or not self.prices.known(asset):
            return base
        spot, perpetual = self.prices.spot[asset], self.prices.perpetual[asset]
        limit = self.accounts.max_funding_rate
        premium = min(max(perpetual / spot - 1.0, -limit), limit)
        return base + spot * premium * max(self.now - since, 0) / FUNDING_PERIOD

    def hypothetical(self, holdings: Holdings) -> Margins:
        """Margins of holdings that need not exist, with nothing in escrow."""
        return self.rule.margins_from(self.values, holdings)

    def holdings_of(self, account: int) -> Holdings:
        """One account's row of `holdings`."""
        held, row = self.holdings(), slice(account - 1, account)
        return Holdings(held.cash[row], held.sizes[row], held.collateral[row])

    def below_maintenance(self) -> np.ndarray:
        """Accounts below maintenance margin, most negative first: (n,), account numbers."""
        maintenance = self.margins.maintenance
        rows = np.flatnonzero(maintenance < 0)
        return rows[np.argsort(maintenance[rows], kind="stable")] + 1

    def bankrupt(self) -> list[int]:
        """Accounts without positions and collateral that owe more cash than is in escrow for them."""
        n = self.accounts.count
        empty = ~(self.accounts.sizes[:n].any(axis=1) | self.accounts.collateral[:n].any(axis=1))
        return (np.flatnonzero(empty & (self.accounts.cash[:n] + self.accounts.escrow[:n] < 0)) + 1).tolist()

    def initial_rate(self, asset: int) -> float:
        """Initial margin of a small long perpetual per unit of notional, by the mirror; 1 without a perpetual."""
        spot = float(self.prices.spot[asset])
        for column in self.accounts.perpetuals:
            if self.accounts.underlyings[column] == asset:
                sizes = np.zeros((1, self.accounts.sizes.shape[1]))
                sizes[0, column] = 1.0
                held = Holdings(np.zeros(1), sizes, np.zeros((1, self.accounts.collateral.shape[1])))
                margins = self.hypothetical(held)
                return float(margins.equity[0] - margins.initial[0]) / spot
        return 1.0

    def open_interest(self) -> float:
        """Gross notional of all long positions at spot, quote currency."""
        n = self.accounts.count
        longs = np.maximum(self.accounts.sizes[:n], 0.0).sum(axis=0)
        return float((longs * self.prices.spot[self.accounts.underlyings]).sum())

    def gross_notional(self) -> np.ndarray:
        """Sum of |size| * spot over positions, plus collateral at spot: (n_accounts,), quote currency."""
        n = self.accounts.count
        spot = np.asarray(self.prices.spot)
        # Sums, not matrix products: what a linear-algebra library adds up differs from machine to machine.
        positions = (np.abs(self.accounts.sizes[:n]) * spot[self.accounts.underlyings]).sum(axis=1)
        return positions + (self.accounts.collateral[:n] * spot).sum(axis=1)
