"""The state of the whole house: every account's margins by the mirror of the rule, at the oracle's prices in force."""

import numpy as np

from simulator.protocol.accounts import WAD, AccountIndex
from simulator.protocol.prices import PriceIndex
from simulator.risk.state import Holdings, Instruments, MarginRule, Margins, Requirements

FUNDING_PERIOD = 8 * 3600
REPRICE_SECONDS = 300
"""Without a new oracle price, options are repriced this often for the passing of time."""
EVERY = slice(None)
"""All rows: row = account - 1."""


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
        self._required: Requirements | None = None
        self._required_key: tuple | None = None
        self._required_version = 0
        self._margins: Margins | None = None
        self._margins_key: tuple | None = None

    def advance(self, now: int) -> None:
        """Set the time (UTC seconds) for which to value."""
        self.now = now

    def forget(self) -> None:
        """Balances and prices went back: nothing computed from them holds any more."""
        self._values_key = self._required_key = self._margins_key = None

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
            held = self.holdings()
            self._margins = self._with_escrow(self._requirements(values, held).margins(held.cash))
            self._margins_key = key
        return self._margins

    def _requirements(self, values, held: Holdings) -> Requirements:
        """Of every account; computed anew only for those whose positions or collateral changed at the same prices."""
        accounts, key = self.accounts, (self._values_key, self.accounts.count)
        if key != self._required_key:
            self._required, self._required_key = self.rule.requirements(values, held), key
        else:
            rows = np.flatnonzero(accounts.changed[: accounts.count] > self._required_version)
            if rows.size:
                self._required.update(rows, self.rule.requirements(values, _rows_of(held, rows)))
        self._required_version = accounts.version
        return self._required

    def _with_escrow(self, margins: Margins) -> Margins:
        """Cash in escrow counts as equity and for maintenance, not for initial margin."""
        escrow = self.accounts.escrow[: self.accounts.count]
        return Margins(margins.equity + escrow, margins.initial, margins.maintenance + escrow)

    def holdings(self, rows: slice | np.ndarray = EVERY) -> Holdings:
        """What a margin rule is given of accounts, all or some: accrued funding counts as cash, escrow does not."""
        held = _rows_of(self.accounts.holdings(), rows)
        return Holdings(held.cash + self.accrued_funding(rows), held.sizes, held.collateral)

    def accrued_funding(self, rows: slice | np.ndarray = EVERY) -> np.ndarray:
        """Funding earned (negative: owed) since each position was last touched: (n_rows,), quote currency."""
        accounts = self.accounts
        sizes, stamp = accounts.sizes[: accounts.count], accounts.stamp[: accounts.count]
        indices = [self.funding_index(asset) for asset in range(len(accounts.funding_index))]
        earned = np.zeros(len(sizes[rows]))
        for column in accounts.perpetuals.tolist():
            elapsed = indices[accounts.underlyings[column]] - stamp[rows, column]
            earned -= sizes[rows, column] * elapsed
        return earned

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

    def below_maintenance(self) -> np.ndarray:
        """Accounts below maintenance margin, most negative first: (n,), account numbers."""
        maintenance = self.margins.maintenance
        rows = np.flatnonzero(maintenance < 0)
        return rows[np.argsort(maintenance[rows], kind="stable")] + 1

    def bankrupt(self) -> list[int]:
        """Accounts without positions and collateral that owe more cash than is in escrow for them."""
        n = self.accounts.count
        owing = np.flatnonzero(self.accounts.cash[:n] + self.accounts.escrow[:n] < 0)
        left = self.accounts.sizes[owing].any(axis=1) | self.accounts.collateral[owing].any(axis=1)
        return (owing[~left] + 1).tolist()

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

    def gross_notional(self, rows: slice | np.ndarray = EVERY) -> np.ndarray:
        """Sum of |size| * spot over positions, plus collateral at spot: (n_rows,), quote currency."""
        held = _rows_of(self.accounts.holdings(), rows)
        spot = np.asarray(self.prices.spot)
        # Sums, not matrix products: what a linear-algebra library adds up differs from machine to machine.
        positions = (np.abs(held.sizes) * spot[self.accounts.underlyings]).sum(axis=1)
        return positions + (held.collateral * spot).sum(axis=1)


def _rows_of(held: Holdings, rows: slice | np.ndarray) -> Holdings:
    return Holdings(held.cash[rows], held.sizes[rows], held.collateral[rows])
