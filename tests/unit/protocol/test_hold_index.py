"""Escrow as events tell it: whose it is, what it counts for, and which holds anyone may end now."""

import pytest
from contract_events import event

from simulator.protocol.accounts import AccountIndex
from simulator.protocol.holds import HoldIndex
from simulator.scenario.settlement import Settlement as Policy

WAD = 10**18
QUOTE, COIN = "0x" + "11" * 20, "0x" + "22" * 20
NOW, BLOCK = 1_700_000_000, 100
DEPTH = Policy(hold="depth", depth=10)
CHECKPOINT = Policy(hold="checkpoint", timeout_seconds=3600)
EVENTS = {"HoldPlaced": (BLOCK, NOW), "HoldReleased": (False,), "HoldVoided": (0,)}


def accounts() -> AccountIndex:
    """Two accounts; the second has closed out the first for 50 less a fee of 5."""
    index = AccountIndex([0], [0], 1, QUOTE, {COIN: 0}, 10**12, max_funding_rate=0.01)
    for number in (1, 2):
        index.apply(event("ClearingHouse", "AccountOpened", number, QUOTE), NOW)
    index.apply(event("ClearingHouse", "ClosedOut", 1, 1, 2, WAD, 50 * WAD, 5 * WAD, 80 * WAD, -WAD), NOW)
    return index


def told(name: str, payment: int, advance: int, settlement: int = 1, **more):
    """An event of the hold on settlement 1 of accounts 1 and 2, amounts in whole quote units."""
    last = more.get("last", EVENTS[name])
    return event("SettlementLedger", name, settlement, 1, 2, payment * WAD, advance * WAD, *last)


def balances(index: AccountIndex) -> tuple[list[float], list[float]]:
    assert [cash / WAD for cash in index.cash_wad] == index.cash[:2].tolist()
    assert [escrow / WAD for escrow in index.escrow_wad] == index.escrow[:2].tolist()
    return index.cash[:2].tolist(), index.escrow[:2].tolist()


def test_a_payment_is_held_for_the_account():
    index = accounts()
    index.apply(told("HoldPlaced", 45, 0), NOW)
    assert balances(index) == ([0, -50], [45, 0])
    index.apply(told("HoldReleased", 45, 0), NOW)
    assert balances(index) == ([45, -50], [0, 0])


def test_what_the_fund_pays_is_held_for_the_liquidator():
    index = accounts()
    index.apply(told("HoldPlaced", -30, 0), NOW)
    assert balances(index) == ([45, -80], [0, 30])
    index.apply(told("HoldReleased", -30, 0), NOW)
    assert balances(index) == ([45, -50], [0, 0])


def test_the_liquidators_slice_of_the_escrow_is_charged_to_cash_and_held_for_it():
    index = accounts()
    index.apply(told("HoldPlaced", 45, 20), NOW)
    assert balances(index) == ([-20, -50], [45, 20])
    index.apply(told("HoldReleased", 45, 20), NOW)
    assert balances(index) == ([25, -30], [0, 0])


def test_a_void_pays_back_who_had_paid():
    index = accounts()
    index.apply(told("HoldPlaced", 45, 20), NOW)
    index.apply(told("HoldVoided", 45, 20), NOW)
    assert balances(index) == ([0, -5], [0, 0])


def test_what_the_fund_cannot_take_back_in_whole_token_units_stays_in_suspense():
    index = accounts()
    index.apply(told("HoldPlaced", -30, 0), NOW)
    index.apply(told("HoldVoided", -30, 0, last=(30 * WAD - 7,)), NOW)
    assert balances(index) == ([45, -80], [0, 0])
    assert index.suspense == 7


def test_a_hold_is_reversible():
    assert {"escrow", "escrow_wad"} <= set(AccountIndex.REVERSIBLE)
    assert set(vars(HoldIndex(DEPTH))) - {"_policy"} == set(HoldIndex.REVERSIBLE)


def held(policy: Policy, *settlements: int) -> HoldIndex:
    """Holds of these settlements, each in the block of its number after BLOCK."""
    index = HoldIndex(policy)
    for number in settlements:
        index.apply(told("HoldPlaced", 45, 0, number, last=(BLOCK + number, NOW + 12 * number)))
    return index


def ending(index: HoldIndex, block: int, time: int = NOW) -> dict[str, list[int]]:
    return {function: which for function, which in index.ending(block, time).items() if which}


def test_depth_releases_what_enough_blocks_have_followed():
    index = held(DEPTH, 1, 2)
    assert ending(index, BLOCK + 10) == {}
    assert ending(index, BLOCK + 11) == {"release": [1]}
    index.apply(told("HoldReleased", 45, 0))
    assert ending(index, BLOCK + 30) == {"release": [2]}


@pytest.mark.parametrize(
    ("final_block", "final_count", "expected"),
    [
        (BLOCK, 3, {}),
        (BLOCK + 2, 3, {"release": [1, 2]}),
        (BLOCK + 3, 2, {"release": [1, 2], "void": [3]}),
        (BLOCK + 3, 0, {"void": [1, 2, 3]}),
    ],
)
def test_a_checkpoint_releases_what_it_has_and_voids_what_it_lacks(final_block, final_count, expected):
    index = held(CHECKPOINT, 1, 2, 3)
    index.apply(event("SettlementLedger", "CheckpointPosted", final_block, final_count, bytes(32)))
    assert ending(index, BLOCK + 4) == expected


def test_without_a_checkpoint_the_timeout_releases():
    index = held(CHECKPOINT, 1, 2)
    assert ending(index, BLOCK + 400, NOW + 12 + 3599) == {}
    assert ending(index, BLOCK + 400, NOW + 12 + 3600) == {"releaseAfterTimeout": [1]}


def test_the_order_is_proved_by_the_hash_after_so_many_settlements():
    index = HoldIndex(CHECKPOINT)
    for number in (1, 2):
        index.apply(event("SettlementLedger", "Settled", number, 0, 1, 2, WAD, bytes(32), bytes([number]) * 32))
    assert index.hash_at(0) == bytes(32)
    assert index.hash_at(2) == bytes([2]) * 32
