"""Accounts as events tell them: exact integers, their float mirrors, and books that balance after any sequence."""

import numpy as np
import pytest
from contract_events import event
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simulator.protocol.accounts import AccountIndex

WAD = 10**18
UNIT = 10**12
QUOTE, COIN = "0x" + "11" * 20, "0x" + "22" * 20
PERPETUAL, CALL = 0, 1
NOW = 1_700_000_000


def index() -> AccountIndex:
    """One asset with a perpetual (instrument 0) and a call (instrument 1); the quote token has six decimals."""
    return AccountIndex(
        underlyings=[0, 0], perpetuals=[PERPETUAL], n_assets=1, quote=QUOTE, assets={COIN: 0}, quote_unit=UNIT,
        max_funding_rate=0.01,
    )  # fmt: skip


def tell(accounts: AccountIndex, *events: tuple) -> AccountIndex:
    """Apply clearing-house events, each a name and its values."""
    for name, *values in events:
        accounts.apply(event("ClearingHouse", name, *values), NOW)
    return accounts


def opened(count: int) -> AccountIndex:
    return tell(index(), *[("AccountOpened", number, QUOTE) for number in range(1, count + 1)])


def test_a_trade_moves_position_and_cost_between_buyer_and_seller():
    accounts = tell(opened(2), ("Traded", 1, 2, CALL, 3 * WAD, 7 * WAD, 21 * WAD))
    assert accounts.positions == [{CALL: 3 * WAD}, {CALL: -3 * WAD}]
    assert accounts.cash_wad == [-21 * WAD, 21 * WAD]
    assert accounts.holdings().sizes.tolist() == [[0.0, 3.0], [0.0, -3.0]]


def test_a_position_that_is_closed_leaves_the_book():
    trades = [("Traded", 1, 2, CALL, WAD, 0, 0), ("Traded", 2, 1, CALL, WAD, 0, 0)]
    assert tell(opened(2), *trades).positions == [{}, {}]


def test_funding_is_settled_against_suspense_and_stamped_at_the_index_of_the_moment():
    accounts = tell(
        opened(2), ("FundingAccrued", 0, 2 * WAD, NOW), ("Traded", 1, 2, PERPETUAL, WAD, 0, 0),
        ("FundingAccrued", 0, 5 * WAD, NOW + 60), ("FundingSettled", 1, PERPETUAL, -3 * WAD),
    )  # fmt: skip
    assert accounts.cash_wad == [-3 * WAD, 0]
    assert accounts.suspense == 3 * WAD
    assert accounts.stamp[:2, PERPETUAL].tolist() == [5.0, 2.0]
    assert accounts.funding_time == [NOW + 60]


def test_an_expiry_pays_out_of_suspense():
    traded = ("Traded", 1, 2, CALL, WAD, 0, 0)
    accounts = tell(opened(2), traded, ("ExpirySettled", 1, CALL, 1, WAD, 110 * WAD, 10 * WAD))
    assert accounts.positions == [{}, {CALL: -WAD}]
    assert (accounts.cash_wad, accounts.suspense) == ([10 * WAD, 0], -10 * WAD)
    assert accounts.settled == [0, WAD]
    accounts = tell(accounts, ("ExpirySettled", 2, CALL, 2, -WAD, 110 * WAD, -10 * WAD))
    assert (accounts.suspense, accounts.settled) == (0, [0, 0])


def test_a_liquidator_who_pays_adds_to_the_account_what_the_fee_leaves():
    closed = ("ClosedOut", 1, 1, 2, WAD, 50 * WAD, 5 * WAD, 80 * WAD, -WAD)
    assert tell(opened(2), closed).cash_wad == [45 * WAD, -50 * WAD]


def test_what_the_fund_pays_a_liquidator_is_no_cash_of_the_account():
    accounts = tell(
        opened(2), ("ClosedOut", 1, 1, 2, WAD, -30 * WAD, 0, -20 * WAD, -40 * WAD),
        ("BadDebtBooked", 1, 1, 30 * WAD, 30 * WAD, 0),
    )  # fmt: skip
    assert accounts.cash_wad == [0, 30 * WAD]


