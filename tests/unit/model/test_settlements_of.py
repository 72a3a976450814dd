"""Settlements as the events of one transaction tell them."""

from contract_events import event

from simulator.finality import Category
from simulator.model.settlements import settlements_of

WAD = 10**18
def settled(*arguments: tuple, breach_block=None):
    """What these events, each a name and its values, settled in block 30."""
    events = [event("ClearingHouse", *each) for each in arguments]
    return settlements_of(events, 30, 360, 28, breach_block or {})


def test_a_liquidation_carries_its_terms_and_its_timeline():
    (found,) = settled(
        ("ClosedOut", 4, 7, 9, WAD // 2, 40 * WAD, 2 * WAD, 100 * WAD, -5 * WAD), breach_block={7: 25}
    )
    assert (found.settlement, found.category, found.account, found.counterparty) == (4, Category.LIQUIDATION, 7, 9)
    assert (found.fraction, found.payment, found.fee, found.equity, found.maintenance_margin) == (0.5, 40, 2, 100, -5)
    assert (found.breach_block, found.submitted_block, found.included_block, found.included_time) == (25, 28, 30, 360)
    assert found.bad_debt == 0


def test_bad_debt_of_a_close_out_is_all_that_was_booked_under_its_number():
    (found,) = settled(
        ("ClosedOut", 4, 7, 9, WAD, -30 * WAD, 0, -20 * WAD, -40 * WAD),
        ("BadDebtBooked", 7, 4, 30 * WAD, 10 * WAD, 20 * WAD),
        ("BadDebtBooked", 7, 4, 5 * WAD, 0, 5 * WAD),
        ("BadDebtBooked", 3, 0, 99 * WAD, 0, 99 * WAD),
    )
    assert (found.bad_debt, found.from_fund, found.socialised) == (35, 10, 25)


def test_expiries_of_an_account_are_settlements_of_their_own():
    found = settled(
        ("ExpirySettled", 7, 1, 5, WAD, 2000 * WAD, 3 * WAD), ("ExpirySettled", 7, 2, 6, WAD, 2000 * WAD, -WAD)
    )
    assert [(s.settlement, s.category, s.payment) for s in found] == [
        (5, Category.EXPIRY, 3), (6, Category.EXPIRY, -1),
    ]  # fmt: skip
    assert all(s.counterparty is None for s in found)


def test_a_transaction_that_settles_nothing_has_no_settlements():
    assert settled(("BadDebtBooked", 3, 0, WAD, 0, WAD)) == []
