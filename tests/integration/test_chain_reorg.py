"""Reorganisations on both backends: what is undone, what comes back, and how deep one may reach. Needs anvil."""

import numpy as np
import pytest
from solidity import compiled

from simulator.chain.backends import connect
from simulator.chain.block_space import BlockSpace
from simulator.chain.contract import Contract, deployment
from simulator.chain.keccak import checksum_address
from simulator.chain.protocol import REVERTIBLE_BLOCKS, Transaction
from simulator.errors import ChainError
from simulator.scenario.chain import BackgroundDemand, ChainSection

GENESIS = 1_583_971_188
USERS = [checksum_address(bytes([n]) * 20) for n in range(1, 7)]


@pytest.fixture(scope="module")
def code():
    output = compiled("tests/integration/ChainProbe.sol", "ChainProbe")
    return bytes.fromhex(output["evm"]["bytecode"]["object"]), output["abi"]


@pytest.fixture(params=["embedded", "anvil"])
def chain(request):
    chain = connect(request.param, genesis_timestamp=GENESIS)
    yield chain
    chain.close()


@pytest.fixture
def probe(chain, code):
    return deployed(chain, code)


def deployed(chain, code):
    for user in USERS:
        chain.fund(user, 10**18)
    block = mine(chain, Transaction(USERS[0], None, deployment(*code)))
    return Contract("ChainProbe", block.receipts[0].contract_address, code[1])


def mine(chain, *transactions):
    return chain.mine(transactions, chain.timestamp + 12)


def state(chain, probe):
    """All that a contract or wallet can see of the head."""
    slots = tuple(probe.read(chain, "slots", n) for n in range(8))
    balances = tuple(chain.balance(address) for address in (*USERS, probe.address))
    surroundings = probe.read(chain, "surroundings")
    return chain.head, chain.timestamp, surroundings, probe.read(chain, "counter"), slots, balances


def traffic(rng, probe, code):
    """A few transactions of a block: storage, value, creation, failure."""
    chosen = []
    for _ in range(int(rng.integers(0, 6))):
        user, amount = USERS[rng.integers(len(USERS))], int(rng.integers(1, 4))
        chosen.append(
            [
                probe.transaction(user, "add", amount, value=amount),
                probe.transaction(user, "spawn"),
                probe.transaction(user, "failWithCustomError", amount),
                Transaction(user, None, code[0]),
                Transaction(user, USERS[amount], b"", amount),
            ][rng.integers(5)]
        )
    return chosen


def test_a_reorganisation_returns_to_the_state_of_the_common_ancestor_and_hands_back_what_it_undid(chain, probe, code):
    rng = np.random.default_rng(3)
    states, blocks = [state(chain, probe)], []
    for _ in range(8):
        blocks.append(mine(chain, *traffic(rng, probe, code)))
        states.append(state(chain, probe))
    assert chain.reorg(3) == tuple(blocks[5:])
    assert state(chain, probe) == states[5]
    assert chain.reorg(5) == tuple(blocks[:5])
    assert state(chain, probe) == states[0]


def test_the_same_transactions_on_the_ancestor_give_the_same_blocks_again(chain, probe, code):
    """Nonces included: a contract created again gets the same address."""
    rng = np.random.default_rng(5)
    blocks = [mine(chain, *traffic(rng, probe, code)) for _ in range(7)]
    end = state(chain, probe)
    chain.reorg(7)
    for block in blocks:
        again = chain.mine([receipt.transaction for receipt in block.receipts], block.timestamp)
        # Gas is the backend's own: an in-process EVM keeps storage warm.
        assert [receipt._replace(gas_used=0) for receipt in again.receipts] == [
            receipt._replace(gas_used=0) for receipt in block.receipts
        ]
    assert state(chain, probe) == end


def test_another_branch_may_order_transactions_differently_and_be_earlier(chain, probe):
    first, second = probe.transaction(USERS[1], "add", 1), probe.transaction(USERS[2], "add", 2)
    start = chain.timestamp
    chain.mine([first, second], start + 30)
    chain.reorg(1)
    block = chain.mine([second, first], start + 5)
    assert (block.number, block.timestamp) == (2, start + 5)
    assert [int.from_bytes(receipt.logs[0].topics[2]) for receipt in block.receipts] == [2, 3]


def test_both_backends_agree_through_repeated_deep_reorganisations(code):
    seen = []
    for name in ("embedded", "anvil"):
        chain = connect(name, genesis_timestamp=GENESIS)
        probe, rng, here = deployed(chain, code), np.random.default_rng(11), []
        for _ in range(25):
            for _ in range(int(rng.integers(2, 9))):
                block = mine(chain, *traffic(rng, probe, code))
                here.append([receipt._replace(gas_used=0) for receipt in block.receipts])
            undone = chain.reorg(int(rng.integers(1, 9)) if chain.head > 10 else 1)
            here.append([[receipt._replace(gas_used=0) for receipt in block.receipts] for block in undone])
            here.append(state(chain, probe))
        seen.append(here)
        chain.close()
    assert seen[0] == seen[1]