def test_an_account_left_empty_is_freed_of_its_debt_after_the_liquidator_was_paid():
    accounts = tell(
        opened(2), ("Traded", 1, 2, CALL, WAD, 9 * WAD, 9 * WAD), ("PositionMoved", 1, 2, CALL, WAD),
        ("ClosedOut", 1, 1, 2, WAD, -30 * WAD, 0, -20 * WAD, -40 * WAD),
        ("BadDebtBooked", 1, 1, 30 * WAD, 30 * WAD, 0), ("BadDebtBooked", 1, 1, 9 * WAD, 0, 9 * WAD),
    )  # fmt: skip
    assert accounts.cash_wad == [0, 39 * WAD]
    assert accounts.socialised_outstanding == 9 * WAD


def test_the_fund_pays_whole_token_units_and_the_dust_is_kept_in_suspense():
    accounts = tell(opened(1), ("BadDebtBooked", 1, 0, UNIT + 1, UNIT + 1, 0))
    assert accounts.suspense == UNIT - 1
    accounts = tell(opened(1), ("BadDebtBooked", 1, 0, UNIT + 1, UNIT, 1))
    assert (accounts.suspense, accounts.socialised_outstanding) == (0, 1)


def test_a_withdrawal_that_bears_a_loss_repays_it():
    accounts = tell(opened(1), ("BadDebtBooked", 1, 0, 10 * WAD, 0, 10 * WAD))
    tell(accounts, ("Withdrawn", 1, QUOTE, 5 * WAD, 3 * WAD))
    assert accounts.socialised_outstanding == 8 * WAD
    tell(accounts, ("SocialisedLossRepaid", 7 * WAD, WAD))
    assert accounts.socialised_outstanding == WAD


def test_more_accounts_than_there_was_room_for_keep_what_they_had():
    accounts = tell(opened(256), ("Deposited", 256, QUOTE, 7 * WAD))
    tell(accounts, ("AccountOpened", 257, QUOTE), ("Deposited", 257, COIN, WAD))
    held = accounts.holdings()
    assert (accounts.count, held.cash[255], held.collateral[256, 0]) == (257, 7.0, 1.0)


def test_events_without_consequence_leave_the_version_alone():
    accounts = opened(1)
    version = accounts.version
    tell(accounts, ("OperatorSet", 1, QUOTE, True), ("MarginRuleSet", COIN))
    assert accounts.version == version
    assert tell(accounts, ("Deposited", 1, QUOTE, WAD)).version > version


amounts = st.integers(1, 10**24)
accounts_ = st.integers(1, 4)
signed = st.integers(-(10**24), 10**24)


