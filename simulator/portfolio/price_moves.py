"""Joint moves of a portfolio's underlyings over the next day, from their daily prices."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from simulator.errors import DataError
from simulator.portfolio.schema import Joint, Portfolio
from simulator.risk.historical import ewma_volatility, filtered
from simulator.scenario.candles import read_bars

DAY_SECONDS = 86_400
DECAY = 0.94
"""Of daily covariances (RiskMetrics Technical Document, 4th ed., table 5.9)."""
VOLATILITY_DECAY = 0.97
"""Implied volatility is taken to move as a slower estimate of realised volatility does."""
LEAST_DAYS = 60
MOST_SCENARIOS = 512
"""As many as the contract takes."""

LARGEST_MOVE = 31.0
"""Scaled moves beyond are cut; posted scenarios hold moves below 32."""


def with_price_moves(portfolio: Portfolio, files: Mapping[str, Path]) -> Portfolio:
    """The portfolio with `joint` estimated from what was known at its time.

    The factors of a day are each underlying's log return and the log change of its estimated volatility. Their
    covariance is the EWMA of their products; the scenarios are the last `MOST_SCENARIOS` days, each over the volatility
    forecast for it times that of now (filtered historical simulation).

    Parameters
    ----------
    files
        Candle file of daily prices of each underlying, as `simulator.scenario.candles.read_bars` reads it.

    Raises
    ------
    DataError
        Naming the underlying without prices, or the file that is not daily, cannot be read or is too short.
    """
    symbols = list(portfolio.underlyings)
    for symbol in symbols:
        if symbol not in files:
            raise DataError(f"no prices of {symbol}; give --prices {symbol}=FILE")
    closes = {symbol: _closes(files[symbol], portfolio.time) for symbol in symbols}
    days = sorted(set.intersection(*(set(each) for each in closes.values()))) if closes else []
    if len(days) <= LEAST_DAYS:
        names = ", ".join(str(files[symbol]) for symbol in symbols) or "no file"
        raise DataError(
            f"{names}: {len(days)} days in common before the time of the portfolio; {LEAST_DAYS + 1} are needed"
        )
    prices = np.array([[closes[symbol][day] for symbol in symbols] for day in days])
    factors = _factors(np.diff(np.log(prices), axis=0))
    weights = DECAY ** np.arange(len(factors))[::-1]
    covariance = np.einsum("t,ti,tj->ij", weights / weights.sum(), factors, factors)
    volatility = ewma_volatility(factors, DECAY)[-MOST_SCENARIOS - 1 :]
    scaled = filtered(factors[-MOST_SCENARIOS:], volatility).returns
    moves = np.expm1(np.minimum(scaled, np.log1p(LARGEST_MOVE)))
    shocks = moves.reshape(len(moves), len(symbols), 2)
    joint = Joint.model_validate({"covariance": covariance.tolist(), "shocks": shocks.tolist()})
    return portfolio.model_copy(update={"joint": joint})


def _factors(returns: np.ndarray) -> np.ndarray:
    """(n_days, 2 n_assets): log return and log change of volatility, asset by asset."""
    volatility = np.log(np.maximum(ewma_volatility(returns, VOLATILITY_DECAY), np.finfo(float).tiny))
    return np.stack([returns, np.diff(volatility, axis=0)], axis=2).reshape(len(returns), -1)


def _closes(path: Path, now: int) -> dict[int, float]:
    """Close by UTC seconds of the bar's end, of bars that ended by `now`."""
    bar_seconds, rows = read_bars(path)
    if bar_seconds != DAY_SECONDS:
        raise DataError(f"{path}: bars of {bar_seconds} s; daily bars ({DAY_SECONDS} s) are needed")
    ends = [int(row[0].timestamp()) + DAY_SECONDS for row in rows]
    return {end: row[4] for end, row in zip(ends, rows, strict=True) if end <= now}
