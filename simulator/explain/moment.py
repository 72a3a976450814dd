"""One thing that happened, and the story that they make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

AFTER_ALL = 1 << 30
"""Stands for the transaction in the place of what is known once a block is complete."""


class Kind(StrEnum):
    """What a moment is about, in the order of cause and effect."""

    POSITION = "position"
    PRICE = "price"
    PARAMETER = "parameter"
    LATE = "late update"
    MARGIN = "margin"
    AUCTION = "auction"
    BID = "bid"
    LIQUIDATION = "liquidation"
    WATERFALL = "waterfall"
    EXPOSURE = "exposure"
    REORG = "reorganisation"
    FINALITY = "finality"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to an account, or that mattered to it.

    place : where it stands in the order of execution: block, transaction, event. Not the block's number: a block that
        was undone has a place of its own before that of the block that replaced it.
    figures : what the sentence says, for programs. Amounts in the quote currency, fees in gwei, shares as fractions.
    undone_by : number of the reorganisation that undid it.
    settlement : (number, attempt) of the settlement it belongs to.
    """

    place: tuple[float, int, int]
    block: int
    timestamp: int
    kind: Kind
    text: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    undone_by: int | None = None
    settlement: tuple[int, int] | None = None

    def line(self) -> str:
        """The sentence, marked if it came undone."""
        return self.text if self.undone_by is None else f"{self.text} (undone by reorganisation {self.undone_by})"

    def as_json(self) -> dict[str, Any]:
        """As `seawall explain --json` prints it."""
        number, attempt = self.settlement or (None, None)
        return {
            "block": self.block,
            "timestamp": self.timestamp,
            "kind": self.kind.value,
            "text": self.text,
            "undone_by": self.undone_by,
            "settlement": number,
            "attempt": attempt,
            "figures": dict(self.figures),
        }


@dataclass(frozen=True, slots=True)
class MarginPoint:
    """Equity and maintenance requirement (equity - net maintenance margin) of the account, quote currency."""

    timestamp: int
    equity: float
    requirement: float


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """Market and oracle price of an asset by block, UTC seconds and quote currency."""

    symbol: str
    timestamps: tuple[int, ...]
    market: tuple[float, ...]
    oracle: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to one account, in the order in which it happened.

    settlements : (number, attempt) of the account's liquidations in it. margins, prices : for the picture.
    """

    account: int
    kind: str
    quote: str
    title: str
    first_block: int
    last_block: int
    settlements: tuple[tuple[int, int], ...]
    moments: tuple[Moment, ...]
    margins: tuple[MarginPoint, ...] = ()
    prices: tuple[PriceSeries, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As `seawall explain --json` prints it."""
        return {
            "account": self.account,
            "kind": self.kind,
            "title": self.title,
            "first_block": self.first_block,
            "last_block": self.last_block,
            "settlements": [{"settlement": number, "attempt": attempt} for number, attempt in self.settlements],
            "moments": [moment.as_json() for moment in self.moments],
        }
