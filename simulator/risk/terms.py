"""What pricing needs of each instrument: its forward, discount factor, time and volatility."""

from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError
from simulator.risk.pricing import YEAR_SECONDS, black76
from simulator.risk.smile import svi_volatility
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, Instruments, MarketState


@dataclass(frozen=True, slots=True)
class Terms:
    """One entry per instrument: (n_instruments,) each.

    row : row of the market's expiries, -1 where the market needs none (perpetuals; expired, not settled)
    forward : what the contract is written on. Perpetuals: the perpetual's mark. Expired: the fixed settlement price,
        or spot while none is fixed
    moving : the part of the forward that shocks move
    discount, seconds, volatility : 1, 0, 0 for linear and expired contracts
    settled : the settlement price is fixed, so that the value no longer moves
    """

    row: np.ndarray
    forward: np.ndarray
    moving: np.ndarray
    discount: np.ndarray
    seconds: np.ndarray
    volatility: np.ndarray
    settled: np.ndarray

    def marks(self, instruments: Instruments) -> np.ndarray:
        """Mark price of each instrument: (n_instruments,)."""
        result = self.forward.copy()
        option = is_option(instruments)
        result[option] = black76(
            instruments.kind[option] == CALL,
            self.forward[option],
            instruments.strike[option],
            self.volatility[option],
            self.seconds[option] / YEAR_SECONDS,
            self.discount[option],
        )
        return result


MIN_STABLE_PRICE = 0.01
"""A stable price below one cent is an error, as on chain."""


def collateral_prices(market: MarketState) -> np.ndarray:
    """What one unit of each underlying counts for as collateral, quote currency: (n_assets,).

    Raises DataError if the stable price is below MIN_STABLE_PRICE.
    """
    if not market.stable_price >= MIN_STABLE_PRICE:
        raise DataError(f"stable price {market.stable_price}: at least {MIN_STABLE_PRICE} is needed")
    return market.spot / market.stable_price


def is_option(instruments: Instruments) -> np.ndarray:
    """(n_instruments,) bool."""
    return (instruments.kind == CALL) | (instruments.kind == PUT)


def terms_of(instruments: Instruments, market: MarketState) -> Terms:
    """Look up the market of each instrument. Negative rates count as zero, as on chain.

    Raises DataError if the market has no entry for an expiry that has not passed.
    """
    underlying, expiry = instruments.underlying, instruments.expiry
    perpetual = instruments.kind == PERPETUAL
    row = _rows(instruments, market)
    expired = ~perpetual & (market.timestamp >= expiry)
    live = ~perpetual & ~expired
    missing = np.flatnonzero(live & (row < 0))
    if missing.size:
        i = missing[0]
        raise DataError(
            f"the market has no forward of underlying {underlying[i]} for expiry {expiry[i]} (instrument {i}); "
            "publish one before it is valued"
        )
    forward = np.where(perpetual, market.perpetual[underlying], market.spot[underlying])
    forward[live] = market.forward[row[live]]
    settled = np.zeros(len(expiry), dtype=bool)
    if market.settlement is not None:
        known = np.flatnonzero(expired & (row >= 0))
        price = market.settlement[row[known]]
        fixed = known[~np.isnan(price)]
        settled[fixed] = True
        forward[fixed] = price[~np.isnan(price)]
    seconds = np.where(live, expiry - market.timestamp, 0.0)
    priced = live & (instruments.kind != FUTURE)
    discount, volatility = np.ones(len(expiry)), np.zeros(len(expiry))
    rate = np.maximum(market.rate[row[priced]], 0.0)
    discount[priced] = np.exp(-rate * seconds[priced] / YEAR_SECONDS)
    volatility[priced] = svi_volatility(market.smile[row[priced]], instruments.strike[priced])
    if market.strike_volatility is not None:
        for at, strike, given in market.strike_volatility:
            volatility[priced & (row == at) & (instruments.strike == strike)] = given
    moving = forward.copy()
    if market.settled_forward is not None:
        moving[live] -= market.settled_forward[row[live]]
    return Terms(row, forward, moving, discount, seconds, volatility, settled)


def _rows(instruments: Instruments, market: MarketState) -> np.ndarray:
    """Row of the market's expiries for each instrument, -1 where it has none: (n_instruments,)."""
    if not len(market.expiry):
        return np.full(len(instruments.expiry), -1)
    matches = (instruments.expiry[:, None] == market.expiry) & (
        instruments.underlying[:, None] == market.expiry_underlying
    )
    found = matches.any(axis=1) & (instruments.kind != PERPETUAL)
    return np.where(found, matches.argmax(axis=1), -1)
