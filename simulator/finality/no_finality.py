"""No rule at all: nothing is ever safe or final."""

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class NoFinality:
    """For runs that ask what happens while nothing is settled for good; settlements stay included, or are reverted."""

    name: ClassVar[str] = "none"

    def safe_head(self, head: int) -> int:
        """No block is."""
        return -1

    def final_head(self, head: int) -> int:
        """No block is."""
        return -1

    def reversal_probability(self, block: int, head: int) -> float:
        """NaN: the model puts no number on it."""
        return math.nan
