"""What a finality model answers, and the states a settlement goes through."""

from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """Life of a settlement. FINAL never changes again."""

    PENDING = "pending"
    INCLUDED = "included"
    SAFE = "safe"
    FINAL = "final"
    REVERTED = "reverted"


class FinalityModel(Protocol):
    """When a block becomes safe and final, as the head advances. Both heads never decrease as `head` grows."""

    @property
    def name(self) -> str:
        """The scenario's name of the model."""

    def safe_head(self, head: int) -> int:
        """Number of the newest block that is safe when `head` is the newest block; -1 if none is."""

    def final_head(self, head: int) -> int:
        """Number of the newest block that is final when `head` is the newest block; -1 if none is."""

    def reversal_probability(self, block: int, head: int) -> float:
        """Probability that `block` is still reversed, seen from `head`; 0 once final by the model's own rule.

        NaN where the model puts no number on it.
        """
