"""Portfolios put together from a CSV of positions and a market: a portfolio file, or an option chain."""

from pathlib import Path
from typing import Any

import numpy as np

from simulator.errors import DataError
from simulator.market.option_chain import OptionChain, read_option_chain
from simulator.portfolio.load import parse, read_json
from simulator.portfolio.positions_csv import read_positions
from simulator.portfolio.schema import Portfolio


def load_positions(path: str | Path, market: str | Path, at: int | None = None) -> Portfolio:
    """The positions of a CSV file in the market of another file.

    Parameters
    ----------
    path
        CSV of positions, as `read_positions` takes it. Its cash is added to that of the market's file.
    market
        A portfolio file, whose positions are left out; or, if its name ends in .csv, an option chain.
    at
        Time of valuation, UTC seconds; by default that of the market. Only an option chain can be valued later.

    Raises
    ------
    DataError
        One line: file, place, what is wrong and what is allowed.
    """
    cash, positions = read_positions(path)
    if Path(market).suffix.lower() == ".csv":
        chain = read_option_chain(market)
        data = chain_market(chain, str(market), at)
    elif at is not None:
        raise DataError(f"{market}: a portfolio file has its own time; a time of valuation goes with an option chain")
    else:
        data = read_json(market)
        if not isinstance(data, dict):
            raise DataError(f"{market}: a portfolio is a JSON object, not {type(data).__name__}")
    given = data.get("cash", 0.0)
    added = given + cash if isinstance(given, int | float) and not isinstance(given, bool) else given
    return parse({**data, "cash": added, "positions": positions}, str(path))


def chain_market(chain: OptionChain, where: str, at: int | None = None) -> dict[str, Any]:
    """An option chain as data of a portfolio file without positions.

    Every strike has the volatility of its mark (the mean of call and put, which are quoted a second apart), every
    expiry the median of its rows' forwards. A chain names no spot: the forward of the next expiry stands in for it and
    for the perpetual. Rates are zero, as inverse options are quoted. Expiries that have passed at `at` are left out.

    Raises
    ------
    DataError
        The chain is of several underlyings, or nothing of it is left at `at`.
    """
    now = chain.as_of if at is None else at
    if now < chain.as_of:
        raise DataError(f"{where}: quotes run to {chain.as_of} (UTC seconds), after the time of valuation {now}")
    symbols = sorted({symbol.split("-")[0] for symbol in chain.symbol})
    if len(symbols) != 1:
        raise DataError(f"{where}: options of {', '.join(symbols)} in one chain; give one underlying")
    expiries = {}
    for expiry in chain.expiries:
        if expiry > now:
            rows = chain.at_expiry(expiry)
            expiries[rows.symbol[0].split("-")[1]] = _expiry(rows, expiry)
    if not expiries:
        raise DataError(f"{where}: every expiry has passed at the time of valuation {now}")
    spot = next(iter(expiries.values()))["forward"]
    return {"time": now, "underlyings": {symbols[0]: {"spot": spot, "perpetual": spot, "expiries": expiries}}}


def _expiry(rows: OptionChain, expiry: int) -> dict[str, Any]:
    quoted = np.isfinite(rows.mark_volatility)
    strikes, place = np.unique(rows.strike[quoted], return_inverse=True)
    volatilities = np.bincount(place, rows.mark_volatility[quoted]) / np.bincount(place) if quoted.any() else strikes
    pairs = [[float(strike), float(volatility)] for strike, volatility in zip(strikes, volatilities, strict=True)]
    return {"time": int(expiry), "forward": float(np.median(rows.forward)), "volatilities": pairs}