class AnySequence(RuleBasedStateMachine):
    """Plays the clearing house: emits what it would and keeps only the vault's cash and the fund, as tokens would."""

    @initialize(fund=st.integers(0, 10**9))
    def start(self, fund):
        self.index, self.vault, self.fund, self.coins, self.settlement = opened(4), 0, fund * UNIT, 0, 0

    def tell(self, *values):
        tell(self.index, values)

    @rule(account=accounts_, units=st.integers(1, 10**12))
    def deposit(self, account, units):
        self.tell("Deposited", account, QUOTE, units * UNIT)
        self.vault += units * UNIT

    @rule(account=accounts_, amount=amounts)
    def pledge(self, account, amount):
        self.tell("Deposited", account, COIN, amount)
        self.coins += amount

    @precondition(lambda self: self.vault)
    @rule(account=accounts_, share=st.integers(1, 4))
    def withdraw(self, account, share):
        outstanding = self.index.socialised_outstanding
        wanted = (self.vault + outstanding) // share
        paid = wanted * self.vault // (self.vault + outstanding) // UNIT * UNIT
        self.tell("Withdrawn", account, QUOTE, paid + min(wanted - paid, outstanding), paid)
        self.vault -= paid

    @rule(buyer=accounts_, seller=accounts_, instrument=st.sampled_from([PERPETUAL, CALL]), size=amounts, cost=amounts)
    def trade(self, buyer, seller, instrument, size, cost):
        if buyer != seller:
            self.tell("Traded", buyer, seller, instrument, size, cost * WAD // size, cost)

    @rule(rise=signed, account=accounts_, owed=signed)
    def fund_positions(self, rise, account, owed):
        self.tell("FundingAccrued", 0, self.index.funding_index[0] + rise, NOW)
        self.tell("FundingSettled", account, PERPETUAL, owed)

    @rule(price=amounts)
    def expire(self, price):
        for account in range(1, 5):
            size = self.index.positions[account - 1].get(CALL, 0)
            if size:
                self.settlement += 1
                amount = size * price // WAD
                self.tell("ExpirySettled", account, CALL, self.settlement, size, price, amount)

    @rule(loser=accounts_, taker=accounts_, part=st.integers(1, 3), payment=signed, fee=st.integers(0, 10**20))
    def liquidate(self, loser, taker, part, payment, fee):
        if loser == taker:
            return
        self.settlement += 1
        book = self.index.positions[loser - 1]
        for instrument, size in list(book.items()):
            self.tell("PositionMoved", loser, taker, instrument, size // part if part > 1 else size)
        held = self.index.collateral_wad[loser - 1][0]
        self.tell("HoldingMoved", loser, taker, 0, held // part)
        self.tell("CashMoved", loser, taker, self.index.cash_wad[loser - 1] // part)
        fee = self.charge(fee) if payment > 0 else 0
        self.tell("ClosedOut", self.settlement, loser, taker, WAD // part, payment, fee, 0, -1)
        if payment < 0:
            self.absorb(loser, self.settlement, -payment)
        if not book and not self.index.collateral_wad[loser - 1][0]:
            self.write_off(loser, self.settlement)

    @rule(account=accounts_)
    def book_bad_debt(self, account):
        self.write_off(account, 0)

    def charge(self, fee) -> int:
        outstanding = self.index.socialised_outstanding
        repaid = min(fee, outstanding)
        if repaid:
            self.tell("SocialisedLossRepaid", repaid, outstanding - repaid)
        sent = min(fee - repaid, self.vault) // UNIT * UNIT
        self.vault -= sent
        self.fund += sent
        return repaid + sent

    def write_off(self, account, settlement):
        debt = -self.index.cash_wad[account - 1]
        if debt > 0:
            self.absorb(account, settlement, debt)

    def absorb(self, account, settlement, amount):
        received = min(-(-amount // UNIT) * UNIT, self.fund)
        self.fund -= received
        self.vault += received
        from_fund = min(received, amount)
        self.tell("BadDebtBooked", account, settlement, amount, from_fund, amount - from_fund)

    @invariant()
    def cash_is_in_the_vault(self):
        if hasattr(self, "index"):
            booked = sum(self.index.cash_wad) + self.index.suspense
            assert booked == self.vault + self.index.socialised_outstanding

    @invariant()
    def collateral_is_in_the_vault(self):
        if hasattr(self, "index"):
            assert sum(row[0] for row in self.index.collateral_wad) == self.coins

    @invariant()
    def open_contracts_net_out(self):
        if hasattr(self, "index"):
            for instrument in (PERPETUAL, CALL):
                assert sum(book.get(instrument, 0) for book in self.index.positions) == 0

    @invariant()
    def floats_are_the_nearest_to_the_exact_amounts(self):
        if hasattr(self, "index"):
            held = self.index.holdings()
            assert held.cash.tolist() == [cash / WAD for cash in self.index.cash_wad]
            assert held.collateral[:, 0].tolist() == [row[0] / WAD for row in self.index.collateral_wad]
            sizes = [[book.get(i, 0) / WAD for i in (PERPETUAL, CALL)] for book in self.index.positions]
            assert np.array_equal(held.sizes, sizes)


AnySequence.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None, derandomize=True)
TestAnySequence = AnySequence.TestCase


@pytest.mark.parametrize("name", ["Deposited", "Withdrawn"])
def test_a_token_that_is_not_listed_is_an_error(name):
    values = (1, "0x" + "33" * 20, WAD) + ((WAD,) if name == "Withdrawn" else ())
    with pytest.raises(KeyError):
        tell(opened(1), (name, *values))
