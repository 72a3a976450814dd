"""Bids for block space that never bought any: why and when each left the mempool."""

from collections.abc import Iterator
from enum import StrEnum

from simulator.chain.block_space import ProducedBlock
from simulator.chain.mempool import PendingTransaction


class Reason(StrEnum):
    """Why a bid left the mempool other than into a block.

    REPLACED : its sender bid anew for the same transaction, whose later fate is told elsewhere.
    EXPIRED : it waited longer than the mempool keeps a transaction.
    DROPPED : an earlier transaction of its sender expired, without which it could not be executed.
    WAITING : it did not; it still waits where the record ends.
    """

    REPLACED = "replaced"
    EXPIRED = "expired"
    DROPPED = "dropped"
    WAITING = "waiting"


def departures(produced: ProducedBlock, expiry_blocks: int) -> Iterator[tuple[PendingTransaction, Reason]]:
    """What left the mempool between the block before and this one, in the order in which it left.

    It stays away even if a reorganisation undoes the block: a mempool is no part of the chain. What a reorganisation
    takes out of a block waits again, and comes here only if it leaves then.

    Parameters
    ----------
    produced : ProducedBlock
    expiry_blocks : int
        How many blocks the mempool keeps a transaction for.
    """
    for pending in produced.replaced:
        yield pending, Reason.REPLACED
    oldest_kept = produced.block.number - 1 - expiry_blocks
    for pending in produced.expired:
        yield pending, Reason.EXPIRED if pending.submitted_block < oldest_kept else Reason.DROPPED
