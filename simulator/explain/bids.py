"""Bids for accounts on offer, decoded from the calldata of the transactions that made them."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from simulator.explain import words
from simulator.explain.calls import decoded
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.left_out import LeftOut, Mempool, Offer, identity_of, offered
from simulator.explain.moment import AFTER_ALL, Kind, Moment

TAKES_AT_ONCE = "liquidate"
"""The function whose success is a close-out; any other bid competes on until the auction is over."""
GWEI = 1e9
_SCALED = re.compile(r"(-?\d+(?:\.\d+)?)e18")


@dataclass(frozen=True, slots=True)
class Terms:
    """What was bid: by `liquidator` for `account`, both accounts.

    lot : its number, None where a mechanism has none. fraction : of the account, None where the mechanism fixes it.
    limit : the most that the bidder pays, negative for the least that it wants to be paid; quote currency.
    """

    account: int
    liquidator: int
    function: str
    lot: int | None
    fraction: float | None
    limit: float


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid that was in a block, undone or not.

    offers : for a place in the block, the last one last; before it those that it replaced.
    base_fee : gwei. fee : gas used times base fee and tip as charged, gwei.
    waited : blocks from submission to inclusion; below 1 in a block that a reorganisation put in the place of an older
        one, when the bid was there already.
    """

    terms: Terms
    place: int
    block: int
    transaction: int
    succeeded: bool
    reason: str | None
    offers: tuple[Offer, ...]
    base_fee: float
    fee: float
    submitted_block: int
    undone_by: int | None

    @property
    def waited(self) -> int:
        return self.block - self.submitted_block


