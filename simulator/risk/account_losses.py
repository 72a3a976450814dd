"""Compiled kernel of the scenario margin: what one account loses in each scenario, and the worst of it.

Sums run in one fixed order, so that results do not depend on the machine.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

BASIS = -1
"""In place of a scenario: the basis contingency decides."""
NOTHING = -2
"""In place of a scenario: no scenario loses anything."""


class ScenarioValues(NamedTuple):
    """One market, revalued: what margins are computed from.

    Points are the scenarios and then the two moves of the basis contingency. `expiries` are the (underlying, expiry)
    of contracts whose value still moves, `strikes` the (underlying, expiry, strike) of their options.

    marks, asset, add_on, delta : (n_instruments,); `add_on` is the liquidity charge of one unit, `delta` the change of
        its value per unit of the forward (zero throughout unless the configuration asks for it)
    values : (n_instruments, n_points); options: value of one unit; linear contracts: P&L of one unit long
    is_option, perpetual : (n_instruments,), bool; is_option: an option whose value still moves
    expiry, strike : (n_instruments,), index of the contract's group; -1 for none
    expiry_asset, basis_rate, discount_positive, discount_negative, roll_rate, expiry_confidence : (n_expiries,)
    strike_asset : (n_strikes,)
    factor : (n_assets, n_points), price in the scenario over price now
    weight, dampener : (n_scenarios,), the second by underlying loss in quote currency; skewed : (n_scenarios,), bool
    spot, multiplier, confidence, perpetual_confidence : (n_assets,)
    collateral_price, haircut, initial_haircut, collateral_charge : (n_assets,); `initial_haircut` comes on top
    offsets : (n_assets,), underlying whose scenarios the collateral follows; -1 for none
    tracks_delta : bool
    perpetual_roll, delta_net, delta_hedged : rates of the roll charge and of the least requirement by delta
    charges : (3,), threshold of confidence, rates for perpetuals and options
    initial_factor : with what a lost peg adds
    """

    marks: np.ndarray
    asset: np.ndarray
    add_on: np.ndarray
    delta: np.ndarray
    values: np.ndarray
    is_option: np.ndarray
    perpetual: np.ndarray
    expiry: np.ndarray
    strike: np.ndarray
    expiry_asset: np.ndarray
    basis_rate: np.ndarray
    discount_positive: np.ndarray
    discount_negative: np.ndarray
    roll_rate: np.ndarray
    expiry_confidence: np.ndarray
    strike_asset: np.ndarray
    factor: np.ndarray
    weight: np.ndarray
    dampener: np.ndarray
    skewed: np.ndarray
    spot: np.ndarray
    multiplier: np.ndarray
    confidence: np.ndarray
    perpetual_confidence: np.ndarray
    collateral_price: np.ndarray
    haircut: np.ndarray
    initial_haircut: np.ndarray
    collateral_charge: np.ndarray
    offsets: np.ndarray
    tracks_delta: bool
    perpetual_roll: float
    delta_net: float
    delta_hedged: float
    charges: np.ndarray
    initial_factor: float


class AccountLosses(NamedTuple):
    """One account's sums.

    profits : (n_assets, n_scenarios), P&L as it counts
    options : (n_expiries, n_points), value of the expiry's options; marks : (n_expiries,), now
    futures : (n_expiries, 2), P&L of its futures in the two basis moves
    option_gross, delta : (n_expiries,), sum of absolute option sizes; delta of all its contracts
    naked : (n_strikes,), net option position
    perpetuals : (n_assets,), net position
    worst : (n_assets,), worst P&L, at most zero; deciding : (n_assets,), its scenario, BASIS or NOTHING
    basis, roll, floor, net_delta, gross_delta : (n_assets,); basis contingency (at most zero), roll charge, least
        requirement by delta, sum of deltas and of absolute deltas
    naked_notional, perpetual_notional, liquidity, confidence : (n_assets,), quote currency
    """

    profits: np.ndarray
    options: np.ndarray
    marks: np.ndarray
    futures: np.ndarray
    option_gross: np.ndarray
    delta: np.ndarray
    naked: np.ndarray
    perpetuals: np.ndarray
    worst: np.ndarray
    deciding: np.ndarray
    basis: np.ndarray
    roll: np.ndarray
    floor: np.ndarray
    net_delta: np.ndarray
    gross_delta: np.ndarray
    naked_notional: np.ndarray
    perpetual_notional: np.ndarray
    liquidity: np.ndarray
    confidence: np.ndarray


@njit(cache=True)
def no_losses(v):
    """Room for one account's sums in a market (ScenarioValues): AccountLosses."""
    assets, expiries, points = len(v.spot), len(v.expiry_asset), v.values.shape[1]
    return AccountLosses(
        np.zeros((assets, len(v.weight))),
        np.zeros((expiries, points)),
        np.zeros(expiries),
        np.zeros((expiries, 2)),
        np.zeros(expiries),
        np.zeros(expiries),
        np.zeros(len(v.strike_asset)),
        np.zeros(assets),
        np.zeros(assets),
        np.zeros(assets, dtype=np.int64),
        np.zeros(assets),
        np.zeros(assets),
        np.zeros(assets),
        np.zeros(assets),
        np.zeros(assets),
        np.zeros(assets),
        np.zeros(assets),
        np.zeros(assets),
        np.zeros(assets),
    )


