"""What a node would charge for what the embedded EVM executed.

The embedded EVM never closes a transaction, so storage and accounts stay warm and its own gas reads low (EIP-2929,
EIP-2200). How much is missing depends on the function above all: for each, a line from the gas it reads to the gas of a
node, apart for calls that failed, was fitted on a run executed on both (scripts/calibrate_gas.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FILE = Path(__file__).with_name("gas_metering.json")


@dataclass(frozen=True, slots=True)
class Line:
    """Gas of a node: `base + slope * gas read`."""

    base: int
    slope: float


@dataclass(frozen=True, slots=True)
class Metering:
    """Lines by function selector and whether the call succeeded. A function that is not among them is read as it is."""

    lines: Mapping[tuple[bytes, bool], Line]

    @classmethod
    def load(cls, path: Path = _FILE) -> Self:
        """Read a calibration; the packaged one unless told otherwise."""
        functions = json.loads(path.read_text())["functions"]
        return cls(
            {
                (bytes.fromhex(entry["selector"][2:]), outcome == "succeeded"): Line(**entry[outcome])
                for entry in functions.values()
                for outcome in ("succeeded", "failed")
                if outcome in entry
            }
        )

    def gas(self, data: bytes, succeeded: bool, read: int) -> int:
        """Gas of a call with this calldata, of which the EVM read `read`."""
        line = self.lines.get((data[:4], succeeded))
        return read if line is None else round(line.base + line.slope * read)
