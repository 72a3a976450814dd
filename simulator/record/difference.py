"""Where a record and its replay part, and how to say so."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from simulator.chain.events import Event
from simulator.record.arguments import encode_arguments

SHOWN = 160
"""Longest value that a message spells out; calldata can have thousands of characters."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that a record and its replay disagree on.

    `block` and `transaction` (its place in the block) are None where the difference belongs to none. `field` says what
    differs; `recorded` and `replayed` are JSON-able.
    """

    block: int | None
    transaction: int | None
    field: str
    recorded: Any
    replayed: Any

    def __str__(self) -> str:
        place = [] if self.block is None else [f"block {self.block}"]
        if self.transaction is not None:
            place.append(f"transaction {self.transaction}")
        where = ", ".join(place) or "run"
        return f"{where}: {self.field}: recorded {_shown(self.recorded)}, got {_shown(self.replayed)}"


class EventRow(NamedTuple):
    """A row of table `events` within its block."""

    transaction: int
    index: int
    contract: str
    event: str
    arguments: str


def event_rows(events: Iterable[tuple[int, Event]]) -> list[EventRow]:
    """Rows of table `events` for the decoded events of a block, each with the place of its transaction."""
    return [
        EventRow(place, index, event.contract, event.name, encode_arguments(event.args._asdict()))
        for index, (place, event) in enumerate(events)
    ]


def event_difference(block: int, recorded: Sequence[EventRow], replayed: Sequence[EventRow]) -> Difference | None:
    """Where the events of a block first differ, down to the argument; None if they do not."""
    for old, new in zip_longest(recorded, replayed):
        if old == new:
            continue
        if old is None or new is None or old[:4] != new[:4]:
            place = int((new or old).transaction)
            return Difference(block, place, "event", old and _title(old), new and _title(new))
        where = f"event {new.index} {new.contract}.{new.event}"
        return Difference(block, new.transaction, *_argument(where, old.arguments, new.arguments))
    return None


def _title(row: EventRow) -> str:
    return f"{row.contract}.{row.event} (event {row.index} of the block, by transaction {row.transaction})"


def _argument(where: str, recorded: str, replayed: str) -> tuple[str, Any, Any]:
    new = json.loads(replayed)
    try:
        old = json.loads(recorded)
    except (TypeError, ValueError):
        return f"{where}, arguments", recorded, replayed
    if isinstance(old, dict) and old.keys() == new.keys():
        for name, value in new.items():
            if old[name] != value:
                return f"{where}, {name}", old[name], value
    return f"{where}, arguments", recorded, replayed


def _shown(value: Any) -> str:
    text = "nothing" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... ({len(text):,} characters)"
