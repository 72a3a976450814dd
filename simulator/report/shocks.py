"""The spot shock that volatility asks for, against the one that was posted."""

import numpy as np

from simulator.report.run_data import RunData, column

YEAR_HOURS = 365 * 24

# The oracle posts at intervals: a posted shock within a tenth of the one called for is no lag.
TOLERANCE = 0.1


def shock_called_for(run: RunData, asset: str) -> np.ndarray:
    """quantile * realised volatility * sqrt(horizon) per block, the policy's own formula without floor, cap and delay.

    As in `simulator.oracle.policy`, whether or not the scenario's policy follows it. (n_blocks,); NaN if unknown.
    """
    policy = run.scenario.get("oracle", {}).get("policy", {})
    if "quantile" not in policy or "horizon_hours" not in policy:
        return np.full(len(run.metrics), np.nan)
    horizon = policy["horizon_hours"] / YEAR_HOURS
    return policy["quantile"] * column(run.metrics, f"realised_vol_{asset}") * np.sqrt(horizon)


def time_behind(run: RunData) -> dict[str, float]:
    """By asset, the share of the run in which the posted shock was below the one called for; known assets only."""
    behind = {}
    for asset in run.assets:
        posted, wanted = column(run.metrics, f"spot_shock_{asset}"), shock_called_for(run, asset)
        known = np.isfinite(posted) & np.isfinite(wanted)
        if known.any():
            behind[asset] = float((posted[known] < (1 - TOLERANCE) * wanted[known]).mean())
    return behind
