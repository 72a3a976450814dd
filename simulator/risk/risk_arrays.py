"""Scan risk of positions given by their risk arrays, as in CME SPAN: the mirror of `scanRisk` of ScenarioMargin.sol."""

import numpy as np


def scan_risk(sizes: np.ndarray, arrays: np.ndarray) -> tuple[float, int]:
    """The worst sum over the scenarios, at most 0, and its scenario; the first of equals.

    Parameters
    ----------
    sizes : (n_positions,)
    arrays : (n_positions, n_scenarios)
        Profit of one unit long in each scenario, weights included.
    """
    profits = np.asarray(sizes, dtype=float) @ np.asarray(arrays, dtype=float)
    deciding = int(profits.argmin())
    return min(float(profits[deciding]), 0.0), deciding
