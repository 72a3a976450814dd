"""What a node would charge for what the embedded EVM executed.

The embedded EVM never closes a transaction, so storage and accounts stay warm and its own gas reads low (EIP-2929,
EIP-2200). How much is missing depends on the function above all, then on how much it does, for which the gas read and
the number of events stand: for each function, apart for calls that failed, a plane was fitted on runs executed on both
(scripts/calibrate_gas.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FILE = Path(__file__).with_name("gas_metering.json")


@dataclass(frozen=True, slots=True)
class Plane:
    """Gas of a node: `base + slope * gas read + per_log * events`."""

    base: float
    slope: float
    per_log: float


@dataclass(frozen=True, slots=True)
class Metering:
    """Planes by function selector and whether the call succeeded. What is not among them is taken as read."""

    planes: Mapping[tuple[bytes, bool], Plane]

    @classmethod
    def load(cls, path: Path = _FILE) -> Self:
        """Read a calibration; the packaged one unless told otherwise."""
        functions = json.loads(path.read_text())["functions"]
        return cls(
            {
                (bytes.fromhex(entry["selector"][2:]), outcome == "succeeded"): Plane(**entry[outcome])
                for entry in functions.values()
                for outcome in ("succeeded", "failed")
                if outcome in entry
            }
        )

    def gas(self, data: bytes, succeeded: bool, read: int, logs: int) -> int:
        """Gas of a call with this calldata that emitted `logs` events, of which the EVM read `read`."""
        plane = self.planes.get((data[:4], succeeded))
        return read if plane is None else round(plane.base + plane.slope * read + plane.per_log * logs)