def test_base_fees_and_charges_agree_through_a_reorganisation():
    """Block space is priced by the simulator, so it is the same to the wei whatever executes the blocks."""
    seen = []
    for name in ("embedded", "anvil"):
        chain = connect(name, genesis_timestamp=GENESIS)
        demand = BackgroundDemand(load=1.5, gas_price_gwei=[(0.0, 10.0, 20.0, 40.0)])
        config = ChainSection(block_gas_limit=10_000_000, background=demand)
        space = BlockSpace(chain, config, rng=np.random.default_rng(7), start_timestamp=GENESIS)
        rng, here = np.random.default_rng(8), []
        for step in range(60):
            for user in rng.choice(USERS, 3):
                fee = int(rng.integers(5, 90)) * 10**9
                space.submit(Transaction(str(user), USERS[0], b""), fee, fee // 4, "")
            produced = space.produce(chain.timestamp + 12)
            here.append((produced.included, produced.base_fee, produced.gas_used, produced.waiting, space.fee_view()))
            if step % 9 == 8:
                undone = space.reorg(int(rng.integers(1, 8)))
                here.append(([block.included for block in undone], space.base_fee, space.waiting, space.fee_view()))
        seen.append(here)
        chain.close()
    assert seen[0] == seen[1]


def test_final_blocks_are_not_undone(chain, probe):
    for _ in range(6):
        mine(chain, probe.transaction(USERS[1], "add", 1))
    chain.finalise(4)
    assert chain.finalised == 4
    before = state(chain, probe)
    with pytest.raises(ChainError, match=r"depth 4 at block 7 would undo block 4.*the deepest possible is 3"):
        chain.reorg(4)
    assert state(chain, probe) == before
    assert len(chain.reorg(3)) == 3
    chain.finalise(2)
    assert chain.finalised == 4, "final stays final"
    with pytest.raises(ChainError, match="cannot be final: the head is block 4"):
        chain.finalise(9)


@pytest.mark.parametrize("depth", [0, -1])
def test_a_reorganisation_undoes_at_least_one_block(chain, depth):
    with pytest.raises(ChainError, match="one block or more"):
        chain.reorg(depth)


def test_as_many_blocks_as_promised_can_be_undone_and_no_more(chain, probe):
    start = chain.head, chain.timestamp
    for _ in range(REVERTIBLE_BLOCKS):
        mine(chain, probe.transaction(USERS[1], "add", 1))
    assert len(chain.reorg(REVERTIBLE_BLOCKS)) == REVERTIBLE_BLOCKS
    assert (chain.head, chain.timestamp) == start
    assert probe.read(chain, "counter") == 0
    for _ in range(REVERTIBLE_BLOCKS + 5):
        mine(chain, probe.transaction(USERS[1], "add", 1))
    with pytest.raises(ChainError, match=f"too deep: the chain keeps the last {REVERTIBLE_BLOCKS} blocks"):
        chain.reorg(REVERTIBLE_BLOCKS + 1)


def test_a_reorganisation_to_genesis_keeps_what_was_funded_before_the_undone_block(chain):
    chain.fund(USERS[0], 5)
    mine(chain, Transaction(USERS[0], USERS[1], b"", 2))
    chain.fund(USERS[2], 9)
    chain.reorg(1)
    assert chain.head == 0
    assert [chain.balance(user) for user in USERS[:3]] == [5, 0, 0]


def test_snapshots_of_before_stay_and_of_since_are_spent(chain, probe):
    early = chain.snapshot()
    mine(chain, probe.transaction(USERS[1], "add", 1))
    mine(chain, probe.transaction(USERS[1], "add", 1))
    late = chain.snapshot()
    mine(chain, probe.transaction(USERS[1], "add", 1))
    chain.reorg(2)
    with pytest.raises(ChainError, match="spent"):
        chain.revert(late)
    chain.revert(early)
    assert probe.read(chain, "counter") == 0
    with pytest.raises(ChainError, match="final"):
        chain.reorg(9)


def test_a_snapshot_may_return_to_before_final_blocks(chain, probe):
    """Snapshots try things out; finality binds the chain's own history."""
    mark = chain.snapshot()
    for _ in range(3):
        mine(chain, probe.transaction(USERS[1], "add", 1))
    chain.finalise(chain.head)
    chain.revert(mark)
    assert chain.finalised == chain.head == 1
    mine(chain)
    assert len(chain.reorg(1)) == 1
