"""Close-outs: what was taken over for how much, who bore the loss, what a reversal cost whom, and when it was final."""

from collections.abc import Iterable

from simulator.explain import words
from simulator.explain.bids import Bids
from simulator.explain.episodes import Episode
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.exposures import Exposures
from simulator.explain.holdings import Holding, asset_of, described, sizes
from simulator.explain.moment import AFTER_ALL, Kind, Moment
from simulator.explain.waterfall import waterfall, waterfall_text
from simulator.finality import Settlement, Status
from simulator.finality.reversals import Reversal, reversals

MOST_POSITIONS = 4
"""Positions of a close-out that are named in words; the figures have all."""


class Closings:
    """The close-outs of a run in words."""

    def __init__(self, evidence: Evidence, bids: Bids):
        self._evidence = evidence
        self._bids = bids
        self._exposures = Exposures(evidence)
        found = reversals(evidence.settlements, evidence.lifetimes)
        self._replaces = {r.replacement.key: r for r in found if r.replacement}

    def joined(self, settlement: Settlement, episode: Episode) -> list[Settlement]:
        """The attempts of a liquidation in its episode, what they replace and what replaced them."""
        found = {s.key for s in episode.settlements if s.settlement == settlement.settlement}
        pairs = [(r.reverted.key, r.replacement.key) for r in self._replaces.values()]
        while linked := {key for pair in pairs if found.intersection(pair) for key in pair} - found:
            found |= linked
        return [s for s in episode.settlements if s.key in found]

    def moments(self, settlement: Settlement, entries: Iterable[Entry]) -> list[Moment]:
        """Everything about one settlement, from its close-out to its finality. `entries` : of its account."""
        closed = self._evidence.closed_out[settlement.key]
        same = [e for e in entries if (e.place, e.transaction) == (closed.place, closed.transaction)]
        taken = _taken(settlement, same)
        found = [
            self._close_out(settlement, closed, taken),
            self._waterfall(settlement, closed),
            self._exposure(settlement, closed, taken),
        ]
        if settlement.key in self._replaces:
            found.append(self._replacement(self._replaces[settlement.key], closed))
        return found + self._finality(settlement)

    def _close_out(self, s: Settlement, closed: Entry, taken: dict[Holding, int]) -> Moment:
        quote = self._evidence.quote
        sold = self._evidence.sold_lots.get((closed.place, closed.transaction))
        lot = None if sold is None else sold.args["lot"]
        rivals = self._bids.rivals(s.account, s.counterparty, closed.block, lot)
        against = f"; accounts {words.listing(map(str, rivals))} bid in vain" if len(rivals) > 1 else ""
        if len(rivals) == 1:
            against = f"; account {rivals[0]} bid in vain"
        what = words.percent(s.fraction) if lot is None else f"lot {lot}, {words.percent(s.fraction)}"
        text = (
            f"settlement {s.settlement}{_attempt(s)}: {self._evidence.named(s.counterparty)} takes over {what} of "
            f"account {s.account} ({described(self._evidence, taken, MOST_POSITIONS)}) and {_price(s, quote)}; "
            f"equity was {words.amount(s.equity, quote)}, {words.amount(-s.maintenance_margin, quote)} below "
            f"maintenance margin{against}"
        )
        told = {
            "liquidator": s.counterparty,
            "account": s.account,
            "lot": lot,
            "taken": sizes(self._evidence, taken),
            "fraction": s.fraction,
            "payment": s.payment,
            "fee": s.fee,
            "equity": s.equity,
            "maintenance_margin": s.maintenance_margin,
            "status": s.status.value,
            "rivals": rivals,
        }
        return self._moment(closed, 0, Kind.LIQUIDATION, text, told, s)

    def _waterfall(self, s: Settlement, closed: Entry) -> Moment:
        """Who bore it: the account with its equity, then the fund, then everybody."""
        account, gain = waterfall(s)
        told = {
            "account": account,
            "fee": s.fee,
            "bad_debt": s.bad_debt,
            "from_fund": s.from_fund,
            "socialised": s.socialised,
            "liquidator": gain,
        }
        return self._moment(closed, 1, Kind.WATERFALL, waterfall_text(s, self._evidence.quote), told, s)

    def _exposure(self, s: Settlement, closed: Entry, taken: dict[Holding, int]) -> Moment:
        """What a reorganisation could still cost."""
        text, figures = self._exposures.told(s, [asset_of(self._evidence, holding) for holding in taken])
        return self._moment(closed, 2, Kind.EXPOSURE, f"settlement {s.settlement}{_attempt(s)} {text}", figures, s)

    def _replacement(self, reversal: Reversal, closed: Entry) -> Moment:
        old, new, quote = reversal.reverted, reversal.replacement, self._evidence.quote
        by = self._evidence.closed_out[old.key].undone_by
        text = f"replaces settlement {old.settlement}{_attempt(old)}, which reorganisation {by} undid: "
        if reversal.same_liquidator:
            change = reversal.liquidator + reversal.replacement_liquidator
            parts = [f"account {new.counterparty} won both times and has {_more(change, quote)}"]
        else:
            lost, got = -reversal.liquidator, reversal.replacement_liquidator
            loses, gains = "loses a gain" if lost >= 0 else "is spared a loss", "gains" if got >= 0 else "loses"
            parts = [
                f"account {old.counterparty} {loses} of {words.amount(abs(lost), quote)}",
                f"account {new.counterparty} {gains} {words.amount(abs(got), quote)} instead",
            ]
        parts.append(f"account {old.account} is paid {_more(reversal.account, quote)}")
        parts.append(f"the fund bears {_more(-reversal.fund, quote)}, all accounts {_more(-reversal.others, quote)}")
        figures = {
            "replaces": old.settlement,
            "replaces_attempt": old.attempt,
            "liquidator": reversal.liquidator,
            "replacement_liquidator": reversal.replacement_liquidator,
            "account": reversal.account,
            "fund": reversal.fund,
            "others": reversal.others,
        }
        return self._moment(closed, 3, Kind.WATERFALL, text + "; ".join(parts), figures, new)

    def _finality(self, s: Settlement) -> list[Moment]:
        if s.status is Status.REVERTED:
            return []
        execution, found = self._evidence.execution, []
        for name, head, time in (("safe", s.safe_block, s.safe_time), ("final", s.final_block, s.final_time)):
            if head is not None:
                waits = time - s.included_time
                text = (
                    f"settlement {s.settlement}{_attempt(s)} is {name}, {words.span(waits)} and "
                    f"{words.blocks(head - s.included_block)} after it was included"
                )
                figures = {"status": name, "seconds": waits, "blocks": head - s.included_block}
                order = (execution.place(head), AFTER_ALL, 4)
                found.append(Moment(order, head, time, Kind.FINALITY, text, figures, None, s.key))
        if s.final_block is None:
            end = len(execution) - 1
            text = f"settlement {s.settlement}{_attempt(s)} is not final where the record ends: it is {s.status.value}"
            order, block, time = (end, AFTER_ALL, 5), execution.numbers[end], execution.timestamps[end]
            found.append(Moment(order, block, time, Kind.FINALITY, text, {"status": s.status.value}, None, s.key))
        return found

    def _moment(self, closed: Entry, offset: int, kind: Kind, text: str, figures: dict, s: Settlement) -> Moment:
        order = (closed.place, closed.transaction, AFTER_ALL + offset)
        time = self._evidence.execution.timestamps[closed.place]
        return Moment(order, closed.block, time, kind, text, figures, closed.undone_by, s.key)


