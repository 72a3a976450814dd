"""Reorganisations that undid something of a story."""

from collections import Counter
from collections.abc import Iterable

from simulator.explain import words
from simulator.explain.evidence import Evidence
from simulator.explain.moment import Kind, Moment

_COUNTED = {
    Kind.POSITION: "position change",
    Kind.AUCTION: "auction event",
    Kind.BID: "bid",
}
"""What is counted rather than named."""


def reorg_moments(evidence: Evidence, moments: Iterable[Moment]) -> list[Moment]:
    """One moment for each reorganisation that undid any of these, where it happened, with what it undid."""
    undone: dict[int, list[Moment]] = {}
    for moment in moments:
        if moment.undone_by is not None:
            undone.setdefault(moment.undone_by, []).append(moment)
    return [_reorg(evidence, number, undone[number]) for number in sorted(undone)]


def _reorg(evidence: Evidence, number: int, undone: list[Moment]) -> Moment:
    row = evidence.execution.reorgs[number]
    head, depth = int(row.head), int(row.depth)
    settled = sorted({m.settlement for m in undone if m.kind is Kind.LIQUIDATION})
    parts = [f"settlement {s}" + (f", attempt {attempt + 1}" if attempt else "") for s, attempt in settled]
    counts = Counter(_COUNTED[m.kind] for m in undone if m.kind in _COUNTED)
    parts += [f"{count} {what}{'' if count == 1 else 's'}" for what, count in counts.items()]
    lost = words.listing(parts, none="nothing of this account")
    text = f"reorganisation {number} undoes {words.block_range(head - depth + 1, head)}: {lost} undone"
    figures = {
        "reorg": number,
        "head": head,
        "depth": depth,
        "settlements": [{"settlement": s, "attempt": attempt} for s, attempt in settled],
        "undone_moments": len(undone),
    }
    order = (evidence.execution.undone_at[number], 0, 0)
    return Moment(order, head, int(row.timestamp), Kind.REORG, text, figures)
