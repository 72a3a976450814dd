"""What the liquidation mechanism said about one account, and calls to it that never got into a block."""

import re
from typing import Any

from simulator.explain import words
from simulator.explain.calls import decoded
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.left_out import Mempool
from simulator.explain.moment import AFTER_ALL, Kind, Moment

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WAD_FROM = 10**12
"""Integers this large are 1e18 fixed point: accounts, lots and times are smaller."""
_TOLD_ELSEWHERE = ("BidPlaced", "LotSold")
"""What a bid and a close-out say themselves."""


def auction_moments(evidence: Evidence, account: int, entries: list[Entry]) -> list[Moment]:
    """Each event of the mechanism that concerns the account as the one on offer, but for bids and sales."""
    submitted = _submitted(evidence, entries)
    moments = []
    for entry in entries:
        ours = entry.contract == "Liquidation" and entry.args.get("account") == account
        if ours and entry.event not in _TOLD_ELSEWHERE:
            text = _told(evidence, entry)
            waited = submitted.get((entry.place, entry.transaction))
            figures = {"event": entry.event, **_scaled(entry.args)}
            if waited is not None:
                figures["waited_blocks"] = waited
                text += f"; its transaction waited {words.blocks(waited)}" if waited > 1 else ""
            time = evidence.execution.timestamps[entry.place]
            moments.append(Moment(entry.order, entry.block, time, Kind.AUCTION, text, figures, entry.undone_by))
    return moments


def lost_calls(evidence: Evidence, mempool: Mempool, account: int) -> list[Moment]:
    """Calls about the account that stand in no block, other than bids: to start an auction, to end one, to settle."""
    moments = []
    for left in mempool.left_out:
        call = decoded(evidence.scenario, left.function, left.identity.data) if _is_ours(left.function) else None
        if call is None or "liquidator" in call.arguments._fields or call.arguments.account != account:
            continue
        sender = evidence.owners.get(left.identity.sender)
        fate, figures = mempool.fate(left)
        text = f"{_spaced(call.function)}, sent by {'a keeper' if sender is None else evidence.named(sender)}, "
        place = left.submitted_at
        block, time = evidence.execution.numbers[place], evidence.execution.timestamps[place]
        figures = {"event": None, "call": call.function, "sender": sender} | figures
        text += f"stands in no block: {fate}"
        moments.append(Moment((place, AFTER_ALL, 3), block, time, Kind.AUCTION, text, figures))
    return moments


def _is_ours(function: str) -> bool:
    return function.startswith("Liquidation.")


def _submitted(evidence: Evidence, entries: list[Entry]) -> dict[tuple[int, int], int]:
    """Blocks that each transaction of these events waited."""
    rows = evidence.transactions
    rows = rows[rows["place"].isin({entry.place for entry in entries if entry.contract == "Liquidation"})]
    waits = (rows["block"] - rows["submitted_block"]).tolist()
    return dict(zip(zip(rows["place"].tolist(), rows["index"].tolist(), strict=True), waits, strict=True))


def _told(evidence: Evidence, entry: Entry) -> str:
    args, quote = entry.args, evidence.quote
    match entry.event:
        case "AuctionStarted":
            phase = "solvent" if args["solvent"] else "insolvent: the fund pays"
            return f"auction starts ({phase}); {_state(args, quote)}"
        case "AuctionTurnedInsolvent":
            return f"auction turns insolvent, from here the fund pays; {_state(args, quote)}"
        case "AuctionEnded":
            if args["liquidator"]:
                return f"auction ends with the bid of {evidence.named(args['liquidator'])}"
            return "auction ends: the account is above maintenance margin again"
        case "LotOffered":
            share, until = words.percent(wads(args["fraction"])), words.utc(args["endsAt"])
            return f"lot {args['lot']} is on offer: {share} of the account, until {until}; {_state(args, quote)}"
    stated = ", ".join(f"{_spaced(name)} {_value(value)}" for name, value in args.items() if name != "account")
    return f"{_spaced(entry.event)}: {stated}"


def _state(args: dict[str, Any], quote: str) -> str:
    equity, net = wads(args["equity"]), wads(args["maintenanceMargin"])
    side = "above" if net >= 0 else "below"
    return f"equity {words.amount(equity, quote)}, {words.amount(abs(net), quote)} {side} maintenance margin"


def _scaled(args: dict[str, Any]) -> dict[str, Any]:
    return {name: wads(v) if isinstance(v, int) and abs(v) >= _WAD_FROM else v for name, v in args.items()}


def _value(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _WAD_FROM:
        return words.size(wads(value))
    return str(value)


def _spaced(name: str) -> str:
    return _WORDS.sub(" ", name).lower()
