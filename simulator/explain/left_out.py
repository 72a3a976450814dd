"""Transactions that never got into a block, and what they offered for one."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import pandas as pd

from simulator.explain import words
from simulator.explain.evidence import Evidence
from simulator.record.unincluded import Reason


class Offer(NamedTuple):
    """A bid for block space: the most that it pays per gas, and the tip within that; gwei."""

    max_fee: float
    tip: float


class Identity(NamedTuple):
    """What names a transaction across blocks that were undone and bids that were raised."""

    sender: str
    data: bytes
    submitted_block: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A transaction that stands in no block.

    submitted_at : place of the block that was the head when it was sent.
    left_at : place of the block before which it left the mempool; None if it still waits where the record ends.
    offers : what it offered, the last one last.
    undone_by : the reorganisation that last took it out of a block, None if it never was in one.
    """

    identity: Identity
    function: str
    reason: Reason
    submitted_at: int
    left_at: int | None
    offers: tuple[Offer, ...]
    undone_by: int | None


class Mempool:
    """What the record says of the mempool of a run."""

    def __init__(self, evidence: Evidence):
        self._evidence = evidence

    @cached_property
    def left_out(self) -> list[LeftOut]:
        """Every transaction that stands in no block, by when it left."""
        rows = self._evidence.unincluded
        rows = rows[rows["reason"] != Reason.REPLACED]
        return [self._left_out(row) for row in rows.to_dict("records")]

    def offers(self, identity: Identity, place: float) -> tuple[Offer, ...]:
        """Bids for a transaction that gave way to higher ones up to a place."""
        return tuple(offer for at, offer in self._replaced.get(identity, ()) if at <= place)

    def base_fees(self, first: int, last: int, place: float) -> list[float]:
        """Base fees of the blocks from number `first` to `last` as they were last built up to a place, gwei."""
        execution = self._evidence.execution
        return [execution.base_fees[execution.latest(number, place)] for number in range(first, last + 1)]

    def undone_by(self, identity: Identity) -> int | None:
        """The reorganisation that last took a transaction out of a block; None if none did."""
        undone = self._undone.get(identity)
        return undone[-1][1] if undone else None

    def fate(self, left: LeftOut) -> tuple[str, dict[str, Any]]:
        """Why it never got into a block, in words and figures."""
        execution = self._evidence.execution
        end = len(execution) if left.left_at is None else left.left_at
        last = execution.numbers[end - 1] if left.left_at is None else execution.numbers[end] - 1
        waited = last - left.identity.submitted_block
        after = f"after {words.blocks(waited)}"
        text = {
            Reason.EXPIRED: f"it expires {after}",
            Reason.DROPPED: f"it is dropped {after} with an earlier transaction of its sender that expired",
            Reason.WAITING: f"it still waits where the record ends, {after}",
        }[left.reason]
        if left.undone_by is not None:
            text = f"reorganisation {left.undone_by} undid the block that it was in, and {text}"
        fees = self.base_fees(left.identity.submitted_block + 1, last, end)
        priced_out = sum(fee > left.offers[-1].max_fee for fee in fees)
        text += (
            f"; it {offered(left.offers)}, with base fees of {words.gwei_range(min(fees), max(fees))}" if fees else ""
        )
        if priced_out:
            text += f", above that in {'all' if priced_out == len(fees) else priced_out} of these blocks"
        elif fees and left.reason is not Reason.DROPPED:
            text += "; others offered more"
        figures = {
            "included": False,
            "left": left.reason.value,
            "submitted_block": left.identity.submitted_block,
            "left_block": None if left.left_at is None else execution.numbers[left.left_at],
            "waited_blocks": waited,
            "offers": [offer._asdict() for offer in left.offers],
            "base_fees_gwei": [min(fees), max(fees)] if fees else None,
            "blocks_priced_out": priced_out,
            "undone_by": left.undone_by,
        }
        return text, figures

    @cached_property
    def _replaced(self) -> dict[Identity, list[tuple[int, Offer]]]:
        """Bids that were replaced, with the place of the block before which they were, by transaction."""
        found = defaultdict(list)
        rows = self._evidence.unincluded
        for row in rows[rows["reason"] == Reason.REPLACED].to_dict("records"):
            found[identity_of(row)].append((row["place"], Offer(row["max_fee_gwei"], row["tip_gwei"])))
        return found

    @cached_property
    def _undone(self) -> dict[Identity, list[tuple[int, int]]]:
        """Place of each block that a transaction was taken out of, and the reorganisation that did it."""
        found = defaultdict(list)
        rows = self._evidence.transactions
        for row in rows[rows["reorged_by"].notna()].to_dict("records"):
            found[identity_of(row)].append((row["place"], int(row["reorged_by"])))
        return found

    def _left_out(self, row: dict[str, Any]) -> LeftOut:
        execution, identity = self._evidence.execution, identity_of(row)
        left_at = None if pd.isna(row["left_block"]) else row["place"]
        offers = (*self.offers(identity, row["place"]), Offer(row["max_fee_gwei"], row["tip_gwei"]))
        undone = self._undone.get(identity, ())
        return LeftOut(
            identity=identity,
            function=str(row["function"]),
            reason=Reason(row["reason"]),
            submitted_at=execution.latest(identity.submitted_block, undone[0][0] if undone else row["place"]),
            left_at=left_at,
            offers=offers,
            undone_by=self.undone_by(identity),
        )


def identity_of(row: dict[str, Any]) -> Identity:
    """The transaction that a row of `transactions` or `unincluded` is about."""
    return Identity(row["sender"], row["data"], int(row["submitted_block"]))


def offered(offers: tuple[Offer, ...]) -> str:
    """`offered at most 62 gwei and a tip of 2, raised twice from at most 40`."""
    last = offers[-1]
    text = f"offered at most {words.gwei(last.max_fee)} and a tip of {words.gwei(last.tip)}"
    if len(offers) > 1:
        text += f", raised {words.times(len(offers) - 1)} from at most {words.gwei(offers[0].max_fee)}"
    return text