def bad_debt_moments(evidence: Evidence, account: int, entries: Iterable[Entry]) -> list[Moment]:
    """Bad debt of the account that was booked outside close-outs."""
    found = []
    for entry in entries:
        args = entry.args
        if entry.event == "BadDebtBooked" and args["account"] == account and not args["settlement"]:
            amounts = {name: wads(args[key]) for name, key in _BOOKED.items()}
            fund, others = (words.amount(amounts[n], evidence.quote) for n in ("from_fund", "socialised"))
            text = (
                f"bad debt of {words.amount(amounts['bad_debt'], evidence.quote)} is booked outside a close-out: "
                f"{fund} from the insurance fund, {others} shared by all accounts"
            )
            time = evidence.execution.timestamps[entry.place]
            found.append(Moment(entry.order, entry.block, time, Kind.WATERFALL, text, amounts, entry.undone_by))
    return found


_BOOKED = {"bad_debt": "amount", "from_fund": "fromFund", "socialised": "socialised"}


def _taken(s: Settlement, entries: Iterable[Entry]) -> dict[Holding, int]:
    """What went from the account to the liquidator in the close-out's transaction, wads."""
    taken: dict[Holding, int] = {}
    for entry in entries:
        ours = (entry.args.get("from_"), entry.args.get("to")) == (s.account, s.counterparty)
        if ours and entry.event == "PositionMoved":
            taken["instrument", entry.args["instrument"]] = entry.args["size"]
        elif ours and entry.event == "HoldingMoved":
            taken["asset", entry.args["underlying"]] = entry.args["amountWad"]
    return taken


def _price(s: Settlement, quote: str) -> str:
    """What the liquidator paid against the equity that it took over, or was paid of what is missing."""
    if s.payment < 0:
        short = s.payment / (s.fraction * s.maintenance_margin)
        paid = words.amount(-s.payment, quote)
        return f"is paid {paid} ({words.percent(short)} of what is missing to maintenance margin)"
    share, paid = s.fraction * s.equity, f"pays {words.amount(s.payment, quote)}"
    worth = words.amount(share, quote)
    if share <= 0:
        return f"{paid} (its share of equity is {worth})"
    return f"{paid} ({words.against(s.payment / share)} its share of equity, {worth})"


def _attempt(settlement: Settlement) -> str:
    return f", attempt {settlement.attempt + 1}" if settlement.attempt else ""


def _more(change: float, quote: str) -> str:
    if abs(change) < 0.005:
        return "the same"
    return f"{words.amount(abs(change), quote)} {'more' if change > 0 else 'less'}"
