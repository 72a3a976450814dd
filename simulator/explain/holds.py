"""Proceeds of liquidations that the settlement ledger holds in escrow until they are final."""

from simulator.explain import words
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.moment import Kind, Moment

_VERBS = {
    "HoldPlaced": "holds back {amount} for {owner} until settlement {number} is final by its rule",
    "HoldReleased": "releases {amount} of settlement {number} to {owner}",
    "HoldVoided": "gives back {amount} of settlement {number}, held for {owner}: it is not in the final order",
}


def hold_moments(evidence: Evidence, account: int, entries: list[Entry]) -> list[Moment]:
    """What the ledger held, released and gave back of the account's own liquidations."""
    moments = []
    for entry in entries:
        if entry.event in _VERBS and entry.args["account"] == account:
            payment = wads(entry.args["payment"])
            owner = evidence.named(account if payment >= 0 else entry.args["liquidator"])
            amount = words.amount(abs(payment), evidence.quote)
            verb = _VERBS[entry.event].format(amount=amount, owner=owner, number=entry.args["settlement"])
            time = evidence.execution.timestamps[entry.place]
            figures = {"event": entry.event, "settlement": entry.args["settlement"], "payment": payment}
            figures["advance"] = wads(entry.args["advance"])
            text = f"the ledger {verb}"
            moments.append(Moment(entry.order, entry.block, time, Kind.FINALITY, text, figures, entry.undone_by))
    return moments
