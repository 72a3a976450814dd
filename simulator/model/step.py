"""What one step did, for whoever records it."""

from dataclasses import dataclass, field

from simulator.chain.block_space import ProducedBlock
from simulator.chain.events import Event
from simulator.finality.settlement import Settlement


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """A decoded event and where it stands: transaction in the block, log in the block."""

    transaction: int
    index: int
    event: Event


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """A value that the oracle posted: in force before and after, or refused and why."""

    underlying: int
    parameter: str
    before: float
    after: float
    accepted: bool
    reason: str
    inputs: dict


@dataclass(frozen=True, slots=True)
class Reorganisation:
    """Blocks that were undone before a step, down to `ancestor`, and as many that were built in their place.

    `reverted` : the settlements undone.
    """

    ancestor: int
    reverted: list[Settlement]
    rebuilt: "list[Step]"


@dataclass(slots=True)
class Step:
    """One simulated block, after the reorganisation that came before it, if there was one."""

    produced: ProducedBlock
    events: list[PlacedEvent] = field(default_factory=list)
    changes: list[ParameterChange] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    """Settlements included in this block or whose finality changed with it."""
    metrics: dict[str, float] = field(default_factory=dict)
    reorg: Reorganisation | None = None
