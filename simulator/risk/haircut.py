"""Supervisory haircuts: scaling to a holding period, baskets, and exposure after collateral.

Source: Basel framework, CRE22 (comprehensive approach); CBB rulebook volume 1, CA-4.3.12-13 and CA-4.7.36-38.
"""

import math

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_positive


def scaled_haircut(haircut: float, horizon: float, holding: float, revaluation: float = 1.0) -> float:
    """A haircut for another holding period, by the square root of time.

    H = H_N sqrt(T_M / T_N) sqrt((N_R + T_M - 1) / T_M)

    Parameters
    ----------
    haircut : float
        H_N, a fraction not below 0.
    horizon : float
        T_N, days that H_N is for.
    holding : float
        T_M, the least holding period wanted, days.
    revaluation : float
        N_R, days between revaluations, at least 1.

    Raises
    ------
    DataError
    """
    _require_fraction(haircut, "haircut")
    require_positive(horizon, "horizon")
    require_positive(holding, "holding period")
    if not (math.isfinite(revaluation) and revaluation >= 1):
        raise DataError(f"revaluation every {revaluation} days: at least 1 is needed")
    return haircut * math.sqrt(holding / horizon) * math.sqrt((revaluation + holding - 1) / holding)


def basket_haircut(shares, haircuts) -> float:
    """Haircut of collateral of several assets: sum of share * haircut.

    Parameters
    ----------
    shares : (n_assets,)
        Of the basket's value, not negative, summing to 1.
    haircuts : (n_assets,)
        Fractions.

    Raises
    ------
    DataError
    """
    shares, haircuts = require_finite(shares, "shares", 1), require_finite(haircuts, "haircuts", 1)
    if shares.shape != haircuts.shape:
        raise DataError(f"haircuts: {len(haircuts)} of them for {len(shares)} shares")
    if (shares < 0).any() or not np.isclose(shares.sum(), 1.0, rtol=0.0, atol=1e-9):
        raise DataError(f"shares: not negative and summing to 1, not to {shares.sum():.6g}")
    return float(shares @ haircuts)


def exposure_after_collateral(
    exposure: float,
    collateral: float,
    collateral_haircut: float,
    exposure_haircut: float = 0.0,
    currency_haircut: float = 0.0,
) -> float:
    """E* = max(0, E (1 + He) - C (1 - Hc - Hfx)), in the unit of exposure and collateral.

    Raises
    ------
    DataError
        A value that is not finite, or a haircut below 0.
    """
    require_finite([exposure, collateral], "exposure and collateral")
    for value in (collateral_haircut, exposure_haircut, currency_haircut):
        _require_fraction(value, "haircut")
    covered = collateral * (1 - collateral_haircut - currency_haircut)
    return max(0.0, exposure * (1 + exposure_haircut) - covered)


def _require_fraction(value: float, name: str) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise DataError(f"{name} is {value}: it must be finite and not negative")
