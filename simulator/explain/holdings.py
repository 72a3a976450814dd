"""What an account held, from the events that moved it."""

from collections import Counter
from collections.abc import Iterable

from simulator.explain import words
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.moment import Kind, Moment

Holding = tuple[str, int]
"""("instrument", number in the registry) or ("asset", number of the asset held as collateral)."""


def changes(entry: Entry, account: int, evidence: Evidence) -> list[tuple[Holding, int]]:
    """Positions and collateral of the account that an event changed, with the signed change (wad)."""
    args = entry.args
    match entry.event:
        case "Traded":
            sign = 1 if args["buyer"] == account else -1
            return [(("instrument", args["instrument"]), sign * args["size"])]
        case "PositionMoved" | "HoldingMoved":
            sign = 1 if args["to"] == account else -1
            if entry.event == "PositionMoved":
                return [(("instrument", args["instrument"]), sign * args["size"])]
            return [(("asset", args["underlying"]), sign * args["amountWad"])]
        case "ExpirySettled":
            return [(("instrument", args["instrument"]), -args["size"])]
        case "Deposited" | "Withdrawn":
            asset = evidence.tokens.get(args["token"])
            sign = 1 if entry.event == "Deposited" else -1
            return [] if asset is None else [(("asset", asset), sign * args["amountWad"])]
    return []


class Holdings:
    """Positions and collateral of one account, replayed in the order of execution, reorganisations included."""

    def __init__(self, evidence: Evidence, account: int, entries: Iterable[Entry]):
        self._evidence = evidence
        self._changes = [(e, change) for e in entries for change in changes(e, account, evidence)]

    def at(self, order: tuple[float, int, int]) -> dict[Holding, int]:
        """What it held right after `order` (wad), in the order of the registry, without zeros."""
        held: Counter[Holding] = Counter()
        for entry, (holding, change) in self._changes:
            if entry.order <= order and self._evidence.execution.holds(entry.place, entry.undone_by, order[0]):
                held[holding] += change
        return {holding: held[holding] for holding in sorted(held, reverse=False) if held[holding]}

    def of(self, kind: str, number: int, order: tuple[float, int, int]) -> str:
        """What it held of one thing right after `order`: `short 3 ETH-PERP`, or `none of it`."""
        size = self.at(order).get((kind, number), 0)
        return described(self._evidence, {(kind, number): size}) if size else "none of it"

    def assets_between(self, first: float, last: float) -> list[int]:
        """Assets that it was exposed to at any time between two places."""
        touched = {h for e, (h, _) in self._changes if first <= e.place <= last} | set(self.at((first, 0, 0)))
        return sorted({asset_of(self._evidence, holding) for holding in touched})

    def describe(self, order: tuple[float, int, int]) -> str:
        """`long 6.278 BTC-PERP and 3.2 ETH as collateral`."""
        return described(self._evidence, self.at(order))


def asset_of(evidence: Evidence, holding: Holding) -> int:
    """The asset whose price moves a holding."""
    kind, number = holding
    return number if kind == "asset" else evidence.instruments[number].asset


def described(evidence: Evidence, held: dict[Holding, int], most: int | None = None) -> str:
    """Holdings in words; the first `most` of them, if that leaves out more than one, and how many others."""
    parts = []
    for (kind, number), value in _ordered(held):
        amount = words.size(abs(wads(value)))
        if kind == "asset":
            parts.append(f"{amount} {evidence.symbols[number]} as collateral")
        else:
            parts.append(f"{'long' if value > 0 else 'short'} {amount} {evidence.instruments[number].name}")
    if most is not None and len(parts) > most + 1:
        parts = [*parts[:most], f"{len(parts) - most} more positions"]
    return words.listing(parts, none="no positions and no collateral")


def sizes(evidence: Evidence, held: dict[Holding, int]) -> dict[str, float]:
    """Size of each holding by its name, positive long; collateral by the symbol of its asset."""
    return {
        evidence.symbols[number] if kind == "asset" else evidence.instruments[number].name: wads(value)
        for (kind, number), value in _ordered(held)
    }


def _ordered(held: dict[Holding, int]) -> list[tuple[Holding, int]]:
    """Positions in the order of the registry, then collateral."""
    return sorted(held.items(), key=lambda item: (item[0][0] == "asset", item[0][1]))


def holding_moments(evidence: Evidence, account: int, entries: list[Entry]) -> list[Moment]:
    """Opening, deposits, withdrawals, trades and expiries of the account; close-outs are told elsewhere."""
    holdings = Holdings(evidence, account, entries)
    moments = []
    for entry in entries:
        told = _told(evidence, account, entry)
        if told is None:
            continue
        text, figures = told
        if entry.event == "Traded":
            text += f"; now {holdings.of('instrument', entry.args['instrument'], entry.order)}"
        time = evidence.execution.timestamps[entry.place]
        moments.append(Moment(entry.order, entry.block, time, Kind.POSITION, text, figures, entry.undone_by))
    return moments


def _told(evidence: Evidence, account: int, entry: Entry) -> tuple[str, dict] | None:
    args, quote = entry.args, evidence.quote
    match entry.event:
        case "AccountOpened":
            return f"{evidence.named(account)} is opened", {"event": "opened"}
        case "Deposited" | "Withdrawn":
            asset, value = evidence.tokens.get(args["token"]), wads(args["amountWad"])
            unit = quote if asset is None else evidence.symbols[asset]
            what = words.amount(value, quote) if asset is None else f"{words.size(value)} {unit}"
            verb = "deposits" if entry.event == "Deposited" else "withdraws"
            return f"{verb} {what}", {"event": entry.event.lower(), "unit": unit, "amount": value}
        case "Traded":
            buys = args["buyer"] == account
            other = args["seller"] if buys else args["buyer"]
            listed, units = evidence.instruments[args["instrument"]], wads(args["size"])
            paid = wads(args["price"])
            text = (
                f"{'buys' if buys else 'sells'} {words.size(units)} {listed.name} at {words.price(paid)} {quote} "
                f"{'from' if buys else 'to'} {evidence.named(other)}"
            )
            figures = {"event": "traded", "instrument": listed.name, "size": units if buys else -units, "price": paid}
            return text, figures | {"counterparty": other}
        case "ExpirySettled":
            listed, units = evidence.instruments[args["instrument"]], wads(args["size"])
            text = f"{listed.name} expires: {words.size(units)} settled for {words.amount(wads(args['amount']), quote)}"
            return text, {"event": "expired", "instrument": listed.name, "size": units, "amount": wads(args["amount"])}
    return None
