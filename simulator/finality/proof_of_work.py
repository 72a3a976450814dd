"""Proof of work: the exact probability that a block is reversed by a double-spend race."""

from dataclasses import dataclass, field
from typing import ClassVar

from scipy.special import betainc

_SEARCH_LIMIT = 2**40


def reversal_probability(attacker_share: float, confirmations: int) -> float:
    """Probability that an attacker's branch overtakes a block with so many confirmations.

    P(n) = I_{4pq}(n, 1/2), the regularised incomplete beta function, for attacker share q < 1/2 and p = 1 - q; equal to
    1 - sum_{m=0..n} C(m+n-1, m) (p^n q^m - p^m q^n). Nakamoto's approximation takes the attacker's progress as Poisson
    and understates it. An attacker with half of the hash rate or more always overtakes.

    Parameters
    ----------
    attacker_share : float
        Share of the hash rate, in [0, 1].
    confirmations : int
        Blocks from the one in question to the head, both counted; 0 if it is not yet in the chain.

    Raises
    ------
    ValueError
        If the share is not in [0, 1].

    References
    ----------
    Rosenfeld (2012), Analysis of hashrate-based double-spending.
    Grunspan and Perez-Marco (2018), Double spend races, theorem 1.
    """
    if not 0.0 <= attacker_share <= 1.0:
        raise ValueError(f"attacker share {attacker_share} must lie between 0 and 1")
    if confirmations <= 0 or attacker_share >= 0.5:
        return 1.0
    # 4pq written so that it keeps its distance from 1 for shares near one half.
    return float(betainc(confirmations, 0.5, 1.0 - (1.0 - 2.0 * attacker_share) ** 2))


def confirmations_below(attacker_share: float, probability: float) -> int:
    """Fewest confirmations with a reversal probability below `probability`.

    Raises
    ------
    ValueError
        If no practical number is enough: the share is too near one half, or above.
    """
    enough = 1
    while reversal_probability(attacker_share, enough) >= probability:
        enough *= 2
        if enough > _SEARCH_LIMIT:
            raise ValueError(f"attacker share {attacker_share} is too near 0.5 to reach {probability}; lower it")
    too_few = enough // 2
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if reversal_probability(attacker_share, middle) < probability:
            enough = middle
        else:
            too_few = middle
    return enough


@dataclass(frozen=True, slots=True)
class ProofOfWorkFinality:
    """Safe and final are confirmations: the fewest whose reversal probability is below each threshold.

    Parameters
    ----------
    attacker_share : float
        Share of the hash rate against the chain, in [0, 0.5).
    safe_probability, final_probability : float
        Reversal probabilities below which a block counts as safe and as final.
    """

    attacker_share: float = 0.1
    safe_probability: float = 1e-2
    final_probability: float = 1e-4
    safe_confirmations: int = field(init=False)
    final_confirmations: int = field(init=False)

    name: ClassVar[str] = "proof_of_work"

    def __post_init__(self) -> None:
        safe = confirmations_below(self.attacker_share, self.safe_probability)
        final = confirmations_below(self.attacker_share, self.final_probability)
        object.__setattr__(self, "safe_confirmations", safe)
        object.__setattr__(self, "final_confirmations", final)

    def safe_head(self, head: int) -> int:
        """Newest block with enough confirmations to be safe."""
        return max(head - self.safe_confirmations + 1, -1)

    def final_head(self, head: int) -> int:
        """Newest block with enough confirmations to be final."""
        return max(head - self.final_confirmations + 1, -1)

    def reversal_probability(self, block: int, head: int) -> float:
        """Exact race probability until final, then 0 by decree: the threshold is what the user accepted as never."""
        if block <= self.final_head(head):
            return 0.0
        return reversal_probability(self.attacker_share, head - block + 1)
