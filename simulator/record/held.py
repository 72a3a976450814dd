"""Recorded blocks that a reorganisation may still undo: they wait in memory until it is known whether they stand."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from simulator.finality import Settlement


@dataclass(slots=True)
class HeldBlock:
    """The rows of one block. What `reorged_by` marks is kept either way; the rest is dropped if the block is undone.

    block, transactions, events : rows without their last column, `reorged_by`
    settlements : included or changed by this block
    parameters, metrics, accounts : rows that count only if the block stands
    unincluded : rows of what left the mempool right before this block, without their last column; they count whatever
        becomes of the block
    reorgs : rows of the reorganisations that came right after this block
    digest : of the run up to this block
    """

    number: int
    block: tuple
    digest: str
    transactions: list[tuple] = field(default_factory=list)
    unincluded: list[tuple] = field(default_factory=list)
    events: list[tuple] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    parameters: list[tuple] = field(default_factory=list)
    metrics: dict[str, float] | None = None
    accounts: list[tuple] = field(default_factory=list)
    reorgs: list[tuple] = field(default_factory=list)
    reorged_by: int | None = None


class HeldBlocks:
    """Blocks in the order of execution, released once none can be undone any more.

    Parameters
    ----------
    depth : int
        How many blocks from the head may still be undone.
    """

    def __init__(self, depth: int):
        self._depth = depth
        self._queue: deque[HeldBlock] = deque()

    @property
    def newest(self) -> HeldBlock:
        """The block executed last. Raises IndexError if none is held."""
        return self._queue[-1]

    def add(self, held: HeldBlock) -> None:
        """Hold the next block."""
        self._queue.append(held)

    def undo(self, ancestor: int, reorg: int) -> None:
        """Reorganisation number `reorg` undid every standing block after `ancestor`."""
        for held in self._queue:
            if held.reorged_by is None and held.number > ancestor:
                held.reorged_by = reorg

    def released(self, head: int) -> Iterator[HeldBlock]:
        """Take out, oldest first, the blocks that can no longer be undone when `head` is the newest block."""
        queue = self._queue
        while queue and (queue[0].reorged_by is not None or queue[0].number <= head - self._depth):
            yield queue.popleft()

    def rest(self) -> Iterator[HeldBlock]:
        """Take out all that is left: no block will be undone any more."""
        while self._queue:
            yield self._queue.popleft()
