"""Two backends that do the same, compared after every block: for what has to hold on, or be measured on, both."""

from collections.abc import Sequence
from itertools import zip_longest

from simulator.chain.backends import connect
from simulator.chain.protocol import Block, Call, Chain, Receipt, Transaction
from simulator.chain.revert import CallReverted
from simulator.errors import ChainError


class SideBySide:
    """The embedded chain, with a node that does whatever it does; any difference is a ChainError at once.

    What is not here (`head`, `call`, `finalise`, ...) is the embedded chain's alone.

    Attributes
    ----------
    embedded, node : Chain
    node_gas : list of int
        Gas used by each transaction of the newest block, by the node's receipts.
    """

    def __init__(self, genesis_timestamp: int):
        self.embedded = connect("embedded", genesis_timestamp=genesis_timestamp)
        self.node = connect("anvil", genesis_timestamp=genesis_timestamp)
        self.node_gas: list[int] = []

    def __getattr__(self, name: str):
        return getattr(self.embedded, name)

    def fund(self, address: str, wei: int) -> None:
        for chain in (self.embedded, self.node):
            chain.fund(address, wei)

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        ours, theirs = (chain.mine(transactions, timestamp) for chain in (self.embedded, self.node))
        self.node_gas = [receipt.gas_used for receipt in theirs.receipts]
        _require_equal(ours, theirs)
        return ours

    def reorg(self, depth: int) -> tuple[Block, ...]:
        undone, there = (chain.reorg(depth) for chain in (self.embedded, self.node))
        for ours, theirs in zip(undone, there, strict=True):
            _require_equal(ours, theirs)
        return undone

    def outcomes(self, calls: Sequence[Call]) -> list[bytes | str]:
        """What each call returns, or how it fails, alike on both."""
        ours, theirs = ([_outcome(chain, call) for call in calls] for chain in (self.embedded, self.node))
        _require(ours, theirs, f"calls after block {self.head}")
        return ours

    def balances(self, addresses: Sequence[str]) -> list[int]:
        """Native balances in wei, alike on both."""
        ours, theirs = ([chain.balance(address) for address in addresses] for chain in (self.embedded, self.node))
        _require(ours, theirs, f"balances after block {self.head}")
        return ours

    def close(self) -> None:
        self.embedded.close()
        self.node.close()


def _outcome(chain: Chain, call: Call) -> bytes | str:
    try:
        return chain.call(call)
    except CallReverted as reverted:
        return f"reverted {reverted.data.hex()} {reverted.reason}"


def _require_equal(ours: Block, theirs: Block) -> None:
    """All of a block but its gas, which is each backend's own."""
    where = f"block {ours.number}"
    _require([(ours.number, ours.timestamp)], [(theirs.number, theirs.timestamp)], where)
    _require([_effect(receipt) for receipt in ours.receipts], [_effect(receipt) for receipt in theirs.receipts], where)


def _effect(receipt: Receipt) -> Receipt:
    return receipt._replace(gas_used=0)


def _require(ours: Sequence, theirs: Sequence, where: str) -> None:
    for place, (mine, other) in enumerate(zip_longest(ours, theirs)):
        if mine != other:
            raise ChainError(f"{where}, item {place}: the embedded chain has {mine}, the node {other}")
