"""Scan risk of positions whose P&L arrays are given: the mirror of contracts/margin/RiskArrays.sol.

Source: CME, SPAN methodology: a clearing house publishes, for each contract, the P&L of one unit in each of its
scenarios, damped extremes already weighted.
"""

import numpy as np

from simulator.errors import DataError


def scan_risk(sizes: np.ndarray, arrays: np.ndarray) -> tuple[float, int]:
    """The worst P&L of the positions, at most zero, and the first scenario that has it.

    Parameters
    ----------
    sizes : (n_positions,), units, positive is long
    arrays : (n_positions, n_scenarios), P&L of one unit long

    The scenario is their number if none loses. Raises DataError if the shapes differ or a number is not finite.
    """
    sizes, arrays = np.asarray(sizes, dtype=float), np.asarray(arrays, dtype=float)
    if arrays.ndim != 2 or sizes.shape != arrays.shape[:1]:
        raise DataError(f"{sizes.size} positions need as many risk arrays of one length, got shape {arrays.shape}")
    if not (np.isfinite(sizes).all() and np.isfinite(arrays).all()):
        raise DataError("sizes and risk arrays must be finite")
    profits = np.zeros(arrays.shape[1])
    for size, array in zip(sizes, arrays, strict=True):
        profits += size * array
    if not (profits < 0).any():
        return 0.0, arrays.shape[1]
    index = int(profits.argmin())
    return float(profits[index]), index
