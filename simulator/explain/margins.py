"""Margin of an account over time: samples, margin calls, breaches."""

from bisect import bisect_right
from collections.abc import Sequence

from simulator.explain import words
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.moment import AFTER_ALL, Kind, MarginPoint, Moment
from simulator.finality import Settlement


def margin_moments(evidence: Evidence, account: int, first: int, last: int) -> list[Moment]:
    """Samples between two blocks that say something new: the first, the last, and each change of state.

    States: healthy, below initial margin (a margin call), below maintenance margin. What happened between two samples
    is told by breaches and auctions.
    """
    rows = evidence.samples
    rows = rows[(rows["account"] == account) & (rows["block"] >= first) & (rows["block"] <= last)]
    rows = rows[(rows["gross_notional"] > 0) | (rows["equity"] != 0)]
    moments, before = [], None
    for number, row in enumerate(rows.itertuples()):
        state = _state(row.initial_margin, row.maintenance_margin)
        if state != before or number == len(rows) - 1:
            moments.append(_sample(evidence, row, state))
        before = state
    return moments


def last_healthy_block(evidence: Evidence, account: int, before: int) -> int | None:
    """Block of the last sample up to a block in which the account held positions and was above maintenance margin."""
    blocks = evidence.healthy_blocks.get(account, [])
    place = bisect_right(blocks, before)
    return blocks[place - 1] if place else None


def breach_moments(evidence: Evidence, told: Sequence[Settlement], breach_block: int | None) -> list[Moment]:
    """When the account was seen below maintenance margin, and again after what a reorganisation undid.

    Parameters
    ----------
    told : sequence of Settlement
        Liquidations that go back to it, in the order of execution.
    breach_block : int, optional
        Of the episode: the first of `told` may have come before anybody had looked at the account anew.
    """
    execution, moments, seen = evidence.execution, [], set()
    for settlement in told:
        block = settlement.breach_block if seen else breach_block
        if block is None or block in seen:
            continue
        closed = evidence.closed_out[settlement.key]
        place = execution.latest(block, closed.place)
        again = " again" if seen else ""
        seen.add(block)
        waits = execution.timestamps[closed.place] - execution.timestamps[place]
        text = f"below maintenance margin{again}, {words.span(waits)} before {_closing(settlement, told)}"
        by = execution.undone_by[place] or None
        figures = {"breach_block": block, "seconds_to_close_out": waits}
        order = (place, AFTER_ALL, 1)
        moments.append(Moment(order, block, execution.timestamps[place], Kind.MARGIN, text, figures, by))
    return moments


def _closing(settlement: Settlement, told: Sequence[Settlement]) -> str:
    return "the close-out" if len(told) == 1 else f"settlement {settlement.settlement}"


def margin_points(evidence: Evidence, account: int, entries: list[Entry], first: int, last: int) -> list[MarginPoint]:
    """Equity and requirement by samples and events that state them, between two blocks, by time. Undone ones not."""
    rows = evidence.samples
    rows = rows[(rows["account"] == account) & (rows["block"] >= first) & (rows["block"] <= last)]
    points = [MarginPoint(int(r.timestamp), r.equity, r.equity - r.maintenance_margin) for r in rows.itertuples()]
    for entry in entries:
        stated = "equity" in entry.args and "maintenanceMargin" in entry.args and entry.args.get("account") == account
        if stated and entry.undone_by is None and first <= entry.block <= last:
            equity, net = wads(entry.args["equity"]), wads(entry.args["maintenanceMargin"])
            points.append(MarginPoint(evidence.execution.timestamps[entry.place], equity, equity - net))
    return sorted(points, key=lambda point: point.timestamp)


def _state(initial: float, maintenance: float) -> str:
    if maintenance < 0:
        return "below maintenance margin"
    return "margin call" if initial < 0 else "healthy"


def _sample(evidence: Evidence, row, state: str) -> Moment:
    quote, block = evidence.quote, int(row.block)
    required = row.equity - row.maintenance_margin
    text = f"equity {words.amount(row.equity, quote)}, maintenance margin {words.amount(required, quote)}"
    if not row.gross_notional:
        text = f"equity {words.amount(row.equity, quote)}, no positions"
    elif state == "healthy":
        text = f"healthy: {text}, {words.amount(row.maintenance_margin, quote)} to spare"
    elif state == "margin call":
        text = f"margin call: {text}; {words.amount(-row.initial_margin, quote)} below initial margin"
    else:
        text = f"below maintenance margin by {words.amount(-row.maintenance_margin, quote)}: {text}"
    figures = {
        "state": state,
        "equity": row.equity,
        "initial_margin": row.initial_margin,
        "maintenance_margin": row.maintenance_margin,
        "cash": row.cash,
        "collateral_value": row.collateral_value,
        "gross_notional": row.gross_notional,
    }
    place = evidence.execution.place(block)
    return Moment((place, AFTER_ALL, 2), block, int(row.timestamp), Kind.MARGIN, text, figures)