class Bids:
    """Every bid of a run, in the order of execution: those that were in a block, and those that never got in."""

    def __init__(self, evidence: Evidence, mempool: Mempool):
        self._evidence = evidence
        self._mempool = mempool

    @cached_property
    def included(self) -> list[Bid]:
        """Bids that were in a block, for and by whomever."""
        transactions = self._evidence.transactions
        called = transactions["function"].astype(str)
        frame = transactions[called.str.startswith("Liquidation.")]
        return [bid for row in frame.to_dict("records") if (bid := self._bid(row)) is not None]

    @cached_property
    def left_out(self) -> list[tuple[Terms, LeftOut]]:
        """Bids that stand in no block."""
        calls = [left for left in self._mempool.left_out if left.function.startswith("Liquidation.")]
        return [
            (terms, left) for left in calls if (terms := self._terms(left.function, left.identity.data)) is not None
        ]

    def rivals(self, account: int, liquidator: int, block: int, lot: int | None = None) -> list[int]:
        """Other liquidators that bid for a lot; where there are none, whose bids waited for `block` or were in it."""
        if lot is not None:
            found = {
                bid.terms.liquidator for bid in self.included if (bid.terms.account, bid.terms.lot) == (account, lot)
            }
            return sorted(found - {liquidator})
        found = {
            bid.terms.liquidator
            for bid in self.included
            if bid.terms.account == account and bid.submitted_block < block <= bid.block
        }
        numbers = self._evidence.execution.numbers
        for terms, left in self.left_out:
            until = numbers[-1] if left.left_at is None else numbers[left.left_at] - 1
            if terms.account == account and left.identity.submitted_block < block <= until:
                found.add(terms.liquidator)
        return sorted(found - {liquidator})

    def moments(self, about: int) -> list[tuple[Terms, Moment]]:
        """Bids for an account, and by it, with what was bid."""
        found = [(bid.terms, self._included(bid)) for bid in self.included if about in _parties(bid.terms)]
        return found + [(t, self._left_out(t, left)) for t, left in self.left_out if about in _parties(t)]

    def _included(self, bid: Bid) -> Moment:
        evidence, terms = self._evidence, bid.terms
        outcome, figures = self._outcome(bid)
        waited = f"waited {words.blocks(bid.waited)}" if bid.waited > 0 else "was there when this block was built again"
        text = (
            f"{self._told(terms)} {outcome}; {waited}, {offered(bid.offers)}; with a base fee of "
            f"{words.gwei(bid.base_fee)} it pays {words.coin(bid.fee / GWEI, evidence.symbols[0])}"
        )
        figures |= {
            "included": True,
            "succeeded": bid.succeeded,
            "reason": bid.reason,
            "max_fee_gwei": bid.offers[-1].max_fee,
            "tip_gwei": bid.offers[-1].tip,
            "offers": [offer._asdict() for offer in bid.offers],
            "base_fee_gwei": bid.base_fee,
            "fee_gwei": bid.fee,
            "submitted_block": bid.submitted_block,
            "waited_blocks": bid.waited,
        }
        time = evidence.execution.timestamps[bid.place]
        order = bid.place, bid.transaction, -1
        return Moment(order, bid.block, time, Kind.BID, text, _figures(terms) | figures, bid.undone_by)

    def _outcome(self, bid: Bid) -> tuple[str, dict[str, Any]]:
        """What became of a bid in its block."""
        if not bid.succeeded:
            return f"fails: {readable(bid.reason)}", {}
        if bid.terms.function == TAKES_AT_ONCE:
            return "succeeds", {}
        placed = self._placed[bid.place, bid.transaction].args
        figures = {
            "stands_until": placed["standsUntil"],
            "equity": wads(placed["equity"]),
            "maintenance_margin": wads(placed["maintenanceMargin"]),
        }
        return f"is the best so far and stands until {words.utc(placed['standsUntil'])}", figures

    def _left_out(self, terms: Terms, left: LeftOut) -> Moment:
        execution = self._evidence.execution
        fate, figures = self._mempool.fate(left)
        text = f"{self._told(terms)} is sent and stands in no block: {fate}"
        place = left.submitted_at
        figures = _figures(terms) | figures | {"succeeded": False}
        return Moment(
            (place, AFTER_ALL, 3), execution.numbers[place], execution.timestamps[place], Kind.BID, text, figures
        )

    def _told(self, terms: Terms) -> str:
        """Who bids what for which."""
        share = "a lot" if terms.fraction is None else words.percent(terms.fraction)
        share = share if terms.lot is None else f"lot {terms.lot}"
        limit = words.amount(abs(terms.limit), self._evidence.quote)
        price = f"to pay {limit}" if terms.limit >= 0 else f"to be paid {limit}"
        if terms.function == TAKES_AT_ONCE:
            price += " at most" if terms.limit >= 0 else " at least"
        return f"bid of {self._evidence.named(terms.liquidator)} for {share} of account {terms.account}, {price},"

    @cached_property
    def _placed(self) -> dict[tuple[int, int], Entry]:
        """What an auction said of each bid that it took, by place and transaction."""
        events = self._evidence.events
        return {(e.place, e.transaction): e for e in self._evidence.entries(events[events["event"] == "BidPlaced"])}

    def _terms(self, function: str, data: bytes) -> Terms | None:
        """The terms of a call of the mechanism; None if it is no bid."""
        call = decoded(self._evidence.scenario, function, data)
        if call is None or "liquidator" not in call.arguments._fields:
            return None
        asked = call.arguments._asdict()
        return Terms(
            account=asked["account"],
            liquidator=asked["liquidator"],
            function=call.function,
            lot=asked.get("lot"),
            fraction=wads(asked["fraction"]) if "fraction" in asked else None,
            limit=wads(asked["maxPayment"] if "maxPayment" in asked else asked["payment"]),
        )

    def _bid(self, row: dict[str, Any]) -> Bid | None:
        terms = self._terms(row["function"], row["data"])
        if terms is None:
            return None
        base_fee = self._evidence.execution.base_fees[row["place"]]
        offer = Offer(row["max_fee_gwei"], row["tip_gwei"])
        return Bid(
            terms=terms,
            place=row["place"],
            block=row["block"],
            transaction=row["index"],
            succeeded=row["succeeded"],
            reason=None if pd.isna(row["revert_reason"]) else row["revert_reason"],
            offers=(*self._mempool.offers(identity_of(row), row["place"]), offer),
            base_fee=base_fee,
            fee=row["gas_used"] * min(base_fee + offer.tip, offer.max_fee),
            submitted_block=row["submitted_block"],
            undone_by=None if pd.isna(row["reorged_by"]) else int(row["reorged_by"]),
        )


def readable(reason: str | None) -> str:
    """A revert reason with its fixed-point integers as numbers."""
    if reason is None:
        return "without a reason"
    return _SCALED.sub(lambda found: words.size(float(found[1])), reason)


def _parties(terms: Terms) -> tuple[int, int]:
    return terms.account, terms.liquidator


def _figures(terms: Terms) -> dict[str, Any]:
    return {
        "liquidator": terms.liquidator,
        "account": terms.account,
        "lot": terms.lot,
        "fraction": terms.fraction,
        "limit": terms.limit,
    }
