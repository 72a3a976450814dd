"""Follows every settlement from the mempool until it is irrevocable."""

from collections import deque
from collections.abc import Hashable, Iterator
from dataclasses import replace

from simulator.errors import FinalityViolation, InvariantError
from simulator.finality.protocol import FinalityModel, Status
from simulator.finality.settlement import Settlement


class SettlementTracker:
    """The finality status of every settlement: pending -> included -> safe -> final, or reverted.

    For each block, in this order: `pending` and `dropped` for what entered and left the mempool, `included` for what
    the block settled, then `advance` to the block. Work is proportional to the settlements that change: they wait in
    two queues, oldest block first, one for safety and one for finality.

    Parameters
    ----------
    model : FinalityModel
    """

    def __init__(self, model: FinalityModel):
        self._model = model
        self._history: list[Settlement] = []
        self._latest: dict[int, int] = {}
        self._submitted: dict[Hashable, int] = {}
        self._await_safe: deque[int] = deque()
        self._await_final: deque[int] = deque()
        self._head = -1
        self._final_head = -1

    def __len__(self) -> int:
        return len(self._history)

    def __iter__(self) -> Iterator[Settlement]:
        """Every settlement there ever was, reverted ones too, in order of inclusion."""
        return iter(self._history)

    def __getitem__(self, settlement: int) -> Settlement:
        """The settlement that last took this number of the ledger. Raises KeyError."""
        return self._history[self._latest[settlement]]

    @property
    def final_head(self) -> int:
        """Newest block that is final; -1 if none is."""
        return self._final_head

    @property
    def newest_open_block(self) -> int | None:
        """Newest block with a settlement that is not final yet; None if all are."""
        queue = self._await_safe or self._await_final
        return self._history[queue[-1]].included_block if queue else None

    def counts(self) -> dict[str, int]:
        """Number of settlements in each status; `pending` counts transactions that wait for a block."""
        counts = {status.value: 0 for status in Status}
        for settlement in self._history:
            counts[settlement.status] += 1
        counts[Status.PENDING] = len(self._submitted)
        return counts

    def pending(self, key: Hashable, block: int) -> None:
        """A transaction that would settle entered the mempool while `block` was the head; `key` names it."""
        self._submitted.setdefault(key, block)

    def dropped(self, key: Hashable) -> None:
        """That transaction left the mempool, or failed, without settling anything. Unknown keys are ignored."""
        self._submitted.pop(key, None)

    def included(self, settlement: Settlement, key: Hashable = None) -> Settlement:
        """A new block settled this; if the transaction was pending as `key`, that dates its submission.

        Raises
        ------
        FinalityViolation
            If its block is final already, or its number belongs to a final settlement.
        InvariantError
            If its block is not after the head, or its number is in use.
        """
        number, block = settlement.settlement, settlement.included_block
        if block <= self._final_head:
            raise FinalityViolation(f"settlement {number} appeared in block {block}, which is final")
        if block <= self._head:
            raise InvariantError(f"settlement {number} appeared in block {block}, behind the head {self._head}")
        attempt = 0
        if number in self._latest:
            earlier = self[number]
            if earlier.status is Status.FINAL:
                raise FinalityViolation(f"settlement {number} is final and was settled again in block {block}")
            if earlier.status is not Status.REVERTED:
                raise InvariantError(f"settlement {number} was included twice: {earlier.included_block} and {block}")
            attempt = earlier.attempt + 1
        submitted = self._submitted.pop(key, settlement.submitted_block)
        settlement = replace(settlement, status=Status.INCLUDED, attempt=attempt, submitted_block=submitted)
        self._latest[number] = len(self._history)
        self._await_safe.append(len(self._history))
        self._history.append(settlement)
        return settlement

    def advance(self, head: int, time: int) -> list[Settlement]:
        """Move the head forward to a block and return the settlements whose status changed, oldest first.

        Raises
        ------
        InvariantError
            If `head` is not after the previous one; `reverted` comes first in a reorganisation.
        """
        if head <= self._head:
            raise InvariantError(f"the head went from {self._head} to {head} without a reorganisation")
        self._head = head
        self._final_head = max(self._final_head, self._model.final_head(head))
        safe_head = max(self._final_head, self._model.safe_head(head))
        safe = self._ripe(self._await_safe, safe_head)
        for index in safe:
            self._history[index] = replace(self._history[index], status=Status.SAFE, safe_block=head, safe_time=time)
        self._await_final.extend(safe)
        final = self._ripe(self._await_final, self._final_head)
        for index in final:
            self._history[index] = replace(self._history[index], status=Status.FINAL, final_block=head, final_time=time)
        # What became final was safe before, or became safe just now: each changed settlement is listed once.
        return [self._history[index] for index in sorted({*final, *safe})]

    def reverted(self, ancestor: int) -> list[Settlement]:
        """Undo every block after `ancestor`, the new head; returns the settlements undone, oldest first.

        Their transactions return to the mempool: the caller reports them `pending` again.

        Raises
        ------
        FinalityViolation
            If a final block would be undone. Nothing has changed then.
        """
        if ancestor < self._final_head:
            raise FinalityViolation(
                f"a reorganisation back to block {ancestor} would undo block {self._final_head}, which is final"
            )
        undone: list[int] = []
        for queue in (self._await_safe, self._await_final):
            while queue and self._history[queue[-1]].included_block > ancestor:
                undone.append(queue.pop())
        for index in undone:
            self._history[index] = replace(self._history[index], status=Status.REVERTED)
        self._head = min(self._head, ancestor)
        return [self._history[index] for index in sorted(undone)]

    def _ripe(self, queue: deque[int], upto: int) -> list[int]:
        """Take from the front of `queue` what was included in blocks up to `upto`."""
        ripe = []
        while queue and self._history[queue[0]].included_block <= upto:
            ripe.append(queue.popleft())
        return ripe
