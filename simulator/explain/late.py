"""What the oracle posted late, and what it sent that never arrived."""

from dataclasses import dataclass
from typing import Any

from simulator.explain import words
from simulator.explain.calls import decoded
from simulator.explain.evidence import Evidence, wads
from simulator.explain.left_out import LeftOut, Mempool, Offer, identity_of, offered
from simulator.explain.moment import AFTER_ALL, Kind, Moment

LONGEST_WAITS = 5
"""Updates that are told one by one, of the late ones and of the lost ones; the others are counted."""
_WORDS = {
    "PriceOracle": "price",
    "RiskParameters": "parameter",
    "CovarianceOracle": "risk model",
    "ScenarioSets": "risk model",
}
"""What each oracle contract holds."""


@dataclass(frozen=True, slots=True)
class Update:
    """A transaction to an oracle contract. prices : by asset, quote currency. assets : that it speaks of."""

    function: str
    assets: tuple[int, ...]
    prices: dict[int, float]


class LateUpdates:
    """Updates that missed the block after the one that was the head when they were sent.

    One that a reorganisation took out of a block is told where it stands in the end, or as lost.
    """

    def __init__(self, evidence: Evidence, mempool: Mempool):
        self._evidence = evidence
        self._mempool = mempool

    def moments(self, assets: list[int], first: int, last: int) -> list[Moment]:
        """Those about these assets that were included, or lost without a block, between two places.

        An update that was sent before and was still not in a block counts, at the first place.
        """
        return self._late(assets, first, last) + self._lost(assets, first, last)

    def _late(self, assets: list[int], first: int, last: int) -> list[Moment]:
        rows = self._evidence.transactions
        rows = rows[rows["place"].between(first, last) & rows["reorged_by"].isna()]
        rows = rows[rows["block"] - rows["submitted_block"] > 1]
        rows = rows[rows["function"].astype(str).str.split(".").str[0].isin(_WORDS)]
        found = []
        for row in rows.to_dict("records"):
            update = self._update(row["function"], row["data"], assets)
            if update is not None:
                found.append((row["block"] - row["submitted_block"], row, update))
        found.sort(key=lambda each: (-each[0], each[1]["place"], each[1]["index"]))
        told = [self._included(waited, row, update) for waited, row, update in found[:LONGEST_WAITS]]
        rest = found[LONGEST_WAITS:]
        if rest:
            text = f"{_more(len(rest))} waited {words.blocks(rest[0][0])} or less"
            told.append(_after(max(told, key=lambda moment: moment.place), text, {"others": len(rest)}))
        return told

    def _lost(self, assets: list[int], first: int, last: int) -> list[Moment]:
        found = []
        for left in self._mempool.left_out:
            gone = last if left.left_at is None else left.left_at
            if left.function.partition(".")[0] in _WORDS and left.submitted_at <= last and gone >= first:
                update = self._update(left.function, left.identity.data, assets)
                if update is not None:
                    found.append((left, update))
        told = [self._never(left, update, first) for left, update in found[:LONGEST_WAITS]]
        rest = len(found) - len(told)
        if rest:
            text = f"{_more(rest)} sent until block {self._evidence.execution.numbers[last]} stand in no block"
            told.append(_after(max(told, key=lambda moment: moment.place), text, {"others": rest, "included": False}))
        return told

    def _included(self, waited: int, row: dict[str, Any], update: Update) -> Moment:
        place, block = int(row["place"]), int(row["block"])
        last_offer = Offer(row["max_fee_gwei"], row["tip_gwei"])
        offers = (*self._mempool.offers(identity_of(row), place), last_offer)
        fees = self._mempool.base_fees(int(row["submitted_block"]) + 1, block, place)
        undone = self._mempool.undone_by(identity_of(row))
        again = "" if undone is None else f", after reorganisation {undone} undid the block that it was in"
        text = (
            f"late {self._told(update)}: submitted at block {row['submitted_block']}, included {words.blocks(waited)} "
            f"later{again}; it {offered(offers)}, with base fees of {words.gwei_range(min(fees), max(fees))}"
        )
        figures = self._figures(update) | {
            "included": True,
            "submitted_block": int(row["submitted_block"]),
            "waited_blocks": int(waited),
            "max_fee_gwei": last_offer.max_fee,
            "tip_gwei": last_offer.tip,
            "offers": [offer._asdict() for offer in offers],
            "base_fees_gwei": [min(fees), max(fees)],
            "undone_by": undone,
        }
        time = self._evidence.execution.timestamps[place]
        return Moment((place, int(row["index"]), 0), block, time, Kind.LATE, text, figures)

    def _never(self, left: LeftOut, update: Update, first: int) -> Moment:
        execution, place = self._evidence.execution, max(left.submitted_at, first)
        fate, figures = self._mempool.fate(left)
        sent = f"sent at block {left.identity.submitted_block}"
        text = f"{self._told(update)}, {sent}, stands in no block: {fate}"
        order = (place, AFTER_ALL, 3)
        return Moment(
            order,
            execution.numbers[place],
            execution.timestamps[place],
            Kind.LATE,
            text,
            self._figures(update) | figures,
        )

    def _update(self, function: str, data: bytes, assets: list[int]) -> Update | None:
        """What a transaction to the oracle says of these assets; None if nothing."""
        call = decoded(self._evidence.scenario, function, data)
        if call is None:
            return None
        fields, prices = call.arguments._asdict(), {}
        if "underlying" in fields:
            about = {fields["underlying"]}
        elif "spots" in fields:
            prices = {update.underlying: wads(update.spot) for update in fields["spots"]}
            about = prices.keys() | {update.underlying for update in fields["expiries"]}
        else:
            about = set(assets)
        about = tuple(asset for asset in assets if asset in about)
        return Update(function, about, {a: prices[a] for a in about if a in prices}) if about else None

    def _told(self, update: Update) -> str:
        symbols = self._evidence.symbols
        parts = []
        for asset in update.assets:
            price = f" to {words.price(update.prices[asset])}" if asset in update.prices else ""
            parts.append(f"{symbols[asset]}{price}")
        return f"{_WORDS[update.function.partition('.')[0]]} update of {words.listing(parts)}"

    def _figures(self, update: Update) -> dict[str, Any]:
        symbols = self._evidence.symbols
        return {
            "assets": [symbols[asset] for asset in update.assets],
            "prices": {symbols[asset]: price for asset, price in update.prices.items()},
            "function": update.function,
        }


def _more(number: int) -> str:
    return f"{number:,} more oracle update{'' if number == 1 else 's'}"


def _after(told: Moment, text: str, figures: dict[str, Any]) -> Moment:
    """A remark right after a moment."""
    order = (*told.place[:2], told.place[2] + 1)
    return Moment(order, told.block, told.timestamp, Kind.LATE, text, figures, told.undone_by)
