"""Filters of web3.py on both chains: everything new once, and what a reorganisation undid. Needs anvil (`npm ci`)."""

import pytest
from web3.exceptions import Web3RPCError
from web3_probe import GENESIS, deploy

from simulator.chain.backends import connect
from simulator.chain.protocol import REVERTIBLE_BLOCKS


@pytest.fixture
def probe(w3):
    """Deployed in block 1."""
    w3.eth.default_account = w3.eth.accounts[0]
    return deploy(w3)


def mine(chain, blocks=1):
    for _ in range(blocks):
        chain.mine([], chain.timestamp + 12)


def noted(probe, watched):
    """Readings in new logs, negative where they were removed, which web3.py leaves out of the events it decodes."""
    logs = watched.eth_module.get_filter_changes(watched.filter_id)
    return [(-1 if log["removed"] else 1) * probe.events.Noted().process_log(log)["args"]["value"] for log in logs]


def test_a_filter_gives_each_event_once(probe):
    watched = probe.events.Noted.create_filter(from_block="latest")
    assert watched.get_new_entries() == []
    probe.functions.add(1).transact()
    probe.functions.add(2).transact()
    assert [event["args"]["value"] for event in watched.get_new_entries()] == [1, 3]
    assert watched.get_new_entries() == []


def test_events_read_three_ways_are_the_same(w3, probe):
    watched = probe.events.Noted.create_filter(from_block=0)
    receipt = w3.eth.wait_for_transaction_receipt(probe.functions.add(4).transact())
    by_receipt = list(probe.events.Noted().process_receipt(receipt))
    assert watched.get_new_entries() == probe.events.Noted.get_logs(from_block=0) == by_receipt
    assert watched.get_all_entries() == by_receipt


def test_a_filter_from_the_past_begins_with_the_past(probe):
    probe.functions.add(1).transact()
    watched = probe.events.Noted.create_filter(from_block="earliest")
    probe.functions.add(1).transact()
    assert noted(probe, watched) == [1, 2]


def test_a_filter_keeps_to_its_blocks_topics_and_addresses(w3, probe):
    alice, bob = w3.eth.accounts[:2]
    early = probe.events.Noted.create_filter(from_block=0, to_block=2)
    late = probe.events.Noted.create_filter(from_block=3)
    his = probe.events.Noted.create_filter(from_block="latest", argument_filters={"who": bob})
    elsewhere = w3.eth.filter({"address": alice})
    for sender in (alice, bob, alice):
        probe.functions.add(1).transact({"from": sender})
    assert [noted(probe, watched) for watched in (early, late, his)] == [[1], [2, 3], [2]]
    assert elsewhere.get_new_entries() == []


def test_logs_that_a_reorganisation_undid_come_back_as_removed_latest_first(chain, probe):
    watched = probe.events.Noted.create_filter(from_block="latest")
    for amount in (1, 2, 3):
        probe.functions.add(amount).transact()
    assert noted(probe, watched) == [1, 3, 6]
    chain.reorg(2)
    probe.functions.add(5).transact()
    assert noted(probe, watched) == [-6, -3, 6]


def test_a_branch_as_high_as_the_one_before_it_is_not_missed(chain, w3, probe):
    watched = probe.events.Noted.create_filter(from_block="latest")
    blocks = w3.eth.filter("latest")
    probe.functions.add(1).transact()
    assert noted(probe, watched) == [1]
    assert len(blocks.get_new_entries()) == 1
    chain.reorg(1)
    probe.functions.add(2).transact()
    assert noted(probe, watched) == [-1, 2]
    assert blocks.get_new_entries() == [w3.eth.get_block("latest")["hash"]]


def test_what_came_and_went_between_two_questions_is_not_told(chain, probe):
    watched = probe.events.Noted.create_filter(from_block="latest")
    probe.functions.add(1).transact()
    chain.reorg(1)
    assert watched.get_new_entries() == []


def test_a_reorganisation_below_the_start_of_a_filter_makes_the_whole_branch_new(chain, probe):
    mine(chain, 3)
    watched = probe.events.Noted.create_filter(from_block="latest")
    chain.reorg(2)
    probe.functions.add(1).transact()
    mine(chain, 2)
    assert noted(probe, watched) == [1]


def test_filters_follow_a_snapshot_back(w3, probe):
    watched = probe.events.Noted.create_filter(from_block="latest")
    mark = w3.provider.make_request("evm_snapshot", [])["result"]
    probe.functions.add(1).transact()
    assert noted(probe, watched) == [1]
    w3.provider.make_request("evm_revert", [mark])
    assert noted(probe, watched) == [-1]


def test_filters_of_blocks_and_of_transactions_see_what_the_simulator_mines(chain, w3, probe):
    blocks, transactions = w3.eth.filter("latest"), w3.eth.filter("pending")
    sent = probe.functions.add(1).transact()
    mine(chain)
    assert blocks.get_new_entries() == [w3.eth.get_block(number)["hash"] for number in (2, 3)]
    assert transactions.get_new_entries() == [sent]


def test_a_filter_of_one_block_has_all_of_it_and_nothing_new(w3, probe):
    receipt = w3.eth.wait_for_transaction_receipt(probe.functions.add(1).transact())
    watched = w3.eth.filter({"blockHash": receipt["blockHash"]})
    assert watched.get_new_entries() == []
    assert watched.get_all_entries() == receipt["logs"]


def test_a_filter_ends_when_it_is_uninstalled(w3, probe):
    watched = w3.eth.filter("latest")
    assert w3.eth.uninstall_filter(watched.filter_id)
    assert not w3.eth.uninstall_filter(watched.filter_id)
    with pytest.raises(Web3RPCError, match=f"filter {watched.filter_id} not found"):
        watched.get_new_entries()


def test_a_filter_that_was_not_asked_for_too_long_says_so():
    chain = connect("embedded", genesis_timestamp=GENESIS)
    watched = chain.web3().eth.filter("latest")
    mine(chain, REVERTIBLE_BLOCKS)
    assert len(watched.get_new_entries()) == REVERTIBLE_BLOCKS
    mine(chain, REVERTIBLE_BLOCKS + 1)
    with pytest.raises(Web3RPCError, match="the filter stands at block 256, which the chain does not keep any more"):
        watched.get_new_entries()
