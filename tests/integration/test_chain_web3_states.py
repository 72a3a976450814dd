"""Earlier states through web3.py, on both chains. Needs anvil (`npm ci`)."""

import numpy as np
import pytest
from web3.exceptions import ContractLogicError, Web3RPCError
from web3_probe import GENESIS, deploy

from simulator.chain.backends import connect
from simulator.chain.protocol import REVERTIBLE_BLOCKS, Transaction


@pytest.fixture
def probe(w3):
    """Deployed in block 1; counts one more in each of blocks 2 to 6."""
    w3.eth.default_account = w3.eth.accounts[0]
    probe = deploy(w3)
    for _ in range(5):
        probe.functions.add(1).transact()
    return probe


def counted(probe, *blocks):
    return [probe.functions.counter().call(block_identifier=block) for block in blocks]


def test_a_call_in_an_earlier_block_sees_that_state_and_that_block(w3, probe):
    assert counted(probe, 1, 2, 5, 6, "latest", "pending") == [0, 1, 4, 5, 5, 5]
    number, timestamp, *_ = probe.functions.surroundings().call(block_identifier=3)
    assert (number, timestamp) == (3, GENESIS + 36)
    assert [w3.eth.get_transaction_count(w3.eth.accounts[0], block) for block in (0, 3)] == [0, 3]


def test_looking_back_leaves_everything_as_it_is(w3, probe):
    mark = w3.provider.make_request("evm_snapshot", [])["result"]
    probe.functions.add(1).transact()
    before = w3.eth.get_block("latest")
    assert counted(probe, 2, 6) == [1, 5]
    assert probe.functions.add(3).estimate_gas(block_identifier=2) > 21_000
    assert (w3.eth.get_block("latest"), counted(probe, "latest")) == (before, [6])
    assert w3.provider.make_request("evm_revert", [mark])["result"]
    assert counted(probe, 3, "latest") == [2, 5]
    probe.functions.add(1).transact()
    assert counted(probe, 6, 7) == [5, 6]


def test_a_balance_set_between_two_blocks_belongs_to_the_earlier(w3, probe):
    bob = w3.eth.accounts[1]
    w3.provider.make_request("anvil_setBalance", [bob, hex(100)])
    w3.eth.send_transaction({"from": bob, "to": w3.eth.accounts[2], "value": 1})
    assert [w3.eth.get_balance(bob, block) for block in (5, 6, 7)] == [0, 100, 99]


def test_after_a_reorganisation_earlier_states_are_of_the_new_branch(chain, w3, probe):
    chain.reorg(2)
    probe.functions.add(10).transact()
    probe.functions.add(10).transact()
    assert counted(probe, 4, 5, 6) == [3, 13, 23]


def test_what_is_safe_and_final_is_what_the_simulator_says(chain, w3, probe):
    assert [w3.eth.get_block(tag)["number"] for tag in ("finalized", "safe")] == [0, 0]
    chain.finalise(4)
    assert [w3.eth.get_block(tag)["number"] for tag in ("finalized", "safe", "latest")] == [4, 4, 6]
    assert counted(probe, "finalized", 3) == [3, 2]
    assert len(w3.eth.get_logs({"fromBlock": "earliest", "toBlock": "finalized"})) == 3


def test_a_revert_in_an_earlier_block_has_its_data(probe):
    with pytest.raises(ContractLogicError, match="not today") as error:
        probe.functions.failWithReason().call(block_identifier=2)
    assert error.value.data.startswith("0x08c379a0")


def test_every_earlier_state_is_the_one_that_was_seen(chain, w3, probe):
    rng = np.random.default_rng(7)
    bob = w3.eth.accounts[1]

    def look(block):
        number = probe.functions.surroundings().call(block_identifier=block)[0]
        return number, *counted(probe, block), w3.eth.get_transaction_count(bob, block)

    seen = {}
    for _ in range(30):
        if chain.head > 9 and rng.random() < 0.3:
            chain.reorg(int(rng.integers(1, 4)))
        probe.functions.add(int(rng.integers(4))).transact({"from": bob})
        seen[chain.head] = look("latest")
    for block in range(min(seen), chain.head + 1):
        assert look(block) == seen[block]


def test_states_older_than_the_chain_keeps_name_the_earliest():
    chain = connect("embedded", genesis_timestamp=GENESIS)
    w3 = chain.web3()
    alice, bob = w3.eth.accounts[:2]
    w3.provider.make_request("anvil_setBalance", [alice, hex(1000)])
    for _ in range(REVERTIBLE_BLOCKS + 4):
        chain.mine([Transaction(alice, bob, b"", 1)], chain.timestamp + 12)
    assert w3.eth.get_balance(bob, 4) == 4
    with pytest.raises(
        Web3RPCError, match="the state of block 3 is not there: the chain keeps those of blocks 4 to 260"
    ):
        w3.eth.get_balance(bob, 3)
    with pytest.raises(Web3RPCError, match="cannot override state or block for a call; anvil can"):
        w3.eth.call({"to": bob}, "latest", {bob: {"balance": 5}})
