"""The story of an account, whole or around one of its liquidations."""

from simulator.explain.auctions import auction_moments
from simulator.explain.bids import Bids
from simulator.explain.closing import Closings, bad_debt_moments
from simulator.explain.episodes import Episode, episodes
from simulator.explain.evidence import Entry, Evidence
from simulator.explain.holdings import Holdings, holding_moments
from simulator.explain.holds import hold_moments
from simulator.explain.margins import breach_moments, last_healthy_block, margin_moments, margin_points
from simulator.explain.moment import AFTER_ALL, Kind, Moment, Story
from simulator.explain.prices import Prices, late_moments, parameter_moments
from simulator.explain.undone import reorg_moments
from simulator.finality import Settlement, Status


def account_story(evidence: Evidence, account: int) -> Story:
    """Everything that happened to an account, from its opening to the end of the record.

    Raises
    ------
    UsageError
        If the run has no such account.
    """
    evidence.require_account(account)
    return _Teller(evidence, account).whole()


def settlement_stories(evidence: Evidence, number: int) -> list[Story]:
    """The stories around a liquidation, one for each account that its attempts concern, in the order of execution.

    A reorganisation frees a settlement's number, and another account's liquidation may take it. Each story goes from
    the account's last healthy sample to the finality of the last liquidation that goes back to the same breach.

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
    key = settlement.settlement, settlement.attempt
    episode = next(e for e in episodes(evidence.settlements) if key in e.keys)
    return _Teller(evidence, settlement.account).around(episode, settlement)


class _Teller:
    """Gathers the moments of one account."""

    def __init__(self, evidence: Evidence, account: int):
        self._evidence = evidence
        self._account = account
        self._entries: list[Entry] = evidence.of_account(account)
        self._holdings = Holdings(evidence, account, self._entries)
        self._bids = Bids(evidence)
        self._prices = Prices(evidence)
        self._closings = Closings(evidence, self._bids)
        self._episodes = episodes(evidence.settlements)

    def whole(self) -> Story:
        """From the opening to the end."""
        execution = self._evidence.execution
        first = min((entry.place for entry in self._entries), default=0)
        last = len(execution) - 1
        own = [episode for episode in self._episodes if episode.account == self._account]
        moments = self._moments(own, first, last, bids=self._bids.about(self._account))
        moments += self._taken_over()
        if not own:
            moments += self._market(first, last, self._holdings.assets_between(first, last))
        title = f"{self._evidence.named(self._account)}: {_count(own)}"
        return self._story(title, moments, own, first, last)

    def around(self, episode: Episode, settlement: Settlement) -> Story:
        """From the last healthy sample before the breach to finality."""
        evidence, execution = self._evidence, self._evidence.execution
        first = self._beginning(episode)
        ends = [s.final_block for s in episode.standing if s.final_block is not None]
        closed = max(evidence.closed_out[key].place for key in episode.keys)
        last = max([execution.place(block) for block in ends] or [len(execution) - 1])
        bids = [bid for bid in self._bids.about(self._account) if bid.account == self._account]
        moments = self._moments([episode], first, last, bids)
        held = self._holdings.describe((first, AFTER_ALL, 0))
        block, time = execution.numbers[first], execution.timestamps[first]
        moments.append(Moment((first, AFTER_ALL, -1), block, time, Kind.POSITION, f"holds {held}", {"event": "held"}))
        title = f"settlement {settlement.settlement}: {evidence.named(self._account)}"
        return self._story(title, moments, [episode], first, max(last, closed))

    def _beginning(self, episode: Episode) -> int:
        """Place of the last healthy sample before the breach; of the first trade where no sample saw positions."""
        execution = self._evidence.execution
        closed = self._evidence.closed_out[episode.keys[0]]
        breach = episode.breach_block if episode.breach_block is not None else closed.block
        healthy = last_healthy_block(self._evidence, self._account, breach)
        if healthy is not None:
            return execution.place(healthy)
        traded = (e.place for e in self._entries if e.event == "Traded" and e.place <= closed.place)
        return min(traded, default=closed.place)

    def _moments(self, told: list[Episode], first: int, last: int, bids: list) -> list[Moment]:
        """What concerns the account between two places, with what led to each of these episodes."""
        evidence, execution = self._evidence, self._evidence.execution
        moments = holding_moments(evidence, self._account, self._entries)
        moments += auction_moments(evidence, self._account, self._entries)
        moments += hold_moments(evidence, self._account, self._entries)
        moments += bad_debt_moments(evidence, self._account, self._entries)
        moments += [self._bids.moment(bid) for bid in bids]
        moments += margin_moments(evidence, self._account, execution.numbers[first], execution.numbers[last])
        moments = [moment for moment in moments if first <= moment.place[0] <= last]
        for episode in told:
            begin = max(self._beginning(episode), first)
            moments += breach_moments(evidence, episode)
            for settlement in episode.settlements:
                moments += self._closings.moments(settlement, self._entries)
            moments += self._causes(episode, begin)
        return moments

    def _causes(self, episode: Episode, begin: int) -> list[Moment]:
        """Prices and parameters from `begin` to the last close-out of the episode."""
        evidence, execution = self._evidence, self._evidence.execution
        closings = [evidence.closed_out[key].place for key in episode.keys]
        assets = self._holdings.assets_between(begin, closings[-1])
        since = execution.numbers[begin]
        moments = self._market(begin, closings[-1], assets)
        if episode.breach_block is not None:
            place = execution.latest(episode.breach_block, closings[0])
            moments.append(self._prices.told(assets, place, "at the breach", since))
            if place > begin and self._prices.stale(assets, place - 1):
                moments.append(self._prices.told(assets, place - 1, "in the block before the breach", since))
        told = dict.fromkeys(closings)
        return moments + [self._prices.told(assets, place, "at the close-out", since) for place in told]

    def _market(self, first: int, last: int, assets: list[int]) -> list[Moment]:
        numbers = self._evidence.execution.numbers
        moments = self._prices.moves(assets, numbers[first], numbers[last])
        moments += parameter_moments(self._evidence, assets, numbers[first], numbers[last])
        return moments + late_moments(self._evidence, assets, first, last)

    def _taken_over(self) -> list[Moment]:
        """Close-outs in which this account was the liquidator."""
        won = [s for s in self._evidence.settlements if s.counterparty == self._account]
        return [m for s in won for m in self._closings.moments(s, self._entries) if m.kind is Kind.LIQUIDATION]

    def _story(self, title: str, moments: list[Moment], told: list[Episode], first: int, last: int) -> Story:
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
            settlements=tuple(key for episode in told for key in episode.keys),
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
