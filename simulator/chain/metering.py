"""What a node would charge for what the embedded EVM executed.

The embedded EVM never closes a transaction: storage and accounts stay warm (EIP-2929), and a slot's value before the
transaction is taken to be the one it had when the EVM first met it (EIP-2200, EIP-3529), so its own gas reads low. What
a transaction touched would give the difference exactly, but pyrevm tells it only in a dump of all its state. So the
difference is fitted: for each function, and for each error that it fails with, over runs executed on a node as well
(scripts/calibrate_gas.py), from what the EVM does tell.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

_FILE = Path(__file__).with_name("gas_metering.json")

# What it gives back for a slot set to zero, as it takes all slots to have been zero before: the price of setting one
# less that of a warm access. Source: EIP-3529.
_REFUND = 19_900


class Reading(NamedTuple):
    """What the embedded EVM tells of a transaction.

    gas : before refunds.
    refund : gas given back for cleared slots, at most a fifth of `gas`.
    frames : calls between contracts that were not undone, the first included.
    logs : events.
    """

    gas: int
    refund: int
    frames: int
    logs: int

    @property
    def cleared(self) -> int:
        """Slots set to zero, or fewer where the cap of refunds hides some."""
        return -(-self.refund // _REFUND)


@dataclass(frozen=True, slots=True)
class Fit:
    """Gas of a node, linear in a reading, with a bend: the slope rises by `bend` where `gas` exceeds `knee`."""

    base: float
    slope: float = 1.0
    knee: float = 0.0
    bend: float = 0.0
    per_cleared: float = 0.0
    per_frame: float = 0.0
    per_log: float = 0.0
    per_word: float = 0.0

    def gas(self, reading: Reading, words: int) -> int:
        """Gas of a call with so many words of calldata; never less than the EVM read, as cold costs more than warm."""
        gas, refund, frames, logs = reading
        fitted = self.base + self.slope * gas + self.per_frame * frames + self.per_log * logs + self.per_word * words
        if gas > self.knee:
            fitted += self.bend * (gas - self.knee)
        if refund:
            fitted += self.per_cleared * reading.cleared
        return max(round(fitted), gas - refund)


@dataclass(frozen=True, slots=True)
class FunctionFits:
    """Fits of one function; None for an outcome that was never seen.

    errors : by the first four bytes of the revert data.
    failed : for errors that are not among them.
    """

    succeeded: Fit | None
    failed: Fit | None
    errors: Mapping[bytes, Fit]

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """From an entry of the calibration file."""
        whole = [Fit(**entry[outcome]) if outcome in entry else None for outcome in ("succeeded", "failed")]
        return cls(*whole, {_bytes(error): Fit(**fit) for error, fit in entry.get("errors", {}).items()})


@dataclass(frozen=True, slots=True)
class Metering:
    """Fits by function selector. What is not among them is taken as read."""

    functions: Mapping[bytes, FunctionFits]

    @classmethod
    def load(cls, path: Path = _FILE) -> Self:
        """Read a calibration; the packaged one unless told otherwise."""
        entries = json.loads(path.read_text())["functions"]
        return cls({_bytes(selector): FunctionFits.of(entry) for selector, entry in entries.items()})

    def fit(self, data: bytes, succeeded: bool, output: bytes) -> Fit | None:
        """The fit for calls with this calldata and outcome; `output` is the revert data of one that failed."""
        function = self.functions.get(data[:4])
        if function is None:
            return None
        return function.succeeded if succeeded else function.errors.get(output[:4], function.failed)

    def gas(self, data: bytes, succeeded: bool, output: bytes, reading: Reading) -> int:
        """Gas of a call with this calldata and outcome that the EVM read so."""
        fit = self.fit(data, succeeded, output)
        return reading.gas - reading.refund if fit is None else fit.gas(reading, -(-len(data) // 32))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
