"""Transactions that wait for a block."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from simulator.chain.protocol import Transaction


@dataclass(frozen=True, slots=True)
class PendingTransaction:
    """A transaction with its bid. Fees are wei per gas, as in EIP-1559.

    gas : what it takes of a block, from the gas schedule.
    arrival : position in the order of submission, over the whole run.
    nonce : position among its sender's transactions, from 0.
    """

    transaction: Transaction
    max_fee: int
    tip: int
    submitted_block: int
    label: str
    gas: int
    arrival: int
    nonce: int

    def effective_tip(self, base_fee: int) -> int:
        """What the builder earns per gas; negative if the bid is below the base fee."""
        return min(self.max_fee - base_fee, self.tip)

    def fee(self, base_fee: int) -> int:
        """What the sender pays in a block with this base fee, wei."""
        return self.gas * (base_fee + self.effective_tip(base_fee))


class Mempool:
    """Waiting transactions; each sender's execute in the order it submitted them."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[PendingTransaction]] = {}
        self._nonces: dict[str, int] = {}
        self._arrivals = 0
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def __iter__(self) -> Iterator[PendingTransaction]:
        for queue in self._queues.values():
            yield from queue

    def submit(
        self, transaction: Transaction, max_fee: int, tip: int, *, label: str, gas: int, block: int
    ) -> PendingTransaction:
        """Add a transaction, after those its sender already has waiting. `block` is the head it was sent at."""
        sender = transaction.sender
        nonce = self._nonces.get(sender, 0)
        pending = PendingTransaction(transaction, max_fee, tip, block, label, gas, self._arrivals, nonce)
        self._nonces[sender] = nonce + 1
        self._arrivals += 1
        self._waiting += 1
        self._queues.setdefault(sender, deque()).append(pending)
        return pending

    def queues(self) -> dict[str, deque[PendingTransaction]]:
        """Waiting transactions by sender, oldest first. Not to be changed."""
        return self._queues

    def remove(self, included: list[PendingTransaction]) -> None:
        """Take out transactions a block includes; each must be its sender's oldest at that point."""
        for pending in included:
            sender = pending.transaction.sender
            queue = self._queues[sender]
            if queue[0] is not pending:
                raise ValueError(f"transaction {pending.nonce} of {sender} overtakes {queue[0].nonce}")
            queue.popleft()
            if not queue:
                del self._queues[sender]
        self._waiting -= len(included)
