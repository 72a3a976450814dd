"""The story of an account, whole or around one of its liquidations."""

from simulator.errors import UsageError
from simulator.explain.auctions import auction_moments, lost_calls
from simulator.explain.bids import Bids
from simulator.explain.closing import Closings, bad_debt_moments
from simulator.explain.episodes import Episode, episodes
from simulator.explain.evidence import Entry, Evidence
from simulator.explain.holdings import Holdings, holding_moments
from simulator.explain.holds import hold_moments
from simulator.explain.late import LateUpdates
from simulator.explain.left_out import Mempool
from simulator.explain.margins import breach_moments, last_healthy_block, margin_moments, margin_points
from simulator.explain.moment import AFTER_ALL, Kind, Moment, Story
from simulator.explain.part import Part
from simulator.explain.prices import Prices, parameter_moments
from simulator.explain.undone import reorg_moments
from simulator.finality import Settlement, Status


def account_story(
    evidence: Evidence, account: int, first_block: int | None = None, last_block: int | None = None
) -> Story:
    """Everything that happened to an account, from its opening to the end of the record or between two blocks.

    Raises
    ------
    UsageError
        If the run has no such account or block, or the blocks are in the wrong order.
    """
    evidence.require_account(account)
    last = evidence.execution.numbers[-1]
    for block in (first_block, last_block):
        if block is not None and not 1 <= block <= last:
            raise UsageError(f"{evidence.run.folder} has no block {block}; it has blocks 1 to {last}")
    if first_block is not None and last_block is not None and first_block > last_block:
        raise UsageError(f"the story would end at block {last_block}, before it begins at block {first_block}")
    return _Teller(evidence, account).whole(first_block, last_block or last)


def settlement_stories(evidence: Evidence, number: int) -> list[Story]:
    """The stories around a liquidation, one for each account that its attempts concern, in the order of execution.

    A reorganisation frees a settlement's number, and another account's liquidation may take it. Each story goes from
    the account's last healthy sample to the finality of the liquidation and of what replaced it; other liquidations
    that go back to the same breach are counted.

    Raises
    ------
    UsageError
        If the run has no such liquidation.
    """
    attempts = evidence.require_settlement(number)
    return [_around(evidence, attempt) for attempt in {s.account: s for s in attempts}.values()]


def telling_story(evidence: Evidence) -> Story | None:
    """The story of the liquidation that says most; None in a run without any.

    That is the largest bad debt among those that a reorganisation undid, or among all if none was undone.
    """
    undone = [s for s in evidence.settlements if s.status is Status.REVERTED]
    chosen = max(undone or evidence.settlements, key=lambda s: (s.bad_debt, abs(s.payment)), default=None)
    return None if chosen is None else _around(evidence, chosen)


def _around(evidence: Evidence, settlement: Settlement) -> Story:
    own = [episode for episode in episodes(evidence.settlements) if episode.account == settlement.account]
    number = next(number for number, episode in enumerate(own) if settlement.key in episode.keys)
    return _Teller(evidence, settlement.account).around(own, number, settlement)


