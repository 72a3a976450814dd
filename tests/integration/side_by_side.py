"""Two backends that do the same, compared after every block."""

from collections.abc import Sequence

from simulator.chain.backends import connect
from simulator.chain.protocol import Block, Call, Transaction
from simulator.chain.revert import CallReverted


class SideBySide:
    """The embedded chain, with a node that does whatever it does; any difference fails at once.

    `node_gas` is the gas that the node's receipts of the newest block have.
    """

    def __init__(self, genesis_timestamp: int):
        self._chain = connect("embedded", genesis_timestamp=genesis_timestamp)
        self._node = connect("anvil", genesis_timestamp=genesis_timestamp)
        self.node_gas: list[int] = []

    def __getattr__(self, name: str):
        return getattr(self._chain, name)

    def fund(self, address: str, wei: int) -> None:
        for chain in (self._chain, self._node):
            chain.fund(address, wei)

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        ours, theirs = (chain.mine(transactions, timestamp) for chain in (self._chain, self._node))
        self.node_gas = [receipt.gas_used for receipt in theirs.receipts]
        _assert_equal(ours, theirs)
        return ours

    def reorg(self, depth: int) -> tuple[Block, ...]:
        undone, there = (chain.reorg(depth) for chain in (self._chain, self._node))
        for ours, theirs in zip(undone, there, strict=True):
            _assert_equal(ours, theirs)
        return undone

    def outcomes(self, calls: Sequence[Call]) -> list[bytes | str]:
        """What each call returns, or how it fails, alike on both."""
        ours, theirs = ([_outcome(chain, call) for call in calls] for chain in (self._chain, self._node))
        assert ours == theirs
        return ours

    def balances(self, addresses: Sequence[str]) -> list[int]:
        """Native balances, alike on both."""
        ours, theirs = ([chain.balance(address) for address in addresses] for chain in (self._chain, self._node))
        assert ours == theirs
        return ours

    def close(self) -> None:
        self._chain.close()
        self._node.close()


def _outcome(chain, call: Call) -> bytes | str:
    try:
        return chain.call(call)
    except CallReverted as reverted:
        return f"reverted {reverted.data.hex()} {reverted.reason}"


def _assert_equal(ours: Block, theirs: Block) -> None:
    """All of a block but its gas, which is each backend's own."""
    assert (ours.number, ours.timestamp) == (theirs.number, theirs.timestamp)
    for mine, other in zip(ours.receipts, theirs.receipts, strict=True):
        assert mine._replace(gas_used=0) == other._replace(gas_used=0), f"block {ours.number}"
