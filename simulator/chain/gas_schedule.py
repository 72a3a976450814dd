"""What a transaction is charged, by label, the same on every backend.

An in-process EVM keeps state warm between transactions, so its own figures read low. Block packing and fees use this
schedule instead, measured on a node with cold state (scripts/calibrate_gas.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FILE = Path(__file__).with_name("gas_schedule.json")


@dataclass(frozen=True, slots=True)
class GasCost:
    """Gas of one kind of transaction: `base + per_word * words of calldata`; `reverted` if it fails, 0 if unknown."""

    base: int
    per_word: int = 0
    reverted: int = 0


@dataclass(frozen=True, slots=True)
class GasSchedule:
    """Gas by label, and what unknown labels are charged."""

    costs: Mapping[str, GasCost]
    default: GasCost

    @classmethod
    def load(cls, path: Path = _FILE) -> Self:
        """Read a schedule file; the packaged one unless told otherwise."""
        table = json.loads(path.read_text())
        return cls({label: GasCost(**cost) for label, cost in table["costs"].items()}, GasCost(**table["default"]))

    def gas(self, label: str, calldata: bytes) -> int:
        """Gas that a transaction with this label and calldata needs of a block, before its outcome is known."""
        cost = self.costs.get(label, self.default)
        return cost.base + cost.per_word * -(-len(calldata) // 32)

    def charge(self, label: str, calldata: bytes, succeeded: bool) -> int:
        """Gas that it is charged once executed, no more than it needed: a revert leaves the rest of its room unused."""
        needed, reverted = self.gas(label, calldata), self.costs.get(label, self.default).reverted
        return min(needed, reverted) if reverted and not succeeded else needed
