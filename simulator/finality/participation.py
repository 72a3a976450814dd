"""Casper FFG when part of the stake is offline: delayed justification, and the inactivity leak that ends the delay."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

PATIENCE_EPOCHS = 4
"""Epochs without finality before the leak begins (MIN_EPOCHS_TO_INACTIVITY_PENALTY)."""
SCORE_BIAS, SCORE_RECOVERY = 4, 16
"""Inactivity score gained per missed epoch, and lost per epoch out of the leak. Who misses an epoch with a score left
pays for it, in the leak or after it."""
PENALTY_QUOTIENT = 2**24
"""INACTIVITY_PENALTY_QUOTIENT since Bellatrix: an offline balance falls like exp(-epochs^2 / 2^25)."""


@dataclass(slots=True)
class _Cohort:
    """Validators that go offline and come back together; `below` is the participation at which they do."""

    below: float
    balance: float
    score: float = 0.0


class CheckpointVotes:
    """Which checkpoints are justified and final at the end of each epoch, computed as far as asked.

    A participation p means that the first p of the stake votes, so that the same validators are offline each time.
    Ejection at half the balance is left out: the leak restores the quorum before, unless half of the stake or less
    votes, and then it is quicker than the queue of those who are to leave.

    Parameters
    ----------
    participation : sequence of (epoch, share)
        From this epoch on so much of the original stake votes; epochs rise from 0, shares in [0, 1].

    References
    ----------
    Ethereum consensus specifications: phase 0, `weigh_justification_and_finalization`; Altair and Bellatrix,
    `process_inactivity_updates` and `get_inactivity_penalty_deltas`.
    """

    def __init__(self, participation: list[tuple[int, float]]):
        self._starts = [epoch for epoch, _ in participation]
        self._shares = [share for _, share in participation]
        levels = sorted({0.0, 1.0, *self._shares})
        self._cohorts = [_Cohort(high, high - low) for low, high in pairwise(levels)]
        self._justified: list[int] = []
        self._final: list[int] = []

    def justified(self, epoch: int) -> int:
        """Epoch of the newest justified checkpoint at the end of `epoch`; -1 if there is none."""
        self._reach(epoch)
        return self._justified[epoch] if epoch >= 0 else -1

    def final(self, epoch: int) -> int:
        """Epoch of the newest final checkpoint at the end of `epoch`; -1 if there is none."""
        self._reach(epoch)
        return self._final[epoch] if epoch >= 0 else -1

    def _reach(self, epoch: int) -> None:
        while len(self._justified) <= epoch:
            self._process(len(self._justified))

    def _process(self, epoch: int) -> None:
        share = self._shares[bisect_right(self._starts, epoch) - 1]
        voting = sum(cohort.balance for cohort in self._cohorts if cohort.below <= share)
        total = sum(cohort.balance for cohort in self._cohorts)
        justified = self._justified[-1] if self._justified else -1
        final = self._final[-1] if self._final else -1
        if 3 * voting >= 2 * total:
            if justified == epoch - 1:
                final = justified
            justified = epoch
        self._justified.append(justified)
        self._final.append(final)
        leaking = epoch - 1 - final > PATIENCE_EPOCHS
        for cohort in self._cohorts:
            if cohort.below > share:
                cohort.score += SCORE_BIAS
            else:
                cohort.score -= min(1.0, cohort.score)
            if not leaking:
                cohort.score -= min(SCORE_RECOVERY, cohort.score)
            if cohort.below > share:
                cohort.balance *= 1.0 - cohort.score / (SCORE_BIAS * PENALTY_QUOTIENT)
