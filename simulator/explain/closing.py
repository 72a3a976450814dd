"""Close-outs: what was taken over for how much, who bore the loss, what a reversal cost whom, and when it was final."""

from collections.abc import Iterable

from simulator.explain import words
from simulator.explain.bids import Bids
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.exposures import Exposures
from simulator.explain.holdings import Holding, described
from simulator.explain.moment import AFTER_ALL, Kind, Moment
from simulator.finality import Settlement, Status
from simulator.finality.reversals import Reversal, reversals


class Closings:
    """The close-outs of a run in words."""

    def __init__(self, evidence: Evidence, bids: Bids):
        self._evidence = evidence
        self._bids = bids
        self._exposures = Exposures(evidence)
        found = reversals(evidence.settlements)
        self.reversal = {_key(r.reverted): r for r in found}
        self._replaces = {_key(r.replacement): r for r in found if r.replacement}

    def moments(self, settlement: Settlement, entries: Iterable[Entry]) -> list[Moment]:
        """Everything about one settlement, from its close-out to its finality. `entries` : of its account."""
        closed = self._evidence.closed_out[_key(settlement)]
        same = [e for e in entries if (e.place, e.transaction) == (closed.place, closed.transaction)]
        found = [self._close_out(settlement, closed, same), self._waterfall(settlement, closed)]
        found.append(self._exposure(settlement, closed, same))
        if _key(settlement) in self._replaces:
            found.append(self._replacement(self._replaces[_key(settlement)], closed))
        return found + self._finality(settlement)

    def _close_out(self, s: Settlement, closed: Entry, entries: list[Entry]) -> Moment:
        quote = self._evidence.quote
        taken: dict[Holding, int] = {}
        for entry in entries:
            ours = (entry.args.get("from_"), entry.args.get("to")) == (s.account, s.counterparty)
            if ours and entry.event == "PositionMoved":
                taken["instrument", entry.args["instrument"]] = entry.args["size"]
            elif ours and entry.event == "HoldingMoved":
                taken["asset", entry.args["underlying"]] = entry.args["amountWad"]
        paid = (
            f"pays {words.amount(s.payment, quote)}" if s.payment >= 0 else f"is paid {words.amount(-s.payment, quote)}"
        )
        rivals = self._bids.rivals(s.account, s.counterparty, closed.block)
        against = f"; bids of accounts {words.listing(map(str, rivals))} lose" if len(rivals) > 1 else ""
        if len(rivals) == 1:
            against = f"; the bid of account {rivals[0]} loses"
        text = (
            f"settlement {s.settlement}{_attempt(s)}: {self._evidence.named(s.counterparty)} takes over "
            f"{words.percent(s.fraction)} of account {s.account} ({described(self._evidence, taken)}) and {paid}"
            f"{self._terms(s)}; equity was {words.amount(s.equity, quote)}, maintenance margin short by "
            f"{words.amount(-s.maintenance_margin, quote)}{against}"
        )
        figures = {
            "liquidator": s.counterparty,
            "account": s.account,
            "fraction": s.fraction,
            "payment": s.payment,
            "fee": s.fee,
            "equity": s.equity,
            "maintenance_margin": s.maintenance_margin,
            "status": s.status.value,
            "rivals": rivals,
        }
        return self._moment(closed, 0, Kind.LIQUIDATION, text, figures, s)

    def _terms(self, s: Settlement) -> str:
        """Discount on equity, or the share of the shortfall that the fund pays."""
        share = s.fraction * s.equity
        if share > 0 and s.payment >= 0:
            return f" ({words.percent(1 - s.payment / share)} below equity)"
        if s.payment < 0:
            short = s.payment / (s.fraction * s.maintenance_margin)
            return f" ({words.percent(short)} of what is missing to maintenance margin)"
        return ""

    def _waterfall(self, s: Settlement, closed: Entry) -> Moment:
        """Who bore it: the account up to its equity, then the fund, then everybody."""
        quote = self._evidence.quote
        account = max(s.fraction * s.equity, 0.0) - max(s.payment, 0.0) + s.fee
        gain = s.fraction * s.equity - s.payment
        parts = [f"account {s.account} has nothing left to give"]
        if account > 0:
            parts = [f"account {s.account} gives up {words.amount(account, quote)} beyond what it is paid"]
        elif account < 0:
            parts = [f"account {s.account} keeps {words.amount(-account, quote)}, though its equity was below zero"]
        if s.fee:
            parts[0] += f", {words.amount(s.fee, quote)} of it as fee to the fund"
        if s.bad_debt:
            parts.append(f"bad debt {words.amount(s.bad_debt, quote)}")
            parts.append(f"{words.amount(s.from_fund, quote)} from the insurance fund")
            parts.append(f"{words.amount(s.socialised, quote)} shared by all accounts")
        else:
            parts.append("no bad debt")
        parts.append(
            f"account {s.counterparty} gets {words.amount(gain, quote)} of equity beyond what it pays"
            if gain >= 0
            else f"account {s.counterparty} loses {words.amount(-gain, quote)}: it pays more than it takes over"
        )
        figures = {
            "account": account,
            "fee": s.fee,
            "bad_debt": s.bad_debt,
            "from_fund": s.from_fund,
            "socialised": s.socialised,
            "liquidator": gain,
        }
        return self._moment(closed, 1, Kind.WATERFALL, f"waterfall: {'; '.join(parts)}", figures, s)

    def _exposure(self, s: Settlement, closed: Entry, entries: list[Entry]) -> Moment:
        """What a reorganisation could still cost."""
        taken = [e.args["instrument"] for e in entries if e.event == "PositionMoved"]
        assets = [self._evidence.instruments[instrument].asset for instrument in taken]
        assets += [e.args["underlying"] for e in entries if e.event == "HoldingMoved"]
        text, figures = self._exposures.told(s, assets)
        return self._moment(closed, 2, Kind.EXPOSURE, f"settlement {s.settlement}{_attempt(s)} {text}", figures, s)

    def _replacement(self, reversal: Reversal, closed: Entry) -> Moment:
        old, new, quote = reversal.reverted, reversal.replacement, self._evidence.quote
        by = self._evidence.closed_out[_key(old)].undone_by
        text = f"replaces settlement {old.settlement}{_attempt(old)}, which reorganisation {by} undid: "
        if reversal.same_liquidator:
            change = reversal.liquidator + reversal.replacement_liquidator
            parts = [f"account {new.counterparty} won both times and has {_more(change, quote)}"]
        else:
            parts = [
                f"account {old.counterparty} loses what it had won, worth {words.amount(-reversal.liquidator, quote)}",
                f"account {new.counterparty} gets {words.amount(reversal.replacement_liquidator, quote)} instead",
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
                found.append(Moment(order, head, time, Kind.FINALITY, text, figures, None, _key(s)))
        if s.final_block is None:
            end = len(execution) - 1
            text = f"settlement {s.settlement}{_attempt(s)} is not final where the record ends: it is {s.status.value}"
            order, block, time = (end, AFTER_ALL, 5), execution.numbers[end], execution.timestamps[end]
            found.append(Moment(order, block, time, Kind.FINALITY, text, {"status": s.status.value}, None, _key(s)))
        return found

    def _moment(self, closed: Entry, offset: int, kind: Kind, text: str, figures: dict, s: Settlement) -> Moment:
        order = (closed.place, closed.transaction, AFTER_ALL + offset)
        time = self._evidence.execution.timestamps[closed.place]
        return Moment(order, closed.block, time, kind, text, figures, closed.undone_by, _key(s))


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


def _key(settlement: Settlement) -> tuple[int, int]:
    return settlement.settlement, settlement.attempt


def _attempt(settlement: Settlement) -> str:
    return f", attempt {settlement.attempt + 1}" if settlement.attempt else ""


def _more(change: float, quote: str) -> str:
    if abs(change) < 0.005:
        return "the same"
    return f"{words.amount(abs(change), quote)} {'more' if change > 0 else 'less'}"
