"""Which waiting transactions go into a block, and in what order."""

from collections.abc import Callable, Container
from heapq import heapify, heappop, heappush

from simulator.chain.mempool import Mempool, PendingTransaction


def build(
    mempool: Mempool,
    base_fee: int,
    gas_limit: int,
    background_above: Callable[[int], int],
    unseen: Container[int] = (),
) -> list[PendingTransaction]:
    """Fill a block by effective tip, highest first; then arrival, sender and nonce, so that no tie is left to chance.

    Background demand competes for the same gas: `background_above(price)` is the gas that bids more than `price` (base
    fee and tip, wei). A transaction fits if that, our transactions ahead of it and its own gas are within `gas_limit`.
    One that bids below the base fee, does not fit, or has not reached the builder (its arrival is in `unseen`) waits,
    and its sender's later ones with it.
    """
    queues = mempool.queues()
    heads = []
    for queue in queues.values():
        pending = queue[0]
        tip = pending.effective_tip(base_fee)
        if tip >= 0 and pending.arrival not in unseen:
            heads.append((-tip, pending.arrival, pending.transaction.sender, 0, pending))
    heapify(heads)
    chosen: list[PendingTransaction] = []
    used = 0
    while heads:
        negative_tip, _, sender, place, pending = heappop(heads)
        ahead = background_above(base_fee - negative_tip) + used
        if ahead >= gas_limit:
            break  # every other candidate bids no more, so has at least as much ahead of it
        if ahead + pending.gas > gas_limit:
            continue
        chosen.append(pending)
        used += pending.gas
        queue = queues[sender]
        place += 1
        if place < len(queue):
            follower = queue[place]
            tip = follower.effective_tip(base_fee)
            if tip >= 0 and follower.arrival not in unseen:
                heappush(heads, (-tip, follower.arrival, sender, place, follower))
    return chosen
