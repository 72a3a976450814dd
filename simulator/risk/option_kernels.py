"""Compiled kernels of portfolio valuation: instruments over scenarios, then accounts over scenarios.

Sums run in one fixed order, without fused or reordered arithmetic, and the normal distribution comes from a table, so
that results depend neither on the machine's vector width nor on how the work is cut into pieces or threads. All
kernels release the interpreter lock.
"""

import math

import numpy as np
from numba import njit
from scipy.special import ndtr

_PER_UNIT = 64
_REACH = 8.4
"""Beyond it the distribution is 0 or 1 to double precision."""
_CENTRE = _PER_UNIT * 9
_GRID = np.arange(-_CENTRE, _CENTRE + 1) / _PER_UNIT
_DISTRIBUTION = ndtr(_GRID)
_DENSITY = np.exp(-(_GRID**2) / 2) / math.sqrt(2 * math.pi)


@njit(cache=True, nogil=True, inline="always")
def normal_distribution(x):
    """Phi(x) to 1e-15: Taylor's series to fifth order around the nearest of 64 points per unit.

    The derivatives of Phi are Hermite polynomials times the density. Half the time of the C library's erfc.
    """
    x = min(max(x, -_REACH), _REACH)
    n = int(x * _PER_UNIT + (_CENTRE + 0.5))
    g = (n - _CENTRE) * (1.0 / _PER_UNIT)
    h = x - g
    g2 = g * g
    fifth = ((g2 - 6.0) * g2 + 3.0) * (1.0 / 120.0)
    fourth = -(g2 - 3.0) * g * (1.0 / 24.0)
    third = (g2 - 1.0) * (1.0 / 6.0)
    return _DISTRIBUTION[n] + _DENSITY[n] * h * (1.0 + h * (-0.5 * g + h * (third + h * (fourth + h * fifth))))


@njit(cache=True, nogil=True, inline="always")
def _option_value(sign, forward, strike, log_moneyness, deviation):
    """Black-76 without discount; sign 1 for calls, -1 for puts; `log_moneyness` = ln(forward / strike)."""
    if deviation <= 0.0:
        return max(sign * (forward - strike), 0.0)
    d1 = log_moneyness / deviation + 0.5 * deviation
    d2 = d1 - deviation
    return sign * (forward * normal_distribution(sign * d1) - strike * normal_distribution(sign * d2))


@njit(cache=True, nogil=True)
def full_values(low, high, terms, factor, log_factor, volatility_factor, values):
    """Value of one unit of the instruments from `low` to `high` in each scenario, before the quote currency's price.

    terms : (asset, sign, forward, strike, deviation, fixed, linear, option_scale), each (n_instruments,);
        value = fixed + linear factor + option_scale * option, sign 0 if not an option
    factor, log_factor, volatility_factor : (n_assets, n_scenarios), price over price now, its logarithm, volatility
        over volatility now
    values : (n_instruments, n_scenarios), written
    """
    asset, sign, forward, strike, deviation, fixed, linear, option_scale = terms
    scenarios = factor.shape[1]
    for i in range(low, high):
        u = asset[i]
        if sign[i] == 0.0:
            for j in range(scenarios):
                values[i, j] = fixed[i] + linear[i] * factor[u, j]
            continue
        log_moneyness = math.log(forward[i] / strike[i])
        for j in range(scenarios):
            values[i, j] = option_scale[i] * _option_value(
                sign[i],
                forward[i] * factor[u, j],
                strike[i],
                log_moneyness + log_factor[u, j],
                deviation[i] * volatility_factor[u, j],
            )


@njit(cache=True, nogil=True)
def expanded_values(low, high, asset, value, delta, gamma, vega, move, volatility_move, values):
    """As `full_values`, by value + delta x + gamma x^2 / 2 + vega v in relative moves x of price and v of volatility.

    value, delta, gamma, vega : (n_instruments,)
    move, volatility_move : (n_assets, n_scenarios)
    """
    scenarios = move.shape[1]
    for i in range(low, high):
        u = asset[i]
        for j in range(scenarios):
            x = move[u, j]
            values[i, j] = value[i] + (delta[i] + 0.5 * gamma[i] * x) * x + vega[i] * volatility_move[u, j]


@njit(cache=True, nogil=True)
def to_profits(low, high, now, quoted, stable_now, stable, values):
    """Turn values into profits, in place: those settled in the quote currency count at its price, now and then.

    now : (n_instruments,), value of one unit now
    quoted : (n_instruments,) bool
    stable : (n_scenarios,), price of the quote currency
    """
    for i in range(low, high):
        if quoted[i]:
            for j in range(values.shape[1]):
                values[i, j] = values[i, j] * stable[j] - now[i] * stable_now
        else:
            for j in range(values.shape[1]):
                values[i, j] -= now[i]


@njit(cache=True, nogil=True)
def aggregate_profits(low, high, start, row, size, cash, collateral, unit, cash_unit, coin_unit, profits):
    """Profit of the accounts from `low` to `high`: cash, then coins, then positions in the order of the book.

    start, row, size : positions in compressed rows; `row` into `unit`
    cash : (n_accounts,); collateral : (n_accounts, n_assets)
    unit : (n_rows, n_scenarios), cash_unit : (n_scenarios,), coin_unit : (n_assets, n_scenarios), profits of one unit
    profits : (n_accounts, n_scenarios), written
    """
    scenarios = unit.shape[1]
    for a in range(low, high):
        for j in range(scenarios):
            profits[a, j] = cash[a] * cash_unit[j]
        for u in range(collateral.shape[1]):
            coins = collateral[a, u]
            if coins != 0.0:
                for j in range(scenarios):
                    profits[a, j] += coins * coin_unit[u, j]
        for p in range(start[a], start[a + 1]):
            held, r = size[p], row[p]
            for j in range(scenarios):
                profits[a, j] += held * unit[r, j]
