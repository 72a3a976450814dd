"""What a portfolio must satisfy besides the types of its members: names that exist, smiles without arbitrage."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from simulator.errors import DataError
from simulator.market.svi_arbitrage import arbitrage, calendar_gap
from simulator.portfolio.schema import Expiry, Option, Portfolio, RiskArray, Underlying
from simulator.risk.pricing import YEAR_SECONDS
from simulator.risk.smile import flat_smile
from simulator.scenario.complaint import nearest

MAX_POSITIONS = 128
"""As many as the clearing house lets an account hold."""
CROSSING = 1e-9
"""Total variance by which an earlier smile may lie above a later one through rounding."""


def check(portfolio: Portfolio) -> None:
    """Raise DataError, naming the place in the file, if the portfolio cannot be valued."""
    if not portfolio.positions and not portfolio.collateral:
        raise DataError("positions: the portfolio is empty; give at least one position or collateral")
    if len(portfolio.positions) > MAX_POSITIONS:
        raise DataError(f"positions: {len(portfolio.positions)} of them; an account holds at most {MAX_POSITIONS}")
    if portfolio.unit is not None:
        _known("unit", portfolio.unit, "underlying", portfolio.underlyings)
    for symbol, underlying in portfolio.underlyings.items():
        _check_expiries(f"underlyings.{symbol}", portfolio.time, underlying)
    for number, position in enumerate(portfolio.positions):
        _check_position(f"positions[{number}]", portfolio, position)
    names = [each.name for each in portfolio.collateral]
    for number, collateral in enumerate(portfolio.collateral):
        if collateral.name in names[:number]:
            raise DataError(f"collateral[{number}].name: '{collateral.name}' is given twice; add the amounts")
        if collateral.offsets is not None:
            _known(f"collateral[{number}].offsets", collateral.offsets, "underlying", portfolio.underlyings)
    _check_joint(portfolio)


def expiry_time(portfolio_time: int, expiry: Expiry) -> int:
    """UTC seconds."""
    return expiry.time if expiry.time is not None else portfolio_time + expiry.seconds


def smile(portfolio_time: int, expiry: Expiry) -> np.ndarray:
    """Raw SVI of an expiry as `MarketState` has it: (7,). Without one, a flat smile, which strikes may override."""
    tau = max(expiry_time(portfolio_time, expiry) - portfolio_time, 1) / YEAR_SECONDS
    svi = expiry.svi
    if svi is None:
        return flat_smile(expiry.volatility or 1.0, expiry.forward, tau)
    return np.array([svi.a, svi.b, svi.rho, svi.m, svi.sigma, svi.forward or expiry.forward, svi.tau or tau])


def _known(where: str, name: str, noun: str, allowed: Iterable[str]) -> None:
    allowed = list(allowed)
    if name not in allowed:
        listed = f"(allowed: {', '.join(allowed)})" if allowed else "(the file has none)"
        raise DataError(f"{where}: unknown {noun} '{name}'{nearest(name, allowed)} {listed}")


def _check_position(where: str, portfolio: Portfolio, position) -> None:
    if isinstance(position, RiskArray):
        first = next(each for each in portfolio.positions if isinstance(each, RiskArray))
        if len(position.profits) != len(first.profits):
            raise DataError(
                f"{where}.profits: {len(position.profits)} scenarios, {first.name} has {len(first.profits)}; "
                "all risk arrays have the same scenarios"
            )
        return
    _known(f"{where}.underlying", position.underlying, "underlying", portfolio.underlyings)
    if position.type == "perpetual":
        return
    underlying = portfolio.underlyings[position.underlying]
    _known(f"{where}.expiry", position.expiry, f"expiry of {position.underlying}", underlying.expiries)
    if isinstance(position, Option):
        _check_volatility(where, position, underlying.expiries[position.expiry])


def _check_volatility(where: str, option: Option, expiry: Expiry) -> None:
    place = f"underlyings.{option.underlying}.expiries.{option.expiry}"
    if expiry.volatilities is not None:
        strikes = [strike for strike, _ in expiry.volatilities]
        if option.strike not in strikes:
            raise DataError(f"{place}.volatilities: none for strike {option.strike:g} of {where}; add it")
    elif expiry.svi is None and expiry.volatility is None:
        raise DataError(f"{place}: no volatility for the option {where}; give svi, volatility or volatilities")


def _check_expiries(where: str, now: int, underlying: Underlying) -> None:
    times: dict[int, str] = {}
    smiles: list[tuple[int, str, np.ndarray]] = []
    for name, expiry in underlying.expiries.items():
        place = f"{where}.expiries.{name}"
        time = expiry_time(now, expiry)
        if time <= now:
            raise DataError(f"{place}.time: is {now - time} s before the time of the portfolio; leave out what expired")
        if time in times:
            raise DataError(f"{place}: the same time as expiry {times[time]}; expiries of an underlying differ")
        times[time] = name
        strikes = [strike for strike, _ in expiry.volatilities or ()]
        for strike in strikes:
            if strikes.count(strike) > 1:
                raise DataError(f"{place}.volatilities: strike {strike:g} is given twice; keep one")
        if expiry.svi is not None:
            fault = arbitrage(smile(now, expiry))
            if fault:
                raise DataError(f"{place}.svi: {fault}; fit it without arbitrage")
            smiles.append((time, name, smile(now, expiry)))
    smiles.sort(key=lambda each: each[0])
    for (_, early, first), (_, late, second) in pairwise(smiles):
        gap = float(calendar_gap(first, second).min())
        if gap < -CROSSING:
            raise DataError(
                f"{where}.expiries.{late}.svi: calendar arbitrage: total variance is {-gap:.3g} below that of the "
                f"earlier {early}; later expiries have no less"
            )


def _check_joint(portfolio: Portfolio) -> None:
    assets, joint = len(portfolio.underlyings), portfolio.joint
    if joint.covariance is not None:
        rows = joint.covariance
        if len(rows) != 2 * assets or any(len(row) != 2 * assets for row in rows):
            raise DataError(
                f"joint.covariance: must have {2 * assets} rows of {2 * assets}: return and change of volatility of "
                f"{', '.join(portfolio.underlyings) or 'no underlying'}"
            )
        matrix = np.array(rows)
        if not np.allclose(matrix, matrix.T, rtol=1e-12, atol=0):
            raise DataError("joint.covariance: not symmetric")
        least = float(np.linalg.eigvalsh(matrix).min())
        if least < -1e-12 * max(1.0, float(np.trace(matrix))):
            raise DataError(
                f"joint.covariance: not positive semi-definite (an eigenvalue is {least:.3g}); some portfolio would "
                "have a negative variance"
            )
    for number, scenario in enumerate(joint.shocks or ()):
        if len(scenario) != assets:
            raise DataError(f"joint.shocks[{number}]: has {len(scenario)} underlyings, the file has {assets}")
        if any(move <= -1 or vol < -1 for move, vol in scenario):
            raise DataError(f"joint.shocks[{number}]: a move of -1 or less leaves no price, or a negative volatility")
