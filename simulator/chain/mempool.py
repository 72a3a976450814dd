"""Transactions that wait for a block."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from simulator.chain.protocol import Transaction
from simulator.errors import UsageError

# A replacement raises both prices by so much, a price of zero to one wei. Source: go-ethereum, `txpool.pricebump`, the
# default of 10 %, and `list.Add`.
REPLACEMENT_BUMP_PERCENT = 10


@dataclass(frozen=True, slots=True)
class PendingTransaction:
    """A transaction with its bid. Fees are wei per gas, as in EIP-1559.

    submitted_block : head when it was first sent.
    gas : what it takes of a block, from the gas schedule.
    arrival : position in the order of submission, over the whole run; it names the transaction, whatever it bids later.
    nonce : position among its sender's transactions, from 0.
    private : sent to the builder alone; other users do not see it before it is in a block.
    """

    transaction: Transaction
    max_fee: int
    tip: int
    submitted_block: int
    label: str
    gas: int
    arrival: int
    nonce: int
    private: bool = False

    def effective_tip(self, base_fee: int) -> int:
        """What the builder earns per gas; negative if the bid is below the base fee."""
        return min(self.max_fee - base_fee, self.tip)


def least_replacement(pending: PendingTransaction) -> tuple[int, int]:
    """The lowest max fee and tip that replace this bid."""
    return _bumped(pending.max_fee), _bumped(pending.tip)


def _bumped(price: int) -> int:
    return max(-(-price * (100 + REPLACEMENT_BUMP_PERCENT) // 100), price + 1)


class Mempool:
    """Waiting transactions; each sender's execute in the order it submitted them, with no nonce left out."""

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
        self,
        transaction: Transaction,
        max_fee: int,
        tip: int,
        *,
        label: str,
        gas: int,
        block: int,
        private: bool = False,
    ) -> PendingTransaction:
        """Add a transaction, after those its sender already has waiting. `block` is the head it was sent at."""
        sender = transaction.sender
        nonce = self._nonces.get(sender, 0)
        pending = PendingTransaction(transaction, max_fee, tip, block, label, gas, self._arrivals, nonce, private)
        self._nonces[sender] = nonce + 1
        self._arrivals += 1
        self._waiting += 1
        self._queues.setdefault(sender, deque()).append(pending)
        return pending

    def replace(self, pending: PendingTransaction, max_fee: int, tip: int) -> PendingTransaction:
        """Bid anew for a transaction that waits: same sender, nonce and place among equal bids.

        Raises
        ------
        UsageError
            If it does not wait any more, or one of the prices is raised by less than 10 %.
        """
        queue = self._queues.get(pending.transaction.sender, ())
        place = pending.nonce - queue[0].nonce if queue else -1
        if not 0 <= place < len(queue) or queue[place] is not pending:
            raise UsageError(f"transaction {pending.nonce} of {pending.transaction.sender} does not wait for a block")
        least_fee, least_tip = least_replacement(pending)
        if max_fee < least_fee or tip < least_tip:
            raise UsageError(
                f"replacement of transaction {pending.nonce} of {pending.transaction.sender} is underpriced: it needs "
                f"a max fee of {least_fee} and a tip of {least_tip} wei, got {max_fee} and {tip}"
            )
        queue[place] = raised = replace(pending, max_fee=max_fee, tip=tip)
        return raised

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

    def expire(self, before: int) -> list[PendingTransaction]:
        """Drop what was submitted before block `before`, and its sender's later ones, which cannot execute without it.

        The sender's next transaction takes the nonce that became free. Returns what was dropped, by arrival.
        """
        dropped: list[PendingTransaction] = []
        for sender, queue in list(self._queues.items()):
            place = next((at for at, pending in enumerate(queue) if pending.submitted_block < before), None)
            if place is None:
                continue
            kept = list(queue)[:place]
            dropped += list(queue)[place:]
            self._nonces[sender] = queue[place].nonce
            if kept:
                self._queues[sender] = deque(kept)
            else:
                del self._queues[sender]
        self._waiting -= len(dropped)
        return sorted(dropped, key=lambda pending: pending.arrival)

    def restore(self, undone: Iterable[PendingTransaction]) -> None:
        """Put back, in their order, the transactions of blocks that were undone; they wait ahead of later ones."""
        returned: dict[str, list[PendingTransaction]] = {}
        for pending in undone:
            returned.setdefault(pending.transaction.sender, []).append(pending)
            self._waiting += 1
        for sender, transactions in returned.items():
            self._queues[sender] = deque([*transactions, *self._queues.get(sender, ())])
