"""What a publisher of a risk model posts: calls that belong together."""

from dataclasses import dataclass
from typing import Any, Protocol

from simulator.oracle.policy import Estimates


@dataclass(frozen=True, slots=True)
class RiskModelUpdate:
    """One call of the contract that holds the risk model; an update may take several, in this order.

    contract : its role
    before, after : deviations and correlations by name, as in `parameters.parquet`, one mapping per asset
    inputs : the estimates behind it
    """

    contract: str
    function: str
    arguments: tuple[Any, ...]
    timestamp: int
    before: tuple[dict[str, float], ...]
    after: tuple[dict[str, float], ...]
    inputs: dict[str, Any]


class RiskModelPublisher(Protocol):
    """Decides when the model of a margin rule is posted, and what."""

    def due(self, timestamp: int, estimates: Estimates) -> list[RiskModelUpdate]:
        """What to post at `timestamp` (UTC seconds), counted as posted; empty if nothing."""

    def resolve(self, update: RiskModelUpdate, accepted: bool, timestamp: int) -> None:
        """Learn what the contract did with a call, in a block at `timestamp` (UTC seconds)."""