@njit(cache=True)
def account_losses(v, sizes, collateral, out):
    """Fill `out` (AccountLosses) for one account. sizes : (n_instruments,); collateral : (n_assets,), its value."""
    scenarios, assets, expiries = len(v.weight), len(v.spot), len(v.expiry_asset)
    out.profits[:], out.options[:], out.marks[:], out.futures[:], out.option_gross[:] = 0.0, 0.0, 0.0, 0.0, 0.0
    out.delta[:], out.naked[:], out.perpetuals[:], out.basis[:], out.roll[:] = 0.0, 0.0, 0.0, 0.0, 0.0
    out.net_delta[:], out.gross_delta[:], out.liquidity[:] = 0.0, 0.0, 0.0
    out.naked_notional[:], out.confidence[:] = 0.0, 0.0
    for i in range(len(sizes)):
        size = sizes[i]
        if size == 0.0:
            continue
        u, e = v.asset[i], v.expiry[i]
        out.liquidity[u] += abs(size) * v.add_on[i]
        row = out.options[e] if v.is_option[i] else out.profits[u]
        for j in range(scenarios):
            row[j] += size * v.values[i, j]
        if v.is_option[i]:
            row[scenarios] += size * v.values[i, scenarios]
            row[scenarios + 1] += size * v.values[i, scenarios + 1]
            out.marks[e] += size * v.marks[i]
            out.option_gross[e] += abs(size)
            out.naked[v.strike[i]] += size
        elif e >= 0:
            out.futures[e, 0] += size * v.values[i, scenarios]
            out.futures[e, 1] += size * v.values[i, scenarios + 1]
        if v.perpetual[i]:
            out.perpetuals[u] += size
        if v.tracks_delta:
            delta = size * v.delta[i]
            out.net_delta[u] += delta
            out.gross_delta[u] += abs(delta)
            if e >= 0:
                out.delta[e] += delta
    for c in range(assets):
        u = v.offsets[c]
        if u >= 0 and collateral[c] != 0.0:
            for j in range(scenarios):
                out.profits[u, j] += collateral[c] * (v.factor[u, j] - 1.0)
    for e in range(expiries):
        _close_expiry(v, out, e)
    for s in range(len(v.strike_asset)):
        out.naked_notional[v.strike_asset[s]] += max(-out.naked[s], 0.0) * v.spot[v.strike_asset[s]]
    for u in range(assets):
        _close_asset(v, out, u)


