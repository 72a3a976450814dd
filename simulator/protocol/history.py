"""Taking indices back to an earlier block."""

import pickle
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from simulator.chain.events import Event

IMAGE_BLOCKS = 32
"""An image of every index is kept this often; blocks since the last one are applied again from their events."""


class Index(Protocol):
    """State that follows from events; `REVERSIBLE` names the attributes that hold it."""

    REVERSIBLE: ClassVar[tuple[str, ...]]


@dataclass(slots=True)
class _Segment:
    """An image of the indices after block `number`, and (number, timestamp, events) of the blocks up to the next."""

    number: int
    image: bytes
    blocks: list[tuple[int, int, Sequence[Event]]] = field(default_factory=list)


class IndexHistory:
    """What the newest blocks did to the indices, so that it can be undone.

    Parameters
    ----------
    indices : sequence of Index
    apply : callable
        Applies one event, of a block at a timestamp, to the index it concerns.
    depth : int
        How many blocks can be undone.
    head : int
        The block after which the indices stand now.
    """

    def __init__(self, indices: Sequence[Index], apply: Callable[[Event, int], None], depth: int, head: int):
        self._indices = tuple(indices)
        self._apply = apply
        self._depth = depth
        self._segments = deque([_Segment(head, self._image())])

    def add(self, number: int, timestamp: int, events: Sequence[Event]) -> None:
        """The indices have taken in block `number`."""
        self._segments[-1].blocks.append((number, timestamp, events))
        if number % IMAGE_BLOCKS == 0:
            self._segments.append(_Segment(number, self._image()))
        while len(self._segments) > 1 and self._segments[1].number <= number - self._depth:
            self._segments.popleft()

    def undo(self, ancestor: int) -> None:
        """Take the indices back to where they stood after block `ancestor`. Raises ValueError if that is too far."""
        segments = self._segments
        while len(segments) > 1 and segments[-1].number > ancestor:
            segments.pop()
        segment = segments[-1]
        if segment.number > ancestor:
            raise ValueError(f"block {ancestor} is not kept; {self._depth} blocks can be undone")
        segment.blocks = [block for block in segment.blocks if block[0] <= ancestor]
        for index, state in zip(self._indices, pickle.loads(segment.image), strict=True):
            for name, value in state.items():
                setattr(index, name, value)
        for _, timestamp, events in segment.blocks:
            for event in events:
                self._apply(event, timestamp)

    def _image(self) -> bytes:
        states = [{name: getattr(index, name) for name in index.REVERSIBLE} for index in self._indices]
        return pickle.dumps(states, pickle.HIGHEST_PROTOCOL)
