"""Wake-up queue: the cost of a block follows who acts in it, not how many exist."""

import heapq
from collections.abc import Iterator

from agents.base import ProtocolAgent


class Alarm:
    """Agents by the time they want to be woken; ties by the order in which they asked."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, ProtocolAgent]] = []
        self._order = 0

    def set(self, when: float, agent: ProtocolAgent) -> None:
        """Wake `agent` at `when` (UTC seconds)."""
        self._order += 1
        heapq.heappush(self._queue, (when, self._order, agent))

    def due(self, now: float) -> Iterator[ProtocolAgent]:
        """Take out everyone whose time has come, in order; an agent that asks again for now waits for the next call."""
        ready = []
        while self._queue and self._queue[0][0] <= now:
            ready.append(heapq.heappop(self._queue)[2])
        return iter(ready)
