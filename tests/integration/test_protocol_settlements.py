"""Every settlement of a crash: numbered, chained, and followed until it is final."""

import pytest
from eth_abi import encode

from simulator.chain.keccak import keccak256
from simulator.finality import Category, Status

ORDER = [Status.INCLUDED, Status.SAFE, Status.FINAL]


@pytest.fixture
def timelines(crashed):
    """What was said of each settlement, in order, by its number."""
    said: dict[int, list] = {}
    for step in crashed.steps:
        for settlement in step.settlements:
            said.setdefault(settlement.settlement, []).append(settlement)
    return said


def test_accounts_are_liquidated_and_options_expire(timelines):
    kinds = [timeline[0].category for timeline in timelines.values()]
    assert kinds.count(Category.LIQUIDATION) >= 5
    assert kinds.count(Category.EXPIRY) >= 5


def test_every_settlement_ends_final(crashed, timelines):
    assert {timeline[-1].status for timeline in timelines.values()} == {Status.FINAL}
    assert {settlement.status for settlement in crashed.model.settlements} == {Status.FINAL}


def test_no_status_is_left_out_and_none_goes_back(timelines):
    for timeline in timelines.values():
        statuses = [settlement.status for settlement in timeline]
        assert statuses == ORDER


def test_each_status_comes_later_than_the_one_before(timelines):
    for timeline in timelines.values():
        last = timeline[-1]
        assert last.submitted_block < last.included_block < last.safe_block < last.final_block
        assert last.included_time < last.safe_time < last.final_time


def test_an_account_is_below_maintenance_before_it_is_liquidated(timelines):
    for timeline in timelines.values():
        last = timeline[-1]
        if last.category is Category.LIQUIDATION:
            assert last.breach_block <= last.submitted_block


def test_settlements_are_numbered_without_gaps(crashed, timelines):
    ledger = crashed.model.contracts["SettlementLedger"]
    assert list(timelines) == list(range(1, ledger.read(crashed.model.chain, "count") + 1))


def test_the_hash_chain_on_chain_is_the_one_of_the_events(crashed):
    chain_hash = bytes(32)
    for number, e in enumerate(crashed.events("Settled"), start=1):
        fields = (chain_hash, number, e.category, e.account, e.counterparty, e.amount, e.details)
        types = ["bytes32", "uint256", "uint8", "uint256", "uint256", "int256", "bytes32"]
        chain_hash = keccak256(encode(types, fields))
        assert e.settlement == number
        assert e.chainHash == chain_hash
    assert crashed.model.contracts["SettlementLedger"].read(crashed.model.chain, "head") == chain_hash


def test_the_ledger_commits_to_the_terms_of_each_liquidation(crashed):
    entries = {e.settlement: e for e in crashed.events("Settled")}
    for closed in crashed.events("ClosedOut"):
        terms = (closed.fraction, closed.fee, closed.equity, closed.maintenanceMargin)
        entry = entries[closed.settlement]
        assert (entry.account, entry.counterparty, entry.amount) == (closed.account, closed.liquidator, closed.payment)
        assert entry.details == keccak256(encode(["uint256", "uint256", "int256", "int256"], terms))


def test_the_ledger_commits_to_the_terms_of_each_expiry(crashed):
    entries = {e.settlement: e for e in crashed.events("Settled")}
    for settled in crashed.events("ExpirySettled"):
        entry = entries[settled.settlement]
        assert (entry.account, entry.amount) == (settled.account, settled.amount)
        terms = (settled.instrument, settled.size, settled.price)
        assert entry.details == keccak256(encode(["uint32", "int256", "uint256"], terms))
