"""Floats as the contracts take them: 1e18 fixed point."""

import math
from decimal import Decimal

from simulator.errors import DataError

WAD = 10**18


def wad(value: float) -> int:
    """The shortest decimal that reads as `value`, in 1e18 fixed point, half to even: 0.35 is exactly 35e16.

    Raises DataError if `value` is not finite.
    """
    if not math.isfinite(value):
        raise DataError(f"{value} has no fixed-point form; a price or parameter must be finite")
    return int((Decimal(repr(float(value))) * WAD).to_integral_exact())
