"""Portfolios as contracts day by day: struck on the day they are opened, held for a cycle, then rolled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.backtest.history import DAY_SECONDS, PriceHistory
from simulator.backtest.portfolios import Kind, Leg, Portfolio
from simulator.errors import DataError
from simulator.risk.pricing import YEAR_SECONDS, black76
from simulator.risk.state import CALL, PERPETUAL, PUT, Holdings, Instruments

NOTIONAL = 10_000.0
"""Base notional of a leg of amount 1 when it is opened, quote currency."""
_KINDS = {Kind.CALL: CALL, Kind.PUT: PUT, Kind.PERPETUAL: PERPETUAL}


@dataclass(frozen=True, slots=True)
class Book:
    """All portfolios over one set of contracts, re-struck every cycle.

    underlying, kind, is_option : (n_instruments,)
    moneyness, tenor_days : (n_instruments,), of options when they are opened; perpetuals 1 and 0
    amounts : (n_portfolios, n_instruments), base notionals
    coins : (n_portfolios, n_assets), base notionals of collateral
    opened : (n_days,), the day on which what is held on each day was struck
    """

    underlying: np.ndarray
    kind: np.ndarray
    is_option: np.ndarray
    moneyness: np.ndarray
    tenor_days: np.ndarray
    amounts: np.ndarray
    coins: np.ndarray
    opened: np.ndarray
    history: PriceHistory

    def instruments(self, day: int) -> Instruments:
        """The contracts held on `day`."""
        opened = self.opened[day]
        expiry = self.history.time[opened] + (self.tenor_days * DAY_SECONDS).astype(np.int64)
        strike = self.moneyness * self.history.close[opened, self.underlying]
        return Instruments(
            underlying=self.underlying,
            kind=self.kind,
            expiry=np.where(self.is_option, expiry, 0),
            strike=np.where(self.is_option, strike, 0.0),
        )

    def holdings(self, day: int) -> Holdings:
        """What each portfolio holds on `day`, in coins; no cash."""
        units = NOTIONAL / self.history.close[self.opened[day]]
        return Holdings(
            cash=np.zeros(len(self.amounts)),
            sizes=self.amounts * units[self.underlying],
            collateral=self.coins * units,
        )

    def notional(self, day: int) -> np.ndarray:
        """(n_portfolios,), gross notional at the spot of `day`: the sum of |size| times spot over legs and coins."""
        held, spot = self.holdings(day), self.history.close[day]
        return np.abs(held.sizes) @ spot[self.underlying] + np.abs(held.collateral) @ spot

    def unit_values(self, day: int, spot, implied, years_passed: float = 0.0) -> np.ndarray:
        """Value of one unit of each contract held on `day`, at other prices or later: (..., n_instruments).

        spot, implied : (..., n_assets)
        years_passed : time since `day`; an option whose time is over is worth its intrinsic value.
        """
        listed = self.instruments(day)
        forward, volatility = spot[..., self.underlying], implied[..., self.underlying]
        values = np.array(forward, dtype=float)
        chosen = np.flatnonzero(self.is_option)
        if chosen.size:
            years = (listed.expiry[chosen] - self.history.time[day]) / YEAR_SECONDS - years_passed
            values[..., chosen] = black76(
                self.kind[chosen] == CALL,
                forward[..., chosen],
                listed.strike[chosen],
                volatility[..., chosen],
                np.maximum(years, 0.0),
            )
        return values

    def losses(self, day: int, horizon: int) -> np.ndarray:
        """(n_portfolios,), what each portfolio of `day` loses in `horizon` days, quote currency; gains are negative."""
        history, later = self.history, day + horizon
        years = (history.time[later] - history.time[day]) / YEAR_SECONDS
        now = self.unit_values(day, history.close[day], history.implied[day])
        then = self.unit_values(day, history.close[later], _implied_later(history, day, later), years)
        held = self.holdings(day)
        return held.sizes @ (now - then) + held.collateral @ (history.close[day] - history.close[later])


def build_book(portfolios: Sequence[Portfolio], history: PriceHistory, first: int, horizon: int) -> Book:
    """The book of these portfolios from day `first` on, opened afresh before the shortest option ends.

    A cycle lasts as long as every option outlives the horizon; where no portfolio has options it is one day. On its
    first day every leg is sized anew, so that amounts keep their proportions whatever prices did.

    Raises
    ------
    DataError
        An option shorter than the horizon.
    """
    instruments: dict[tuple, int] = {}
    for portfolio in portfolios:
        for leg in portfolio.legs:
            if leg.kind is not Kind.COIN:
                instruments.setdefault(_contract(leg), len(instruments))
    amounts = np.zeros((len(portfolios), len(instruments)))
    coins = np.zeros((len(portfolios), len(history.assets)))
    for row, portfolio in enumerate(portfolios):
        for leg in portfolio.legs:
            if leg.kind is Kind.COIN:
                coins[row, leg.asset] += leg.amount
            else:
                amounts[row, instruments[_contract(leg)]] += leg.amount
    columns = list(zip(*instruments, strict=True)) if instruments else [(), (), (), ()]
    kind = np.array(columns[1], dtype=np.int64)
    tenor = np.array(columns[3], dtype=float)
    options = kind != PERPETUAL
    cycle = 1
    if options.any():
        cycle = int(tenor[options].min() - horizon) + 1
        if tenor[options].min() < horizon:
            raise DataError(
                f"an option of {tenor[options].min():g} days ends within the horizon of {horizon} days; "
                "give longer options or a shorter --horizon"
            )
    days = np.arange(len(history))
    return Book(
        underlying=np.array(columns[0], dtype=np.int64),
        kind=kind,
        is_option=options,
        moneyness=np.array(columns[2], dtype=float),
        tenor_days=tenor,
        amounts=amounts,
        coins=coins,
        opened=np.maximum(days - (days - first) % cycle, 0),
        history=history,
    )


def _contract(leg: Leg) -> tuple[int, int, float, float]:
    shape = (leg.moneyness, leg.tenor_days) if leg.is_option else (1.0, 0.0)
    return (leg.asset, _KINDS[leg.kind], *shape)


def _implied_later(history: PriceHistory, day: int, later: int) -> np.ndarray:
    """Implied volatility at `later`, were it measured all the way by the source in use on `day`."""
    change = history.implied[day + 1 : later + 1] / history.implied_before[day + 1 : later + 1]
    return history.implied[day] * change.prod(axis=0)
