"""Compiled kernel of scenario revaluation: options over a grid of prices and volatilities.

Sums run in one fixed order and without fused or reordered arithmetic, so that results do not depend on the machine's
vector width or on a linear-algebra library.
"""

import math

import numpy as np
from numba import njit

_ROOT_HALF = math.sqrt(0.5)


@njit(cache=True)
def undiscounted_call(forward, strike, log_moneyness, deviation):
    """Black-76 call without discount; `log_moneyness` = ln(forward / strike), `deviation` = vol sqrt(tau)."""
    if deviation <= 0.0:
        return max(forward - strike, 0.0)
    d1 = log_moneyness / deviation + deviation / 2
    if d1 < -9.0:
        return 0.0
    d2 = d1 - deviation
    if d2 > 9.0:
        return forward - strike
    return forward * 0.5 * math.erfc(-d1 * _ROOT_HALF) - strike * 0.5 * math.erfc(-d2 * _ROOT_HALF)


@njit(cache=True)
def revalue_calls(forward, moving, strike, discount, deviations, group_asset, spot_factor, spot_log, vol_move):
    """Discounted call of each strike in each scenario: (n_strikes, n_points).

    forward, moving, strike, discount, group_asset : (n_strikes,); `moving` is the part of the forward that moves
    deviations : (n_strikes, n_vol_moves), total deviation under each move of volatility
    spot_factor, spot_log : (n_assets, n_points), 1 + move and its logarithm
    vol_move : (n_points,), column of `deviations`
    """
    strikes, points = len(strike), len(vol_move)
    values = np.empty((strikes, points))
    for g in range(strikes):
        asset, fixed = group_asset[g], forward[g] - moving[g]
        log_moneyness = math.log(forward[g] / strike[g])
        for j in range(points):
            shocked, shocked_log = forward[g] * spot_factor[asset, j], log_moneyness + spot_log[asset, j]
            if fixed > 0.0:
                shocked = fixed + moving[g] * spot_factor[asset, j]
                shocked_log = math.log(shocked / strike[g])
            values[g, j] = discount[g] * undiscounted_call(shocked, strike[g], shocked_log, deviations[g, vol_move[j]])
    return values