class _Teller:
    """Gathers the moments of one account."""

    def __init__(self, evidence: Evidence, account: int):
        self._evidence = evidence
        self._account = account
        self._entries: list[Entry] = evidence.of_account(account)
        self._holdings = Holdings(evidence, account, self._entries)
        self._mempool = Mempool(evidence)
        self._bids = Bids(evidence, self._mempool)
        self._late = LateUpdates(evidence, self._mempool)
        self._prices = Prices(evidence)
        self._closings = Closings(evidence, self._bids)

    def whole(self, first_block: int | None, last_block: int) -> Story:
        """From the opening, or a block, to a block."""
        execution = self._evidence.execution
        first = min((entry.place for entry in self._entries), default=0)
        if first_block is not None:
            first = max(first, execution.place(first_block))
        last = execution.place(last_block)
        own = [episode for episode in episodes(self._evidence.settlements) if episode.account == self._account]
        moments = self._account_moments(first, last) + self._lost_calls()
        moments += [moment for _, moment in self._bids.moments(self._account)] + self._taken_over()
        for episode in own:
            moments += breach_moments(self._evidence, episode.settlements, episode.breach_block)
            moments += self._close_outs(episode.settlements)
            moments += self._causes(episode, episode.settlements, max(self._beginning(episode), first))
        if not own:
            moments += self._market(first, last, self._holdings.assets_between(first, last))
        numbers = execution.numbers[first], last_block
        moments = [moment for moment in moments if numbers[0] <= moment.block <= numbers[1]]
        title = f"{self._evidence.named(self._account)}: {_count(own)}"
        return self._story(title, moments, [key for episode in own for key in episode.keys], first, last)

    def around(self, own: list[Episode], number: int, settlement: Settlement) -> Story:
        """From the last healthy sample before the breach to finality.

        own : the account's episodes. number : of the one that the settlement belongs to.
        """
        evidence, execution = self._evidence, self._evidence.execution
        episode = own[number]
        earlier, later = own[number - 1] if number else None, own[number + 1] if number + 1 < len(own) else None
        part = Part(evidence, episode, self._closings.joined(settlement, episode), earlier, later)
        first = self._beginning(episode)
        finals = [s.final_block for s in part.settlements if s.status is not Status.REVERTED]
        last = len(execution) - 1 if None in finals or not finals else max(execution.place(block) for block in finals)
        moments = self._account_moments(first, last) + self._lost_calls()
        bids = self._bids.moments(self._account)
        moments += [m for terms, m in bids if terms.account == self._account and part.has(m.place, terms.lot)]
        anew = part.later()
        moments = [m for m in moments if part.tells(m)] + ([] if anew is None else [anew])
        moments = [m for m in moments if first <= m.place[0] <= last]
        moments += breach_moments(evidence, part.settlements, episode.breach_block)
        moments += self._close_outs(part.settlements) + part.others()
        moments += self._causes(episode, part.settlements, first)
        held = self._holdings.describe((first, AFTER_ALL, 0))
        block, time = execution.numbers[first], execution.timestamps[first]
        moments.append(Moment((first, AFTER_ALL, -1), block, time, Kind.POSITION, f"holds {held}", {"event": "held"}))
        title = f"settlement {settlement.settlement}: {evidence.named(self._account)}"
        return self._story(title, moments, part.keys, first, last)

    def _beginning(self, episode: Episode) -> int:
        """Place of the last healthy sample before the breach, or of an earlier close-out that came after it.

        Where there was neither, that of the first trade.
        """
        evidence, execution = self._evidence, self._evidence.execution
        closed = evidence.closed_out[episode.keys[0]]
        breach = episode.breach_block if episode.breach_block is not None else closed.block
        at_breach = execution.latest(breach, closed.place)
        earlier = [s for s in evidence.settlements if s.account == self._account and s.status is not Status.REVERTED]
        places = [evidence.closed_out[s.key].place for s in earlier if s not in episode.settlements]
        starts = [place for place in places if place < at_breach]
        healthy = last_healthy_block(evidence, self._account, breach)
        if healthy is not None:
            starts.append(execution.place(healthy))
        traded = (e.place for e in self._entries if e.event == "Traded" and e.place <= closed.place)
        return min(max(starts, default=min(traded, default=closed.place)), closed.place)

    def _account_moments(self, first: int, last: int) -> list[Moment]:
        """What the account did and what was said of it; margins between two places, the rest whenever it was."""
        evidence, numbers = self._evidence, self._evidence.execution.numbers
        moments = holding_moments(evidence, self._account, self._entries)
        moments += auction_moments(evidence, self._account, self._entries)
        moments += hold_moments(evidence, self._account, self._entries)
        moments += bad_debt_moments(evidence, self._account, self._entries)
        return moments + margin_moments(evidence, self._account, numbers[first], numbers[last])

    def _lost_calls(self) -> list[Moment]:
        return lost_calls(self._evidence, self._mempool, self._account)

    def _close_outs(self, settlements: tuple[Settlement, ...]) -> list[Moment]:
        return [m for settlement in settlements for m in self._closings.moments(settlement, self._entries)]

    def _causes(self, episode: Episode, told: tuple[Settlement, ...], begin: int) -> list[Moment]:
        """Prices and parameters from `begin` to the last of the close-outs that are told."""
        evidence, execution = self._evidence, self._evidence.execution
        closings = sorted({evidence.closed_out[s.key].place for s in told})
        begin = min(begin, closings[-1])
        assets = self._holdings.assets_between(begin, closings[-1])
        since = execution.numbers[begin]
        moments = self._market(begin, closings[-1], assets)
        if episode.breach_block is not None:
            place = execution.latest(episode.breach_block, closings[0])
            moments.append(self._prices.told(assets, place, "at the breach", since))
            if place > begin and self._prices.stale(assets, place - 1):
                moments.append(self._prices.told(assets, place - 1, "in the block before the breach", since))
        return moments + [self._prices.told(assets, place, "at the close-out", since) for place in closings]

    def _market(self, first: int, last: int, assets: list[int]) -> list[Moment]:
        numbers = self._evidence.execution.numbers
        moments = self._prices.moves(assets, numbers[first], numbers[last])
        moments += parameter_moments(self._evidence, assets, numbers[first], numbers[last])
        return moments + self._late.moments(assets, first, last)

    def _taken_over(self) -> list[Moment]:
        """Close-outs in which this account was the liquidator."""
        won = [s for s in self._evidence.settlements if s.counterparty == self._account]
        entries = {s.account: self._evidence.of_account(s.account) for s in won}
        return [m for s in won for m in self._closings.moments(s, entries[s.account]) if m.kind is Kind.LIQUIDATION]

    def _story(self, title: str, moments: list[Moment], keys: list[tuple[int, int]], first: int, last: int) -> Story:
        evidence, numbers = self._evidence, self._evidence.execution.numbers
        moments = moments + reorg_moments(evidence, moments)
        span = numbers[first], numbers[last]
        return Story(
            account=self._account,
            kind=evidence.kinds.get(self._account, ""),
            quote=evidence.quote,
            title=title,
            first_block=span[0],
            last_block=span[1],
            settlements=tuple(keys),
            moments=tuple(sorted(moments, key=lambda moment: moment.place)),
            margins=tuple(margin_points(evidence, self._account, self._entries, *span)),
            prices=self._prices.series(self._holdings.assets_between(first, last), *span),
        )


def _count(told: list[Episode]) -> str:
    total = sum(len(episode.settlements) for episode in told)
    if not total:
        return "never liquidated"
    undone = sum(len(episode.settlements) - len(episode.standing) for episode in told)
    text = f"{total} liquidation{'' if total == 1 else 's'}"
    return f"{text}, {undone} of them undone" if undone else text
