"""A liquidation that is undone and won by another costs the first liquidator its gain."""

from dataclasses import replace

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


def test_the_next_liquidation_of_the_account_replaces_it():
    other = replace(SECOND, account=8, settlement=2)
    (found,) = reversals([FIRST, other, SECOND])
    assert found.replacement is SECOND and not found.same_liquidator
    assert (found.liquidator, found.replacement_liquidator, found.account, found.fund) == (-10.0, 20.0, -10.0, -5.0)


def test_one_that_nobody_repeats_gives_everything_back():
    (found,) = reversals([FIRST])
    assert found.replacement is None
    assert (found.liquidator, found.account, found.fund, found.others) == (-10.0, 0.0, 0.0, 0.0)


def test_each_replacement_counts_once():
    found = reversals([FIRST, replace(FIRST, attempt=1), replace(SECOND, attempt=2)])
    assert [r.replacement is not None for r in found] == [True, False]
