"""The part of an episode that the story of one liquidation tells; the rest is counted."""

from collections.abc import Sequence

from simulator.explain import words
from simulator.explain.episodes import Episode
from simulator.explain.evidence import Entry, Evidence
from simulator.explain.moment import AFTER_ALL, Kind, Moment
from simulator.finality import Settlement, Status

Key = tuple[int, int]


class Part:
    """Some liquidations of an episode, and what belongs to them of its bids, auctions and holds.

    Where lots are sold, that is what was said of their lots. Otherwise it is what happened after the last other
    liquidation before them and up to the first one after them. What belongs to another breach is left out.

    Parameters
    ----------
    evidence : Evidence
    episode : Episode
    settlements : sequence of Settlement
        In the order of execution.
    earlier, later : Episode, optional
        The account's episodes before and after this one.
    """

    def __init__(
        self,
        evidence: Evidence,
        episode: Episode,
        settlements: Sequence[Settlement],
        earlier: Episode | None = None,
        later: Episode | None = None,
    ):
        self._evidence = evidence
        self.settlements = tuple(settlements)
        self.keys = [s.key for s in settlements]
        closed = [evidence.closed_out[key] for key in self.keys]
        others = [s for s in episode.settlements if s.key not in self.keys]
        self._before = [s for s in others if self._closed(s).order < closed[0].order]
        self._between = [s for s in others if closed[0].order < self._closed(s).order < closed[-1].order]
        self._after = [s for s in others if self._closed(s).order > closed[-1].order]
        self._earlier_end = self._end_of(earlier)
        self._later, self._later_breach = later, self._breach_of(later, closed[-1])
        self._start = self._closed(self._before[-1]).order if self._before else self._earlier_end
        self._end = self._closed(self._after[0]).order if self._after else self._later_breach
        self._lots = {lot for entry in closed if (lot := self._lot(entry)) is not None}

    def has(self, place: tuple[float, int, int], lot: int | None) -> bool:
        """Whether a bid at a place in the order of execution belongs to it."""
        return self._start < place < self._end if lot is None or not self._lots else lot in self._lots

    def tells(self, moment: Moment) -> bool:
        """Whether a moment that is no bid does; what was said of other lots, calls and holds does not."""
        if moment.kind is Kind.FINALITY:
            return moment.figures["settlement"] in {number for number, _ in self.keys}
        if moment.kind is not Kind.AUCTION:
            return True
        if not self._earlier_end < moment.place < self._later_breach:
            return False
        if "call" in moment.figures:
            return self._start < moment.place < self._end
        lot = moment.figures.get("lot")
        return lot is None or not self._lots or lot in self._lots

    def others(self) -> list[Moment]:
        """The other liquidations of the episode, counted: those before, those in between, those after."""
        return [
            self._counted(settlements, text)
            for settlements, text in (
                (self._before, "before it"),
                (self._between, "meanwhile"),
                (self._after, "after it"),
            )
            if settlements
        ]

    def later(self) -> Moment | None:
        """The next breach of the account, which has a story of its own."""
        if self._later is None:
            return None
        evidence, settlements = self._evidence, self._later.settlements
        text = (
            f"below maintenance margin anew, which leads to {_liquidations(settlements)} {self._where(settlements)}: "
            "another story"
        )
        place = self._later_breach
        block, time = evidence.execution.numbers[place[0]], evidence.execution.timestamps[place[0]]
        undone_by = evidence.execution.undone_by[place[0]] or None
        figures = {"settlements": [{"settlement": s.settlement, "attempt": s.attempt} for s in settlements]}
        return Moment(place, block, time, Kind.MARGIN, text, figures, undone_by)

    def _end_of(self, earlier: Episode | None) -> tuple[float, int, int]:
        """The end of the block that closed out last for an earlier breach."""
        return (-1, 0, 0) if earlier is None else (self._closed(earlier.settlements[-1]).place, AFTER_ALL, 0)

    def _breach_of(self, later: Episode | None, closed: Entry) -> tuple[float, int, int]:
        """When a later breach was seen; after the last liquidation of this one, `closed`, in any case."""
        if later is None:
            return len(self._evidence.execution), 0, 0
        first = self._closed(later.settlements[0])
        if later.breach_block is None:
            return first.order
        place = self._evidence.execution.latest(later.breach_block, first.place)
        return max(closed.place, place), AFTER_ALL, 1

    def _counted(self, settlements: list[Settlement], when: str) -> Moment:
        evidence, quote = self._evidence, self._evidence.quote
        standing = [s for s in settlements if s.status is not Status.REVERTED]
        last = self._closed(settlements[-1])
        paid, bad_debt = sum(max(s.payment, 0.0) for s in standing), sum(s.bad_debt for s in standing)
        text = (
            f"{when} {_liquidations(settlements, 'other ')} of account {settlements[0].account} for the same breach "
            f"{self._where(settlements)}: {words.amount(paid, quote)} paid, {words.amount(bad_debt, quote)} of bad debt"
        )
        undone = len(settlements) - len(standing)
        figures = {"others": len(settlements), "undone": undone, "paid": paid, "bad_debt": bad_debt}
        at = self._closed(self.settlements[-1]) if when == "after it" else last
        order, time = (at.place, at.transaction, AFTER_ALL + 3), evidence.execution.timestamps[at.place]
        return Moment(order, at.block, time, Kind.LIQUIDATION, text, figures)

    def _where(self, settlements: Sequence[Settlement]) -> str:
        """Numbers and blocks of liquidations, and how many came undone."""
        numbers = sorted({s.settlement for s in settlements})
        named = f"settlement {numbers[0]}" if len(numbers) == 1 else f"numbers {numbers[0]} to {numbers[-1]}"
        blocks = words.block_range(self._closed(settlements[0]).block, self._closed(settlements[-1]).block)
        undone = sum(s.status is Status.REVERTED for s in settlements)
        return f"({named}, {blocks}{f', {undone} of them undone' if undone else ''})"

    def _closed(self, settlement: Settlement) -> Entry:
        return self._evidence.closed_out[settlement.key]

    def _lot(self, closed: Entry) -> int | None:
        """The lot that a close-out sold."""
        entry = self._evidence.sold_lots.get((closed.place, closed.transaction))
        return None if entry is None else entry.args["lot"]


def _liquidations(settlements: Sequence[Settlement], other: str = "") -> str:
    return f"{len(settlements)} {other}liquidation{'' if len(settlements) == 1 else 's'}"
