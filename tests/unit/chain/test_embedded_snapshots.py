"""Snapshots that are older than all blocks the chain keeps."""

from itertools import pairwise

from simulator.chain.embedded import EmbeddedChain
from simulator.chain.protocol import REVERTIBLE_BLOCKS, Transaction

ALICE, BOB = "0x" + "11" * 20, "0x" + "22" * 20


def test_a_snapshot_brings_back_the_blocks_that_could_be_undone_then():
    chain = EmbeddedChain(genesis_timestamp=0)
    chain.fund(ALICE, 100)
    blocks = [mine(chain) for _ in range(5)]
    early = chain.snapshot()
    blocks += [mine(chain) for _ in range(REVERTIBLE_BLOCKS)]
    late = chain.snapshot()
    for _ in range(REVERTIBLE_BLOCKS + 1):
        chain.mine([], chain.timestamp + 1)
    chain.revert(late)
    assert chain.reorg(REVERTIBLE_BLOCKS) == tuple(blocks[5:])
    chain.revert(early)
    assert chain.reorg(4) == tuple(blocks[1:5])
    assert (chain.head, chain.balance(BOB)) == (1, 0)


def test_web3_shows_the_head_a_snapshot_returned_to():
    chain = EmbeddedChain(genesis_timestamp=0)
    w3 = chain.web3()
    for _ in range(3):
        mine(chain)
    shown = [w3.eth.get_block(number) for number in range(4)]
    snapshot = chain.snapshot()
    w3.provider.make_request("hardhat_mine", [hex(2 * REVERTIBLE_BLOCKS)])
    w3.provider.make_request("evm_revert", [snapshot])
    assert [w3.eth.get_block(number) for number in range(4)] == shown
    assert w3.eth.get_block("latest") == shown[-1]
    assert w3.eth.get_block("pending")["parentHash"] == shown[-1]["hash"]
    assert all(parent["hash"] == child["parentHash"] for parent, child in pairwise(shown))
    assert w3.eth.get_logs({"fromBlock": 0}) == []


def mine(chain):
    return chain.mine([Transaction(ALICE, BOB, b"", 0)], chain.timestamp + 12)
