"""A liquidation that is undone and won by another costs the first liquidator its gain."""

from dataclasses import replace
from math import inf

from simulator.finality import Category, Settlement, Status
from simulator.finality.reversals import reversals

FIRST = Settlement(
    settlement=1,
    category=Category.LIQUIDATION,
    account=7,
    counterparty=21,
    fraction=0.5,
    payment=40.0,
    equity=100.0,
    included_block=100,
    included_time=1200,
    status=Status.REVERTED,
)
SECOND = replace(
    FIRST,
    counterparty=22,
    payment=30.0,
    included_block=101,
    status=Status.FINAL,
    attempt=1,
    bad_debt=5.0,
    from_fund=5.0,
)


STANDS = (3.0, inf)


def test_the_next_liquidation_of_the_account_replaces_it():
    other = replace(SECOND, account=8, settlement=2)
    (found,) = reversals([FIRST, other, SECOND], {FIRST.key: (1, 2.5), other.key: STANDS, SECOND.key: STANDS})
    assert found.replacement is SECOND and not found.same_liquidator
    assert (found.liquidator, found.replacement_liquidator, found.account, found.fund) == (-10.0, 20.0, -10.0, -5.0)


def test_one_that_nobody_repeats_gives_everything_back():
    (found,) = reversals([FIRST], {FIRST.key: (1, 2.5)})
    assert found.replacement is None
    assert (found.liquidator, found.account, found.fund, found.others) == (-10.0, 0.0, 0.0, 0.0)


def test_each_replacement_counts_once():
    again = replace(FIRST, settlement=2)
    found = reversals([FIRST, again, SECOND], {FIRST.key: (1, 2.5), again.key: (2, 2.5), SECOND.key: STANDS})
    assert [r.replacement is not None for r in found] == [True, False]


def test_a_replacement_that_is_undone_is_replaced_in_turn_and_the_changes_add_up():
    again, last = replace(FIRST, attempt=1, payment=70.0, socialised=8.0), replace(SECOND, attempt=2, socialised=1.0)
    found = reversals([FIRST, again, last], {FIRST.key: (1, 2.5), again.key: (3, 4.5), last.key: (5, inf)})
    assert [(r.reverted, r.replacement) for r in found] == [(FIRST, again), (again, last)]
    assert sum(r.others for r in found) == FIRST.socialised - last.socialised
    assert sum(r.account for r in found) == last.payment - FIRST.payment


def test_a_liquidation_replaces_none_that_was_undone_only_afterwards():
    slice_before = replace(FIRST, settlement=2)
    new = replace(SECOND, settlement=3)
    found = reversals([FIRST, slice_before, new], {FIRST.key: (1, 4.5), slice_before.key: (2, 4.5), new.key: STANDS})
    assert [r.replacement for r in found] == [None, None]
