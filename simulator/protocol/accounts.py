"""Accounts, positions, cash and escrow as the events of clearing house and settlement ledger tell them."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

import numpy as np

from simulator.chain.events import Event
from simulator.risk.state import Holdings

WAD = 10**18


class AccountIndex:
    """Exact balances (wads, Python ints) and float64 mirrors of them.

    Account n of the contract is row n - 1; instruments are columns in registry order.

    Parameters
    ----------
    underlyings : iterable of int
        Underlying of each instrument.
    perpetuals : iterable of int
        Instruments that carry a funding stamp.
    n_assets : int
    quote : str
        Address of the quote token.
    assets : mapping of str to int
        Collateral token address -> underlying.
    quote_unit : int
        Wad value of the quote token's smallest unit.
    max_funding_rate : float
        Limit of the premium that funding follows, per 8 hours.

    Attributes
    ----------
    version : int
        Events applied that changed balances.
    settled : list of int
        Wads of each instrument that were settled at its expiry, account by account: what is open sums to minus that.
    changed : numpy.ndarray
        (capacity,), the version at which positions or collateral of each account last changed.
    """

    REVERSIBLE: ClassVar[tuple[str, ...]] = (
        "count",
        "owners",
        "cash_wad",
        "escrow_wad",
        "positions",
        "settled",
        "collateral_wad",
        "funding_index",
        "funding_time",
        "suspense",
        "socialised_outstanding",
        "_paid_by_fund",
        "cash",
        "escrow",
        "sizes",
        "stamp",
        "collateral",
        "changed",
    )
    """What a reorganisation takes back. `version` rises on, so that nobody keeps what was computed before."""

    def __init__(
        self,
        underlyings: Iterable[int],
        perpetuals: Iterable[int],
        n_assets: int,
        quote: str,
        assets: Mapping[str, int],
        quote_unit: int,
        max_funding_rate: float,
    ):
        self.underlyings = np.array(list(underlyings), dtype=np.int64)
        self.perpetuals = np.array(sorted(perpetuals), dtype=np.int64)
        self.max_funding_rate = max_funding_rate
        self._stamped = frozenset(self.perpetuals.tolist())
        self._quote = quote
        self._quote_unit = quote_unit
        self._assets = dict(assets)
        self.count = 0
        self.owners: list[str] = []
        self.cash_wad: list[int] = []
        self.escrow_wad: list[int] = []
        self.positions: list[dict[int, int]] = []
        self.collateral_wad: list[list[int]] = []
        self.funding_index = [0] * n_assets
        self.funding_time = [0] * n_assets
        self.suspense = 0
        self.socialised_outstanding = 0
        self.version = 0
        self._paid_by_fund = 0
        n = len(self.underlyings)
        self.settled = [0] * n
        self.cash = np.zeros(0)
        self.escrow = np.zeros(0)
        self.sizes = np.zeros((0, n))
        self.stamp = np.zeros((0, n))
        self.collateral = np.zeros((0, n_assets))
        self.changed = np.zeros(0, dtype=np.int64)
        self._grow(256)

    def _grow(self, capacity: int) -> None:
        for name in ("cash", "escrow", "sizes", "stamp", "collateral", "changed"):
            old = getattr(self, name)
            new = np.zeros((capacity, *old.shape[1:]), dtype=old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)

    def holdings(self) -> Holdings:
        """Float columns of every open account, accrued funding and escrow excluded."""
        n = self.count
        return Holdings(self.cash[:n], self.sizes[:n], self.collateral[:n])

    def apply(self, event: Event, timestamp: int) -> None:
        """Apply one event of a block at `timestamp`; those of no consequence to balances are ignored."""
        handler = _HANDLERS.get(event.name)
        if handler is not None:
            handler(self, event.args)
            self.version += 1
        elif event.name == "InstrumentListed" and event.args.instrument in self._stamped:
            self.funding_time[event.args.underlying] = self.funding_time[event.args.underlying] or timestamp

    def _add_cash(self, account: int, amount: int) -> None:
        row = account - 1
        self.cash_wad[row] += amount
        self.cash[row] = self.cash_wad[row] / WAD

    def _add_escrow(self, account: int, amount: int) -> None:
        row = account - 1
        self.escrow_wad[row] += amount
        self.escrow[row] = self.escrow_wad[row] / WAD

    def _add_collateral(self, account: int, asset: int, amount: int) -> None:
        row = account - 1
        self.collateral_wad[row][asset] += amount
        self.collateral[row, asset] = self.collateral_wad[row][asset] / WAD
        self.changed[row] = self.version + 1

    def _add_position(self, account: int, instrument: int, size: int) -> None:
        row = account - 1
        book = self.positions[row]
        total = book.get(instrument, 0) + size
        if total:
            book[instrument] = total
        else:
            book.pop(instrument, None)
        self.sizes[row, instrument] = total / WAD
        if instrument in self._stamped:
            self.stamp[row, instrument] = self.funding_index[self.underlyings[instrument]] / WAD
        self.changed[row] = self.version + 1

    def _opened(self, e) -> None:
        if self.count == len(self.cash):
            self._grow(2 * self.count)
        self.count += 1
        self.owners.append(e.owner)
        self.cash_wad.append(0)
        self.escrow_wad.append(0)
        self.positions.append({})
        self.collateral_wad.append([0] * len(self.funding_index))

    def _deposited(self, e) -> None:
        if e.token == self._quote:
            self._add_cash(e.account, e.amountWad)
        else:
            self._add_collateral(e.account, self._assets[e.token], e.amountWad)

    def _withdrawn(self, e) -> None:
        if e.token == self._quote:
            self._add_cash(e.account, -e.amountWad)
            self.socialised_outstanding -= e.amountWad - e.paidWad
        else:
            self._add_collateral(e.account, self._assets[e.token], -e.amountWad)

    def _traded(self, e) -> None:
        self._add_position(e.buyer, e.instrument, e.size)
        self._add_position(e.seller, e.instrument, -e.size)
        self._add_cash(e.buyer, -e.cost)
        self._add_cash(e.seller, e.cost)

    def _funding_accrued(self, e) -> None:
        self.funding_index[e.underlying] = e.index
        self.funding_time[e.underlying] = e.timestamp

    def _funding_settled(self, e) -> None:
        self._add_cash(e.account, e.amount)
        self.suspense -= e.amount
        self._add_position(e.account, e.instrument, 0)

    def _expiry_settled(self, e) -> None:
        self._add_position(e.account, e.instrument, -e.size)
        self.settled[e.instrument] += e.size
        self._add_cash(e.account, e.amount)
        self.suspense -= e.amount

    def _position_moved(self, e) -> None:
        self._add_position(e.from_, e.instrument, -e.size)
        self._add_position(e.to, e.instrument, e.size)

    def _holding_moved(self, e) -> None:
        self._add_collateral(e.from_, e.underlying, -e.amountWad)
        self._add_collateral(e.to, e.underlying, e.amountWad)

    def _cash_moved(self, e) -> None:
        self._add_cash(e.from_, -e.amount)
        self._add_cash(e.to, e.amount)

    def _closed_out(self, e) -> None:
        self._add_cash(e.account, max(e.payment, 0) - e.fee)
        self._add_cash(e.liquidator, -e.payment)
        self._paid_by_fund = e.settlement if e.payment < 0 else 0

    def _bad_debt_booked(self, e) -> None:
        if self._paid_by_fund and e.settlement == self._paid_by_fund:
            self._paid_by_fund = 0  # what the liquidator was paid; its cash moved with ClosedOut
        else:
            self._add_cash(e.account, e.amount)
        if not e.socialised:
            self.suspense += -e.amount % self._quote_unit  # the fund pays whole token units
        self.socialised_outstanding += e.socialised

    def _socialised_repaid(self, e) -> None:
        self.socialised_outstanding = e.outstanding

    def _hold_placed(self, e) -> None:
        beneficiary = e.account if e.payment > 0 else e.liquidator
        self._add_cash(beneficiary, -abs(e.payment))
        self._add_escrow(beneficiary, abs(e.payment))
        self._add_cash(e.account, -e.advance)
        self._add_escrow(e.liquidator, e.advance)

    def _hold_released(self, e) -> None:
        beneficiary = e.account if e.payment > 0 else e.liquidator
        self._add_escrow(beneficiary, -abs(e.payment))
        self._add_cash(beneficiary, abs(e.payment))
        self._add_escrow(e.liquidator, -e.advance)
        self._add_cash(e.liquidator, e.advance)

    def _hold_voided(self, e) -> None:
        self._add_escrow(e.liquidator, -e.advance)
        self._add_cash(e.account, e.advance)
        if e.payment > 0:
            self._add_escrow(e.account, -e.payment)
            self._add_cash(e.liquidator, e.payment)
        else:
            self._add_escrow(e.liquidator, e.payment)
            self.suspense -= e.payment + e.toFund  # what came back beyond whole token units


_HANDLERS = {
    "AccountOpened": AccountIndex._opened,
    "Deposited": AccountIndex._deposited,
    "Withdrawn": AccountIndex._withdrawn,
    "Traded": AccountIndex._traded,
    "FundingAccrued": AccountIndex._funding_accrued,
    "FundingSettled": AccountIndex._funding_settled,
    "ExpirySettled": AccountIndex._expiry_settled,
    "PositionMoved": AccountIndex._position_moved,
    "HoldingMoved": AccountIndex._holding_moved,
    "CashMoved": AccountIndex._cash_moved,
    "ClosedOut": AccountIndex._closed_out,
    "BadDebtBooked": AccountIndex._bad_debt_booked,
    "SocialisedLossRepaid": AccountIndex._socialised_repaid,
    "HoldPlaced": AccountIndex._hold_placed,
    "HoldReleased": AccountIndex._hold_released,
    "HoldVoided": AccountIndex._hold_voided,
}
