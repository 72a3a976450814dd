"""Optimistic rollup: a sequencer's word, then a batch on L1, then that batch's finality on L1."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

from simulator.finality.proof_of_stake import ProofOfStakeFinality


@dataclass(frozen=True, slots=True)
class OptimisticRollupFinality:
    """Unsafe from the sequencer, safe once its batch is in an L1 block, final once that L1 block is.

    Block n belongs to L1 slot n div `blocks_per_slot`. Every `batch_slots` slots one L1 block carries a batch of all
    blocks of earlier slots. L1 is Ethereum by `ProofOfStakeFinality`.

    The challenge window is not part of this: it delays what L1 pays out, not what the rollup's blocks are. Their data
    and order are fixed by L1, and a wrong claim about their outcome is refused without reordering them. So a settlement
    within the rollup is final with its batch, a withdrawal of its proceeds much later: see `withdrawal_block`.

    Parameters
    ----------
    blocks_per_slot : int
        Rollup blocks in one L1 slot: 12 s over the block time.
    batch_slots : int
        L1 slots from batch to batch.
    challenge_slots : int
        L1 slots in which a claim about the rollup's state can be disputed.
    slots_per_epoch, first_slot : int
        Of L1; `first_slot` is the slot of block 0, counted from the start of an epoch.

    References
    ----------
    OP Stack specification, glossary: unsafe, safe and finalized L2 head.
    Arbitrum documentation, reorgs and finality: the same three levels.
    """

    blocks_per_slot: int = 1
    batch_slots: int = 50
    challenge_slots: int = 50_400
    slots_per_epoch: int = 32
    first_slot: int = 0
    l1: ProofOfStakeFinality = field(init=False, repr=False, compare=False)

    name: ClassVar[str] = "optimistic_rollup"

    def __post_init__(self) -> None:
        object.__setattr__(self, "l1", ProofOfStakeFinality(self.slots_per_epoch, self.first_slot))

    def safe_head(self, head: int) -> int:
        """Newest block in a batch that L1 has included. It can be undone only with that L1 block."""
        return self._newest_in_batches(head // self.blocks_per_slot)

    def final_head(self, head: int) -> int:
        """Newest block in a batch whose L1 block is final."""
        return self._newest_in_batches(self.l1.final_head(head // self.blocks_per_slot))

    def reversal_probability(self, block: int, head: int) -> float:
        """0 once final. NaN before: an unsafe block is the sequencer's promise, a safe one goes with L1's stake."""
        return 0.0 if block <= self.final_head(head) else math.nan

    def withdrawal_block(self, block: int) -> int:
        """First head at which L1 can pay a withdrawal made in `block`: the challenge window after its batch.

        The earliest case, in which the claim and the proof of the withdrawal follow the batch at once, undisputed.
        """
        batch_slot = (block // self.blocks_per_slot // self.batch_slots + 1) * self.batch_slots
        return (batch_slot + self.challenge_slots) * self.blocks_per_slot

    def _newest_in_batches(self, slot: int) -> int:
        """Newest block in the batches that L1 carries up to `slot`; -1 if there is none."""
        batch_slot = slot // self.batch_slots * self.batch_slots
        return max(batch_slot * self.blocks_per_slot - 1, -1)
