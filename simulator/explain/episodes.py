"""From a breach to the last liquidation that it led to."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.finality import Settlement, Status


@dataclass(frozen=True, slots=True)
class Episode:
    """Liquidations of one account that go back to the same breach, in the order of execution.

    A liquidation that was undone and the one that came instead belong together, though the account may have been seen
    below maintenance anew in between.
    """

    account: int
    settlements: tuple[Settlement, ...]

    @property
    def breach_block(self) -> int | None:
        """Block after which the account was first seen below maintenance margin; None if never before its close-out."""
        return min((s.breach_block for s in self.settlements if s.breach_block is not None), default=None)

    @property
    def keys(self) -> tuple[tuple[int, int], ...]:
        """(settlement, attempt) of each."""
        return tuple(s.key for s in self.settlements)

    @property
    def standing(self) -> tuple[Settlement, ...]:
        """Those that were not undone."""
        return tuple(s for s in self.settlements if s.status is not Status.REVERTED)


def episodes(settlements: Iterable[Settlement]) -> list[Episode]:
    """All episodes of the liquidations given in the order of execution, by their first one."""
    found: list[list[Settlement]] = []
    latest: dict[int, list[Settlement]] = {}
    for settlement in settlements:
        before = latest.get(settlement.account)
        if before and _continues(before, settlement):
            before.append(settlement)
        else:
            latest[settlement.account] = [settlement]
            found.append(latest[settlement.account])
    return [Episode(group[0].account, tuple(group)) for group in found]


def _continues(before: list[Settlement], after: Settlement) -> bool:
    if before[-1].status is Status.REVERTED:
        return True
    if after.breach_block is None:
        # A block that was built again closed it out before anybody had looked at the account anew.
        return any(settlement.status is Status.REVERTED for settlement in before)
    return after.breach_block in {settlement.breach_block for settlement in before}