@njit(cache=True)
def _close_expiry(v, out, e):
    scenarios, u, mark = len(v.weight), v.expiry_asset[e], out.marks[e]
    if out.option_gross[e] > 0.0:
        for j in range(scenarios):
            value = out.options[e, j]
            profit = value * (v.discount_positive[e] if value >= 0.0 else v.discount_negative[e]) - mark
            out.profits[u, j] += -abs(profit) if v.skewed[j] else profit
    up = out.options[e, scenarios] - mark + out.futures[e, 0]
    down = out.options[e, scenarios + 1] - mark + out.futures[e, 1]
    out.basis[u] += min(up, down, 0.0) * v.basis_rate[e]
    out.roll[u] += abs(out.delta[e]) * v.spot[u] * v.roll_rate[e]
    if out.option_gross[e] > 0.0:
        confidence = min(_confidence(v, out, u), v.expiry_confidence[e])
        if confidence < v.charges[0]:
            out.confidence[u] += (1.0 - confidence) * v.charges[2] * out.option_gross[e] * v.spot[u]


@njit(cache=True)
def _close_asset(v, out, u):
    out.perpetual_notional[u] = abs(out.perpetuals[u]) * v.spot[u]
    confidence = _confidence(v, out, u)
    if confidence < v.charges[0]:
        out.confidence[u] += (1.0 - confidence) * v.charges[1] * out.perpetual_notional[u]
    out.worst[u], out.deciding[u] = 0.0, NOTHING
    if out.basis[u] < 0.0:
        out.worst[u], out.deciding[u] = out.basis[u], BASIS
    for j in range(len(v.weight)):
        profit = out.profits[u, j] * v.weight[j]
        if profit < 0.0 and v.dampener[j] > 0.0:
            profit = min(profit + v.dampener[j], 0.0)
        out.profits[u, j] = profit
        if profit < out.worst[u]:
            out.worst[u], out.deciding[u] = profit, j
    out.roll[u] += out.perpetual_notional[u] * v.perpetual_roll
    hedged = (out.gross_delta[u] - abs(out.net_delta[u])) / 2.0
    out.floor[u] = (v.delta_net * abs(out.net_delta[u]) + v.delta_hedged * hedged) * v.spot[u]


@njit(cache=True)
def _confidence(v, out, u):
    """Of the prices that all of an underlying's contracts rest on."""
    return v.confidence[u] if out.perpetuals[u] == 0.0 else min(v.confidence[u], v.perpetual_confidence[u])


@njit(cache=True)
def aggregate(v, sizes, collateral):
    """What the requirement of each account is made of: seven arrays (n_accounts,).

    Value of the positions; scaled loss summed over underlyings, plain and times each underlying's multiplier; notional
    of naked short options and of perpetuals; liquidity charge; confidence charge.

    sizes : (n_accounts, n_instruments); collateral : (n_accounts, n_assets), values
    """
    out = no_losses(v)
    accounts, instruments = sizes.shape
    value, loss, multiplied = np.zeros(accounts), np.zeros(accounts), np.zeros(accounts)
    naked, perpetuals = np.zeros(accounts), np.zeros(accounts)
    liquidity, confidence = np.zeros(accounts), np.zeros(accounts)
    for a in range(accounts):
        for i in range(instruments):
            if sizes[a, i] != 0.0:
                value[a] += sizes[a, i] * v.marks[i]
        account_losses(v, sizes[a], collateral[a], out)
        for u in range(len(v.spot)):
            scaled = max(out.roll[u] - out.worst[u], out.floor[u])
            loss[a] += scaled
            multiplied[a] += scaled * v.multiplier[u]
            naked[a] += out.naked_notional[u]
            perpetuals[a] += out.perpetual_notional[u]
            liquidity[a] += out.liquidity[u]
            confidence[a] += out.confidence[u]
    return value, loss, multiplied, naked, perpetuals, liquidity, confidence
