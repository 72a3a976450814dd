"""The newest blocks of a chain: what a reorganisation undoes, and how far back one may reach."""

from collections import deque
from typing import Any

from simulator.chain.protocol import REVERTIBLE_BLOCKS, Block
from simulator.errors import ChainError

# Blocks, oldest first, each with what its backend needs to return to its parent.
Kept = tuple[tuple[Block, Any], ...]


class History:
    """The last `REVERTIBLE_BLOCKS` blocks, each with what its backend needs to return to its parent.

    Older blocks are forgotten, so that a long run neither slows nor swells. `finalise` stops reorganisations earlier.

    Parameters
    ----------
    head : newest block, the first that a reorganisation may return to.
    """

    def __init__(self, head: int):
        self._entries: deque[tuple[Block, Any]] = deque(maxlen=REVERTIBLE_BLOCKS)
        self._head = head
        self.finalised = head

    def __getitem__(self, number: int) -> Block:
        """The block with this number. Raises KeyError if it is not, or no longer, kept."""
        place = number - self._oldest
        if not 0 <= place < len(self._entries):
            raise KeyError(number)
        return self._entries[place][0]

    def __iter__(self):
        """Blocks that are kept, oldest first."""
        return (block for block, _ in self._entries)

    def extend(self, block: Block, parent: Any) -> None:
        """Add the new head; `parent` is how to return to the block before it."""
        self._entries.append((block, parent))
        self._head = block.number

    def undo(self, depth: int) -> tuple[tuple[Block, ...], Any]:
        """Take out the newest `depth` blocks: them, oldest first, and how to return to their common parent.

        Raises
        ------
        ChainError
            If one of them is final or no longer kept, or `depth` is not positive. Nothing has changed then.
        """
        self.require(depth)
        taken = [self._entries.pop() for _ in range(depth)]
        self._head -= depth
        return tuple(block for block, _ in reversed(taken)), taken[-1][1]

    def parent(self, number: int) -> Any:
        """How to return to the state just before block `number`. Raises ChainError if the block is not kept."""
        place = number - self._oldest
        if not 0 <= place < len(self._entries):
            raise ChainError(
                f"the state of block {number - 1} is not there: the chain keeps those of blocks {self._oldest - 1} to "
                f"{self._head}"
            )
        return self._entries[place][1]

    def require(self, depth: int) -> None:
        """Raise ChainError unless the newest `depth` blocks may be undone."""
        if depth < 1:
            raise ChainError(f"a reorganisation undoes one block or more, got depth {depth}")
        ancestor = self._head - depth
        if ancestor < self.finalised:
            raise ChainError(
                f"a reorganisation of depth {depth} at block {self._head} would undo block {ancestor + 1}, but blocks "
                f"up to {self.finalised} are final: the deepest possible is {self._head - self.finalised}"
            )
        if depth > len(self._entries):
            raise ChainError(
                f"a reorganisation of depth {depth} at block {self._head} is too deep: the chain keeps the last "
                f"{len(self._entries)} blocks revertible"
            )

    def finalise(self, number: int) -> None:
        """Make blocks up to `number` final. Raises ChainError for a block after the head."""
        if number > self._head:
            raise ChainError(f"block {number} cannot be final: the head is block {self._head}")
        self.finalised = max(self.finalised, number)

    def kept(self) -> Kept:
        """The blocks that are kept now, for a snapshot."""
        return tuple(self._entries)

    def return_to(self, number: int, kept: Kept) -> None:
        """Go back to when block `number` was the head and these blocks were kept: a snapshot from then was restored.

        Blocks that were final since are so no more if they came after it.
        """
        self._entries = deque(kept, REVERTIBLE_BLOCKS)
        self._head = number
        self.finalised = min(self.finalised, number)

    @property
    def _oldest(self) -> int:
        return self._head - len(self._entries) + 1
