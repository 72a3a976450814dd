"""The walk forward: every day each rule sets margins from the past, then the horizon's losses are held against them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from simulator.backtest.book import Book, build_book
from simulator.backtest.estimates import Estimates, walk_forward
from simulator.backtest.history import PriceHistory
from simulator.backtest.implied import SEED_DAYS
from simulator.backtest.market import dynamic_parameters, market_at
from simulator.backtest.portfolios import Portfolio
from simulator.backtest.situation import BacktestRule, Situation, Terms
from simulator.errors import DataError, UsageError
from simulator.oracle.policies import risk_policy
from simulator.oracle.policy import RiskPolicy
from simulator.risk.parametric import gaussian_tail
from simulator.scenario.oracle import Policy

LEAST_TESTED = 50
"""Fewer observations than this decide nothing."""
MAX_HORIZON = 20
MATERIAL = 1e-5
"""Of notional. A loss beyond margin by less is none: options as good as worthless have losses of no account."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Walk:
    """Margins and losses, as fractions of gross notional on the day, losses positive. Days are days of margin.

    days : (n_days,), rows of the history; time : (n_days,), UTC seconds of their close
    notional : (n_days, n_portfolios), quote currency
    loss : (n_days, n_portfolios), over the horizon from the day on
    margin : (n_rules, n_days, n_portfolios)
    var, es : as margin, NaN for rules without a forecast
    """

    terms: Terms
    history: PriceHistory
    rules: tuple[BacktestRule, ...]
    portfolios: tuple[Portfolio, ...]
    days: np.ndarray
    notional: np.ndarray
    loss: np.ndarray
    margin: np.ndarray
    var: np.ndarray
    es: np.ndarray

    @property
    def tested(self) -> slice:
        """The days that tests use: apart by a horizon, so that no two losses share a day."""
        return slice(0, None, self.terms.horizon)

    @property
    def exceptions(self) -> np.ndarray:
        """(n_rules, n_days, n_portfolios), True where a tested loss went materially beyond its margin."""
        beyond = self.loss > self.margin + MATERIAL
        tested = np.zeros(len(self.days), dtype=bool)
        tested[self.tested] = True
        return beyond & tested[:, None]

    @property
    def time(self) -> np.ndarray:
        """(n_days,), UTC seconds of the close of each day."""
        return self.history.time[self.days]


def make_terms(level: float = 0.99, horizon: int = 1, window: int = 500, seed: int = 1) -> Terms:
    """Terms that can be tested.

    The shortfall level is that at which a Gaussian ES is the Gaussian VaR at `level`, 97.4 % for 99 %: the pair between
    which the Basel framework moved (99 % and 97.5 %).

    Raises
    ------
    UsageError
    """
    if not 0.5 < level < 1.0:
        raise UsageError(f"--level {level:g} is not between 0.5 and 1: give a fraction such as 0.99")
    if not 1 <= horizon <= MAX_HORIZON:
        raise UsageError(f"--horizon {horizon}: give from 1 to {MAX_HORIZON} days")
    least = max(2 * SEED_DAYS, int(np.ceil(round(1 / (1 - level), 6))))
    if window < least:
        raise UsageError(f"--window {window}: at level {level:g} at least {least} days are needed")
    return Terms(level, _shortfall_level(level), horizon, window, seed)


def require_enough(history: PriceHistory, terms: Terms) -> int:
    """The first day of margins, with the window before it.

    Raises
    ------
    DataError
        A history too short to test anything.
    """
    first = max(terms.window + terms.horizon, history.first_day)
    needed = first + LEAST_TESTED * terms.horizon + 1
    if len(history) < needed:
        raise DataError(
            f"{len(history)} days of prices are too short: with a window of {terms.window} and a horizon of "
            f"{terms.horizon} at least {needed} are needed; give more prices or a smaller --window"
        )
    return first


def walk(
    history: PriceHistory,
    portfolios: Sequence[Portfolio],
    rules: Sequence[BacktestRule],
    terms: Terms,
    progress: Progress = lambda done, total: None,
) -> Walk:
    """Set margins on every day that has its window before it, and hold them against the losses that followed.

    Raises
    ------
    DataError
        Too few prices, or an option that ends within the horizon.
    """
    first = require_enough(history, terms)
    book = build_book(portfolios, history, first, terms.horizon)
    estimates = walk_forward(history)
    policy = risk_policy(Policy(quantile=float(ndtri(terms.level)), horizon_hours=24.0 * terms.horizon))
    days = np.arange(first, len(history) - terms.horizon)
    shape = (len(rules), len(days), len(portfolios))
    margin, var, es = np.empty(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    loss, notional = np.empty(shape[1:]), np.empty(shape[1:])
    for row, day in enumerate(days):
        situation = _situation(book, estimates, int(day), policy, terms)
        for number, rule in enumerate(rules):
            forecast = rule.forecast(situation)
            margin[number, row] = forecast.margin
            if forecast.var is not None:
                var[number, row], es[number, row] = forecast.var, forecast.es
        loss[row], notional[row] = book.losses(int(day), terms.horizon), book.notional(int(day))
        progress(row + 1, len(days))
    return Walk(
        terms,
        history,
        tuple(rules),
        tuple(portfolios),
        days,
        notional,
        loss / notional,
        margin / notional,
        var / notional,
        es / notional,
    )


def _situation(book: Book, estimates: Estimates, day: int, policy: RiskPolicy, terms: Terms) -> Situation:
    past = Estimates(*(getattr(estimates, name)[: day + 1] for name in Estimates.__slots__))
    return Situation(
        day=day,
        market=market_at(book, day, dynamic_parameters(past, policy), past.covariance[-1] * terms.horizon),
        instruments=book.instruments(day),
        holdings=book.holdings(day),
        past=past,
        book=book,
    )


def _shortfall_level(level: float) -> float:
    """The level a at which ES_a = VaR_level under a Gaussian, by bisection: ES rises with its level."""
    target, low, high = float(ndtri(level)), 0.0, level
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if gaussian_tail(middle).es < target else (low, middle)
    return (low + high) / 2
