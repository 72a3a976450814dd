"""Byzantine agreement on every block: final when committed."""

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class InstantBftFinality:
    """A block is final once `delay_blocks` blocks follow it; with 0, when it is included.

    Two thirds of the validators agree on a block before the next (Tendermint, 0), or their votes for later blocks
    commit it (chained HotStuff: three blocks in a row commit the first, 2). Short of a third of them faulty no
    committed block is undone. A block that still waits is a proposal and no safer than another: safe is final.

    Parameters
    ----------
    delay_blocks : int
        Blocks after its own until a block is committed, at least 0.

    References
    ----------
    Buchman, Kwon and Milosevic (2018), The latest gossip on BFT consensus, arXiv:1807.04938.
    Yin et al. (2019), HotStuff: BFT consensus in the lens of blockchain, arXiv:1803.05069, section 5.
    """

    delay_blocks: int = 0

    name: ClassVar[str] = "instant_bft"

    def safe_head(self, head: int) -> int:
        """Newest committed block."""
        return self.final_head(head)

    def final_head(self, head: int) -> int:
        """Newest committed block."""
        return max(head - self.delay_blocks, -1)

    def reversal_probability(self, block: int, head: int) -> float:
        """0 once final. NaN before: the rule says nothing of proposals."""
        return 0.0 if block <= self.final_head(head) else math.nan
