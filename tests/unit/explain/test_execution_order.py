"""Blocks in the order of execution: an undone block has a place of its own before what replaced it."""

import pandas as pd
import pytest

from simulator.explain.execution import Execution

BLOCKS = pd.DataFrame(
    # Block 3 is undone when block 4 is the head to come, block 3' and 4 by the reorganisation after 4.
    [(1, 12, None), (2, 24, None), (3, 36, 1), (3, 36, 2), (4, 48, 2), (3, 36, None), (4, 48, None), (5, 60, None)],
    columns=["number", "timestamp", "reorged_by"],
).assign(base_fee_gwei=1.0)
REORGS = pd.DataFrame([(1, 3, 48, 1), (2, 4, 60, 2)], columns=["reorg", "head", "timestamp", "depth"])


@pytest.fixture
def order():
    return Execution(BLOCKS, REORGS)


def test_number_and_reorganisation_name_a_place(order):
    assert [order.place(3, 1), order.place(3, 2), order.place(3), order.place(4)] == [2, 3, 5, 6]


def test_a_reorganisation_stands_between_what_it_undid_and_what_replaced_that(order):
    assert order.undone_at == {1: 2.5, 2: 4.5}


def test_what_was_undone_holds_until_then_and_no_longer(order):
    assert order.holds(3, 2, at=4)
    assert not order.holds(3, 2, at=5)
    assert order.holds(1, None, at=7)
    assert not order.holds(5, None, at=4)


def test_a_block_is_looked_up_as_it_was_last_executed(order):
    assert order.latest(3, before=4) == 3
    assert order.latest(3, before=7) == 5
    assert order.latest(5, before=2) == 7


def test_a_rebuilt_block_was_executed_when_the_next_one_came(order):
    assert order.executed_at() == [12, 24, 36, 48, 48, 60, 60, 60]
