"""Delta, gamma and vega to relative moves: the mirror of contracts/margin/Sensitivities.sol.

The profit of a relative move x of all prices of an underlying and a relative change v of all its volatilities is about
delta x + gamma x^2 / 2 + vega v.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.special import ndtr

from simulator.risk.pricing import YEAR_SECONDS
from simulator.risk.state import PUT, Holdings, Instruments, MarketState
from simulator.risk.terms import is_option, terms_of

MIN_DEVIATION = 0.01
"""Sensitivities are those of an option with at least this vol sqrt(tau): a shorter one's gamma is a spike at the
strike, narrower than the moves that margin is for."""


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """Of one unit of each instrument. Arrays: (n_instruments,), quote currency, unless said otherwise.

    marks : value
    delta, gamma, vega : per unit of relative move, its square, and relative change of volatility; zero once settled
    asset : underlying of each instrument
    at_risk : whether it may still move
    strike_group : which (underlying, expiry, strike) an option belongs to, -1 for others and for settled ones
    spot, collateral_price, add_on, haircut, multiplier : (n_assets,); collateral is priced in the quote currency, spot
        in what prices are stated in
    """

    marks: np.ndarray
    delta: np.ndarray
    gamma: np.ndarray
    vega: np.ndarray
    asset: np.ndarray
    at_risk: np.ndarray
    strike_group: np.ndarray
    spot: np.ndarray
    collateral_price: np.ndarray
    add_on: np.ndarray
    haircut: np.ndarray
    multiplier: np.ndarray


@dataclass(frozen=True, slots=True)
class Exposures:
    """Of accounts by underlying. Arrays: (n_accounts, n_assets), quote currency.

    value, delta, gamma, vega : of positions and collateral
    liquidity : liquidity add-on of the positions that may still move
    naked : notional, at spot, of options short net of those long at the same strike
    haircut : what collateral loses to its haircut
    present : whether the account has positions or collateral in the underlying
    """

    value: np.ndarray
    delta: np.ndarray
    gamma: np.ndarray
    vega: np.ndarray
    liquidity: np.ndarray
    naked: np.ndarray
    haircut: np.ndarray
    present: np.ndarray


def sensitivities_of(instruments: Instruments, market: MarketState) -> Sensitivities:
    """Sensitivities of one unit of each instrument.

    With s = vol sqrt(tau) and D the discount: delta = D F N(d1) (a put D F less), gamma = D F phi(d1) / s,
    vega = D F phi(d1) s; of linear contracts delta is the price and the others are zero. Where an averaging settlement
    has fixed a part of the forward, delta and gamma are those of the part that still moves.

    Raises
    ------
    DataError
        The market has no entry for an expiry that has not passed.

    Source: Black (1976), The pricing of commodity contracts; derivatives by ln F and ln vol.
    """
    terms = terms_of(instruments, market)
    asset = np.ascontiguousarray(instruments.underlying, dtype=np.int64)
    at_risk = ~terms.settled
    delta = np.where(at_risk, terms.moving, 0.0)
    gamma, vega = np.zeros(len(asset)), np.zeros(len(asset))
    strike_group = np.full(len(asset), -1, dtype=np.int64)
    options = np.flatnonzero(is_option(instruments) & at_risk)
    if options.size:
        forward = terms.forward[options]
        s = np.maximum(terms.volatility[options] * np.sqrt(terms.seconds[options] / YEAR_SECONDS), MIN_DEVIATION)
        d1 = np.log(forward / instruments.strike[options]) / s + s / 2
        discount, moving = terms.discount[options], terms.moving[options] / forward
        density = discount * forward * np.exp(-d1 * d1 / 2) / np.sqrt(2 * np.pi)
        delta[options] = discount * forward * moving * (ndtr(d1) - (instruments.kind[options] == PUT))
        gamma[options] = density / s * moving**2
        vega[options] = density * s
        key = np.stack([asset[options], instruments.expiry[options], instruments.strike[options]], axis=1)
        strike_group[options] = np.unique(key, axis=0, return_inverse=True)[1].ravel()
    return Sensitivities(
        marks=terms.marks(instruments),
        delta=delta,
        gamma=gamma,
        vega=vega,
        asset=asset,
        at_risk=at_risk,
        strike_group=strike_group,
        spot=np.asarray(market.spot, dtype=np.float64),
        collateral_price=market.spot / market.stable_price,
        add_on=market.risk[:, 4],
        haircut=market.risk[:, 3],
        multiplier=market.risk[:, 5],
    )


def exposures_of(unit: Sensitivities, holdings: Holdings) -> Exposures:
    """Exposures of every account. Collateral is a position in its underlying: it moves with the others."""
    columns = np.stack([unit.marks, unit.delta, unit.gamma, unit.vega, unit.at_risk.astype(np.float64)], axis=1)
    sizes = np.ascontiguousarray(holdings.sizes, dtype=np.float64)
    sums, naked, positions = _summed(sizes, columns, unit.asset, unit.strike_group, len(unit.spot))
    value, delta, gamma, vega, gross = np.moveaxis(sums, 2, 0)
    collateral = holdings.collateral * unit.collateral_price
    return Exposures(
        value=value + collateral,
        delta=delta + collateral,
        gamma=gamma,
        vega=vega,
        liquidity=gross * (unit.spot * unit.add_on),
        naked=naked * unit.spot,
        haircut=collateral * unit.haircut,
        present=positions | (holdings.collateral != 0),
    )


@njit(cache=True)
def _summed(sizes, columns, asset, strike_group, assets):
    """Sums over the positions of each account, in one fixed order.

    Returns (n_accounts, n_assets, 5): value, delta, gamma, vega, and units that may still move, long and short alike;
    (n_accounts, n_assets), units of options short, net over each strike; and whether there are positions.
    """
    accounts, instruments = sizes.shape
    strikes = strike_group.max() + 1 if instruments else 0
    strike_asset = np.zeros(strikes, dtype=np.int64)
    for i in range(instruments):
        if strike_group[i] >= 0:
            strike_asset[strike_group[i]] = asset[i]
    sums, naked = np.zeros((accounts, assets, 5)), np.zeros((accounts, assets))
    positions = np.zeros((accounts, assets), dtype=np.bool_)
    by_strike = np.zeros(strikes)
    for a in range(accounts):
        by_strike[:] = 0.0
        for i in range(instruments):
            size = sizes[a, i]
            if size == 0.0:
                continue
            total, unit = sums[a, asset[i]], columns[i]
            positions[a, asset[i]] = True
            for column in range(4):
                total[column] += size * unit[column]
            total[4] += abs(size) * unit[4]
            if strike_group[i] >= 0:
                by_strike[strike_group[i]] += size
        for group in range(strikes):
            if by_strike[group] < 0.0:
                naked[a, strike_asset[group]] -= by_strike[group]
    return sums, naked, positions
