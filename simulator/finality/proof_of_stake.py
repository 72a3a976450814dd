"""Ethereum proof of stake: justified and finalised checkpoints, slot by slot."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

from simulator.finality.participation import CheckpointVotes


@dataclass(frozen=True, slots=True)
class ProofOfStakeFinality:
    """Casper FFG with a block in every slot; block n is in slot `first_slot` + n.

    A checkpoint is the first slot of an epoch. The epoch transition at the end of epoch N justifies checkpoint N and
    finalises checkpoint N - 1, so a head in epoch E sees checkpoint E - 1 justified and E - 2 finalised. A block in
    slot k of its epoch is therefore final after 3 n - k slots (n slots an epoch), and after 2 n where k = 0: the
    checkpoint itself. With 32 slots of 12 s that is 780 to 1,140 s, 768 s for a checkpoint, 954 s on average.

    That is with full participation. While less than two thirds of the stake votes nothing is justified, until the stake
    comes back or the inactivity leak has shrunk what is offline (`CheckpointVotes`).

    The chain is taken to be long past its genesis, whose first two epochs the specification exempts from
    justification.

    Parameters
    ----------
    slots_per_epoch : int
    first_slot : int
        Slot of block 0, counted from the start of an epoch.
    participation : sequence of (epoch, share)
        Share of the stake that votes from an epoch on; empty for all of it.

    References
    ----------
    Ethereum consensus specifications, phase 0, `weigh_justification_and_finalization`.
    """

    slots_per_epoch: int = 32
    first_slot: int = 0
    participation: tuple[tuple[int, float], ...] = ()
    votes: CheckpointVotes | None = field(init=False, repr=False, compare=False)

    name: ClassVar[str] = "proof_of_stake"

    def __post_init__(self) -> None:
        votes = CheckpointVotes(list(self.participation)) if self.participation else None
        object.__setattr__(self, "votes", votes)

    def safe_head(self, head: int) -> int:
        """Newest block under the justified checkpoint. Justified is not irrevocable if the network is partitioned."""
        passed = self._epoch(head) - 1
        return self._first_block(self.votes.justified(passed) if self.votes else passed)

    def final_head(self, head: int) -> int:
        """Newest block under the finalised checkpoint."""
        passed = self._epoch(head) - 1
        return self._first_block(self.votes.final(passed) if self.votes else passed - 1)

    def reversal_probability(self, block: int, head: int) -> float:
        """0 once final. NaN before: the rule prices a reversal in stake destroyed, not in probability."""
        return 0.0 if block <= self.final_head(head) else math.nan

    def _epoch(self, head: int) -> int:
        return (self.first_slot + head) // self.slots_per_epoch

    def _first_block(self, epoch: int) -> int:
        return max(epoch * self.slots_per_epoch - self.first_slot, -1)
