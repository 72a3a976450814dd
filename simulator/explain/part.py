"""The part of an episode that the story of one liquidation tells; the rest is counted."""

from collections.abc import Sequence

from simulator.explain import words
from simulator.explain.episodes import Episode
from simulator.explain.evidence import Entry, Evidence
from simulator.explain.moment import AFTER_ALL, Kind, Moment
from simulator.finality import Settlement, Status

Key = tuple[int, int]


class Part:
    """Some liquidations of an episode, and what belongs to them of its bids and auctions.

    Where lots are sold, that is what was said of their lots. Otherwise it is what happened after the last other
    liquidation before them and up to the first one after them.

    Parameters
    ----------
    evidence : Evidence
    episode : Episode
    settlements : sequence of Settlement
        In the order of execution.
    """

    def __init__(self, evidence: Evidence, episode: Episode, settlements: Sequence[Settlement]):
        self._evidence = evidence
        self.settlements = tuple(settlements)
        self.keys = [s.key for s in settlements]
        closed = [evidence.closed_out[key] for key in self.keys]
        others = [s for s in episode.settlements if s.key not in self.keys]
        self._before = [s for s in others if self._closed(s).order < closed[0].order]
        self._between = [s for s in others if closed[0].order < self._closed(s).order < closed[-1].order]
        self._after = [s for s in others if self._closed(s).order > closed[-1].order]
        self._start = self._closed(self._before[-1]).order if self._before else (-1, 0, 0)
        self._end = self._closed(self._after[0]).order if self._after else (len(evidence.execution), 0, 0)
        self._lots = {lot for entry in closed if (lot := self._lot(entry)) is not None}

    def has(self, place: tuple[float, int, int], lot: int | None) -> bool:
        """Whether a bid at a place in the order of execution belongs to it."""
        return self._start < place < self._end if lot is None or not self._lots else lot in self._lots

    def has_auction(self, moment: Moment) -> bool:
        """Whether a moment does; only what was said of other lots, and calls that were lost on them, do not."""
        if moment.kind is not Kind.AUCTION:
            return True
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

    def _counted(self, settlements: list[Settlement], when: str) -> Moment:
        evidence, quote = self._evidence, self._evidence.quote
        standing = [s for s in settlements if s.status is not Status.REVERTED]
        first, last = (self._closed(s) for s in (settlements[0], settlements[-1]))
        paid, bad_debt = sum(max(s.payment, 0.0) for s in standing), sum(s.bad_debt for s in standing)
        undone = len(settlements) - len(standing)
        numbers = sorted({s.settlement for s in settlements})
        named = f"settlement {numbers[0]}" if len(numbers) == 1 else f"numbers {numbers[0]} to {numbers[-1]}"
        text = (
            f"{when} {len(settlements)} other liquidation{'' if len(settlements) == 1 else 's'} of account "
            f"{settlements[0].account} for the same breach ({named}, {words.block_range(first.block, last.block)}"
            f"{f', {undone} of them undone' if undone else ''}): {words.amount(paid, quote)} paid, "
            f"{words.amount(bad_debt, quote)} of bad debt"
        )
        figures = {"others": len(settlements), "undone": undone, "paid": paid, "bad_debt": bad_debt}
        at = self._closed(self.settlements[-1]) if when == "after it" else last
        order, time = (at.place, at.transaction, AFTER_ALL + 3), evidence.execution.timestamps[at.place]
        return Moment(order, at.block, time, Kind.LIQUIDATION, text, figures)

    def _closed(self, settlement: Settlement) -> Entry:
        return self._evidence.closed_out[settlement.key]

    def _lot(self, closed: Entry) -> int | None:
        """The lot that a close-out sold."""
        entry = self._evidence.sold_lots.get((closed.place, closed.transaction))
        return None if entry is None else entry.args["lot"]
