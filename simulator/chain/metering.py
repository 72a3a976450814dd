"""What a node would charge for what the embedded EVM executed.

The embedded EVM never closes a transaction, so storage and accounts stay warm and its own gas reads low (EIP-2929,
EIP-2200). How much is missing depends on the function above all, then on how much it does, for which the gas read and
the number of events stand. The relation was fitted for each function, apart for calls that failed, on runs executed on
both (scripts/calibrate_gas.py).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_FILE = Path(__file__).with_name("gas_metering.json")


@dataclass(frozen=True, slots=True)
class Fit:
    """Gas of a node: `base + slope * read + bend * max(read - knee, 0) + per_log * logs`."""

    base: float
    slope: float = 1.0
    knee: float = 0.0
    bend: float = 0.0
    per_log: float = 0.0

    def gas(self, read: int, logs: int) -> int:
        """Gas of a call that emitted `logs` events and of which the EVM read `read`."""
        return round(self.base + self.slope * read + self.bend * max(read - self.knee, 0.0) + self.per_log * logs)


@dataclass(frozen=True, slots=True)
class Metering:
    """Fits by function selector and whether the call succeeded. What is not among them is taken as read."""

    fits: Mapping[tuple[bytes, bool], Fit]

    @classmethod
    def load(cls, path: Path = _FILE) -> Self:
        """Read a calibration; the packaged one unless told otherwise."""
        functions = json.loads(path.read_text())["functions"]
        return cls(
            {
                (bytes.fromhex(entry["selector"][2:]), outcome == "succeeded"): Fit(**entry[outcome])
                for entry in functions.values()
                for outcome in ("succeeded", "failed")
                if outcome in entry
            }
        )

    def gas(self, data: bytes, succeeded: bool, read: int, logs: int) -> int:
        """Gas of a call with this calldata that emitted `logs` events, of which the EVM read `read`."""
        fit = self.fits.get((data[:4], succeeded))
        return read if fit is None else fit.gas(read, logs)
