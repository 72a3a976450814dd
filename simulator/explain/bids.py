"""Bids for accounts on offer, decoded from the calldata of the transactions that made them."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from simulator.chain import artifacts
from simulator.chain.abi import codec, signature
from simulator.chain.keccak import keccak256
from simulator.explain import words
from simulator.explain.evidence import Evidence, wads
from simulator.explain.moment import Kind, Moment

CONTRACTS = {"fixed": "FixedDiscount", "dutch": "DutchAuction", "english": "EnglishAuction"}
"""Contract of each mechanism that a scenario can name."""
TAKES_AT_ONCE = "liquidate"
"""The function whose success is a close-out; any other bid competes on until the auction is over."""
GWEI = 1e9
_SCALED = re.compile(r"(-?\d+(?:\.\d+)?)e18")


@dataclass(frozen=True, slots=True)
class Bid:
    """A transaction that bid for `account` in favour of `liquidator`, also an account.

    fraction : of the account, None where the mechanism fixes it. limit : the most that the bidder pays, negative for
    the least that it wants to be paid; quote currency. Prices in gwei; `fee` too: gas used times base fee and tip.
    waited : blocks from submission to inclusion; below 1 in a block that a reorganisation put in the place of an older
        one, when the bid was there already.
    """

    place: int
    block: int
    transaction: int
    account: int
    liquidator: int
    function: str
    fraction: float | None
    limit: float
    succeeded: bool
    reason: str | None
    max_fee: float
    tip: float
    base_fee: float
    fee: float
    submitted_block: int
    undone_by: int | None

    @property
    def waited(self) -> int:
        return self.block - self.submitted_block


class Bids:
    """Every bid of a run that was in a block, in the order of execution. One that never was is not recorded."""

    def __init__(self, evidence: Evidence):
        self._evidence = evidence

    @cached_property
    def all(self) -> list[Bid]:
        """Bids for and by whomever."""
        transactions = self._evidence.transactions
        called = transactions["function"].astype(str)
        frame = transactions[called.str.startswith("Liquidation.")]
        return [bid for row in frame.to_dict("records") if (bid := self._bid(row)) is not None]

    def about(self, account: int) -> list[Bid]:
        """Bids for the account, and by it."""
        return [bid for bid in self.all if account in (bid.account, bid.liquidator)]

    def rivals(self, account: int, liquidator: int, block: int) -> list[int]:
        """Other liquidators whose bids for the account waited when `block` was built, or were in it."""
        waiting = (b for b in self.all if b.account == account and b.submitted_block < block <= b.block)
        return sorted({bid.liquidator for bid in waiting} - {liquidator})

    def moment(self, bid: Bid) -> Moment:
        """The bid in words."""
        evidence = self._evidence
        coin, time = evidence.symbols[0], evidence.execution.timestamps[bid.place]
        share = "a lot" if bid.fraction is None else words.percent(bid.fraction)
        limit = words.amount(abs(bid.limit), evidence.quote)
        terms = f"to pay {limit}" if bid.limit >= 0 else f"to be paid {limit}"
        taken = "is placed"
        if bid.function == TAKES_AT_ONCE:
            terms += " at most" if bid.limit >= 0 else " at least"
            taken = "succeeds"
        outcome = taken if bid.succeeded else f"fails: {readable(bid.reason)}"
        waited = f"waited {words.blocks(bid.waited)}" if bid.waited > 0 else "was there when this block was built again"
        text = (
            f"bid of {evidence.named(bid.liquidator)} for {share} of account {bid.account}, {terms}, {outcome}; "
            f"{waited}, tip {bid.tip:,.4g} gwei and at most {bid.max_fee:,.4g} with a base fee of "
            f"{bid.base_fee:,.4g}: fee {bid.fee / GWEI:,.4g} {coin}"
        )
        figures: dict[str, Any] = {
            "liquidator": bid.liquidator,
            "account": bid.account,
            "fraction": bid.fraction,
            "limit": bid.limit,
            "succeeded": bid.succeeded,
            "reason": bid.reason,
            "max_fee_gwei": bid.max_fee,
            "tip_gwei": bid.tip,
            "base_fee_gwei": bid.base_fee,
            "fee_gwei": bid.fee,
            "submitted_block": bid.submitted_block,
            "waited_blocks": bid.waited,
        }
        order = bid.place, bid.transaction, -1
        return Moment(order, bid.block, time, Kind.BID, text, figures, bid.undone_by)

    @cached_property
    def _functions(self) -> dict[bytes, tuple[str, Any, frozenset[str]]]:
        """Name, decoder and arguments of each function of the mechanism that a bidder calls, by selector."""
        abi = artifacts.load(CONTRACTS[self._evidence.scenario.liquidation.mechanism]).abi
        found = {}
        for entry in abi:
            if entry["type"] == "function":
                names = frozenset(part["name"].strip("_") for part in entry["inputs"])
                if {"account", "liquidator"} <= names:
                    decoder = codec({"type": "tuple", "components": entry["inputs"]})
                    found[keccak256(signature(entry).encode())[:4]] = entry["name"], decoder, names
        return found

    def _bid(self, row: dict[str, Any]) -> Bid | None:
        known = self._functions.get(row["data"][:4])
        if known is None:
            return None
        function, decoder, names = known
        asked = decoder.decode(row["data"], 4)
        base_fee = self._evidence.execution.base_fees[row["place"]]
        tip = min(row["max_fee_gwei"] - base_fee, row["tip_gwei"])
        limit = asked.maxPayment if "maxPayment" in names else asked.payment
        return Bid(
            place=row["place"],
            block=row["block"],
            transaction=row["index"],
            account=asked.account,
            liquidator=asked.liquidator,
            function=function,
            fraction=wads(asked.fraction) if "fraction" in names else None,
            limit=wads(limit),
            succeeded=row["succeeded"],
            reason=None if pd.isna(row["revert_reason"]) else row["revert_reason"],
            max_fee=row["max_fee_gwei"],
            tip=row["tip_gwei"],
            base_fee=base_fee,
            fee=row["gas_used"] * (base_fee + tip),
            submitted_block=row["submitted_block"],
            undone_by=None if pd.isna(row["reorged_by"]) else int(row["reorged_by"]),
        )


def readable(reason: str | None) -> str:
    """A revert reason with its fixed-point integers as numbers."""
    if reason is None:
        return "without a reason"
    return _SCALED.sub(lambda found: words.size(float(found[1])), reason)
