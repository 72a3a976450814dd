"""Compiled kernels of scenario revaluation: options over a grid, then accounts over scenarios.

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
def revalue_calls(forward, strike, discount, deviations, group_asset, spot_factor, spot_log, vol_move):
    """Discounted call of each strike in each scenario: (n_strikes, n_points).

    forward, strike, discount, group_asset : (n_strikes,)
    deviations : (n_strikes, 3), total deviation with vol unchanged, up, down
    spot_factor, spot_log : (n_assets, n_points), 1 + move and its logarithm
    vol_move : (n_points,), column of `deviations`
    """
    strikes, points = len(strike), len(vol_move)
    values = np.empty((strikes, points))
    for g in range(strikes):
        asset = group_asset[g]
        log_moneyness = math.log(forward[g] / strike[g])
        for j in range(points):
            values[g, j] = discount[g] * undiscounted_call(
                forward[g] * spot_factor[asset, j],
                strike[g],
                log_moneyness + spot_log[asset, j],
                deviations[g, vol_move[j]],
            )
    return values


@njit(cache=True)
def aggregate(
    sizes, marks, profits, asset, spot, multiplier, add_on, basis, expiry_group, basis_rate, strike_group, perpetual
):
    """What the requirement of each account is made of: six arrays (n_accounts,).

    Value of the positions; worst loss summed over underlyings, plain and times each underlying's multiplier; notional
    of naked short options and of perpetuals; liquidity charge.

    sizes : (n_accounts, n_instruments)
    marks, asset, perpetual : (n_instruments,)
    profits : (n_instruments, n_points), weighted P&L of one unit long
    spot, multiplier : (n_assets,)
    add_on : (n_instruments,), liquidity charge of one unit
    basis : (n_instruments, 2), P&L of one unit when its forward alone moves up, down
    expiry_group : (n_instruments,), -1 without basis risk; basis_rate : (n_expiry_groups,)
    strike_group : (n_instruments,), -1 if not an option at risk
    """
    accounts, instruments = sizes.shape
    points, assets, expiries = profits.shape[1], len(spot), len(basis_rate)
    strikes = strike_group.max() + 1 if instruments else 0
    value, loss, multiplied = np.zeros(accounts), np.zeros(accounts), np.zeros(accounts)
    naked, perpetuals, liquidity = np.zeros(accounts), np.zeros(accounts), np.zeros(accounts)
    totals, moves = np.zeros((assets, points)), np.zeros((expiries, 2))
    by_strike, by_perpetual, floor = np.zeros(strikes), np.zeros(assets), np.zeros(assets)
    expiry_asset, strike_asset = np.zeros(expiries, dtype=np.int64), np.zeros(strikes, dtype=np.int64)
    for i in range(instruments):
        if expiry_group[i] >= 0:
            expiry_asset[expiry_group[i]] = asset[i]
        if strike_group[i] >= 0:
            strike_asset[strike_group[i]] = asset[i]
    for a in range(accounts):
        totals[:], moves[:], by_strike[:], by_perpetual[:], floor[:] = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(instruments):
            size = sizes[a, i]
            if size == 0.0:
                continue
            value[a] += size * marks[i]
            liquidity[a] += abs(size) * add_on[i]
            row, unit = totals[asset[i]], profits[i]
            for j in range(points):
                row[j] += size * unit[j]
            if expiry_group[i] >= 0:
                moves[expiry_group[i], 0] += size * basis[i, 0]
                moves[expiry_group[i], 1] += size * basis[i, 1]
            if strike_group[i] >= 0:
                by_strike[strike_group[i]] += size
            if perpetual[i]:
                by_perpetual[asset[i]] += size
        for g in range(expiries):
            floor[expiry_asset[g]] += min(moves[g, 0], moves[g, 1], 0.0) * basis_rate[g]
        for g in range(strikes):
            naked[a] += max(-by_strike[g], 0.0) * spot[strike_asset[g]]
        for u in range(assets):
            perpetuals[a] += abs(by_perpetual[u]) * spot[u]
            worst = floor[u]
            for j in range(points):
                worst = min(worst, totals[u, j])
            loss[a] -= worst
            multiplied[a] -= worst * multiplier[u]
    return value, loss, multiplied, naked, perpetuals, liquidity
