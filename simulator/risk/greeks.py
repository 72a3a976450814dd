"""Sensitivities of contracts and of whole books to relative moves of price and of implied volatility.

With x the relative move of an asset's price and v that of its implied volatilities, a contract is worth about
value + delta x + gamma x^2 / 2 + vega v. All four are money, so they add up over instruments of one asset:

    delta = F dV/dF,  gamma = F^2 d2V/dF2,  vega = sigma dV/dsigma,  and theta = dV/dt per year

Source: F. Black (1976), The pricing of commodity contracts, J. Financial Economics 3; Hull (2018), Options, Futures
and Other Derivatives, chapter 19.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from simulator.risk.book import Book
from simulator.risk.contracts import Contracts
from simulator.risk.pricing import black76
from simulator.risk.state import CALL


@dataclass(frozen=True, slots=True)
class Greeks:
    """Of one unit of each instrument: (n_instruments,), in the currency it is settled at.

    delta, gamma, vega as in the module; theta per year with forward and volatility unchanged.
    """

    value: np.ndarray
    delta: np.ndarray
    gamma: np.ndarray
    vega: np.ndarray
    theta: np.ndarray


@dataclass(frozen=True, slots=True)
class AccountGreeks:
    """Of accounts to each asset's relative move of price and of implied volatility: (n_accounts, n_assets), money.

    Coins held count as delta; `equity` (n_accounts,) is what the accounts are worth now, `settled` the part of it that
    is settled in the quote currency and moves with its price.
    """

    equity: np.ndarray
    settled: np.ndarray
    delta: np.ndarray
    gamma: np.ndarray
    vega: np.ndarray


def greeks(contracts: Contracts) -> Greeks:
    """Values and sensitivities of one unit, before the quote currency's price. No greeks once nothing moves."""
    n = len(contracts)
    scale, option, forward = contracts.scale, contracts.option, contracts.forward
    linear = np.where(contracts.inverse, 0.0, forward)
    value = np.where(contracts.inverse, -scale, forward)
    delta, gamma, vega, theta = linear.copy(), np.zeros(n), np.zeros(n), np.zeros(n)
    c = contracts.take(option)
    sign = np.where(c.kind == CALL, 1.0, -1.0)
    deviation = c.volatility * np.sqrt(c.years)
    unit = black76(c.kind == CALL, c.forward, c.strike, c.volatility, c.years, c.discount)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(c.forward / c.strike)
        d1 = np.where(ratio == 0, 0.0, ratio / deviation) + deviation / 2
        density = c.discount * c.forward * np.exp(-(d1**2) / 2) / np.sqrt(2 * np.pi)
        live = deviation > 0
        rate = np.where(live, -np.log(c.discount) / c.years, 0.0)
        decay = np.where(live, density * c.volatility / (2 * np.sqrt(c.years)), 0.0)
        curvature = np.where(live, density / deviation, 0.0)
    value[option] = scale[option] * unit
    delta[option] = scale[option] * c.discount * sign * c.forward * ndtr(sign * d1)
    gamma[option] = scale[option] * curvature
    vega[option] = scale[option] * density * deviation
    theta[option] = scale[option] * (rate * unit - decay)
    fixed = ~contracts.moves
    for part in (delta, gamma, vega, theta):
        part[fixed] = 0.0
    value[fixed] = settled_value(contracts)[fixed]
    return Greeks(value, delta, gamma, vega, theta)


def settled_value(contracts: Contracts) -> np.ndarray:
    """(n_instruments,), value of one unit at its forward with no time left: payoff of options, price of the rest."""
    intrinsic = np.maximum(np.where(contracts.kind == CALL, 1.0, -1.0) * (contracts.forward - contracts.strike), 0.0)
    linear = np.where(contracts.inverse, -1.0, contracts.forward)
    return contracts.scale * np.where(contracts.option, intrinsic, linear)


def account_greeks(contracts: Contracts, book: Book) -> AccountGreeks:
    """What accounts stand to gain or lose by small moves of each asset: futures, options and coins together.

    Raises
    ------
    DataError
        A book with instruments or coins that the contracts do not have.
    """
    book.require_fit(len(contracts), len(contracts.spot))
    unit = greeks(contracts)
    accounts, assets = book.collateral.shape
    account = np.repeat(np.arange(accounts), np.diff(book.start))
    cell = account * assets + contracts.asset[book.instrument]
    price = np.where(contracts.inverse, 1.0, contracts.stable_price)

    def summed(per_unit: np.ndarray) -> np.ndarray:
        amounts = book.size * (price * per_unit)[book.instrument]
        return np.bincount(cell, amounts, accounts * assets).reshape(accounts, assets)

    coins = book.collateral * contracts.spot
    quoted = book.size * np.where(contracts.inverse, 0.0, unit.value * contracts.stable_price)[book.instrument]
    settled = book.cash * contracts.stable_price + np.bincount(account, quoted, accounts)
    in_coin = book.size * np.where(contracts.inverse, unit.value, 0.0)[book.instrument]
    return AccountGreeks(
        equity=settled + np.bincount(account, in_coin, accounts) + coins.sum(axis=1),
        settled=settled,
        delta=summed(unit.delta) + coins,
        gamma=summed(unit.gamma),
        vega=summed(unit.vega),
    )
