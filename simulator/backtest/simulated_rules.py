"""Margin as the value at risk of the portfolio: historical, filtered historical and Monte Carlo simulation.

Every contract is revalued in every joint scenario of prices and implied volatilities at the end of the horizon,
collateral in the same scenarios as positions.
"""

import math

import numpy as np

from simulator.backtest.situation import Forecast, Situation, Terms
from simulator.risk.historical import filtered
from simulator.risk.montecarlo import Sampling, simulate
from simulator.risk.pricing import YEAR_SECONDS
from simulator.risk.shock_models import StudentTCopulaShocks
from simulator.risk.tail import sample_tail
from simulator.streams import stream

FREEDOM = 4.0
"""Degrees of freedom of the copula and of its margins: daily returns of crypto have tails of about this weight."""
SCENARIOS = 1024
"""Of Monte Carlo; more where the level leaves fewer than `LEAST_IN_TAIL` of them in the tail."""
MOST_POSTED = 512
"""Joint scenarios that the contract of the expected-shortfall rule holds."""
LEAST_IN_TAIL = 8


class HistoricalRule:
    """Changes of the last `window` horizons, overlapping if a horizon is more than a day, as they were."""

    name = "historical"
    targets_level = True

    def __init__(self, terms: Terms):
        self._terms = terms

    def forecast(self, situation: Situation) -> Forecast:
        """Value at risk over the horizon as margin."""
        window, horizon = self._terms.window, self._terms.horizon
        recent = situation.past.factors[-(window + horizon - 1) :]
        summed = np.concatenate([np.zeros((1, recent.shape[1])), np.cumsum(recent, axis=0)])
        return forecast_in(situation, self._terms, summed[horizon:] - summed[:-horizon])


class FilteredHistoricalRule:
    """Changes of the last `window` days, each over the volatility forecast for its day times that for the next.

    A horizon of h days takes sqrt(h) times a day's change.
    """

    name = "filtered-historical"
    targets_level = True

    def __init__(self, terms: Terms):
        self._terms = terms

    def forecast(self, situation: Situation) -> Forecast:
        """Value at risk over the horizon as margin."""
        return forecast_in(situation, self._terms, filtered_factors(situation, self._terms))


class MonteCarloRule:
    """Student-t returns under a t copula with the EWMA covariance of the day; Sobol points, the same every day.

    Common points keep the noise of simulation out of the day-to-day changes of margin.
    """

    name = "monte-carlo"
    targets_level = True

    def __init__(self, terms: Terms, assets: int):
        self._terms = terms
        self._freedom = np.full(2 * assets, FREEDOM)
        least = LEAST_IN_TAIL / (1 - max(terms.level, terms.shortfall_level))
        count = max(SCENARIOS, 2 ** math.ceil(math.log2(least)))
        rng = stream(terms.seed, "backtest", "monte-carlo")
        self._uniforms = simulate(_Uniforms(2 * assets + 1), count, rng, Sampling.SOBOL).returns

    def forecast(self, situation: Situation) -> Forecast:
        """Value at risk over the horizon as margin."""
        covariance = situation.past.covariance[-1] * self._terms.horizon
        # A series that stands still has no variance, and a copula no place for it.
        covariance = covariance + np.diag(np.where(np.diag(covariance) == 0, np.finfo(float).eps, 0.0))
        factors = StudentTCopulaShocks(covariance, FREEDOM, self._freedom).returns(self._uniforms)
        return forecast_in(situation, self._terms, factors)


class _Uniforms:
    """Points of the unit cube themselves, in the form of a shock model: drawn once, used by a new model every day."""

    def __init__(self, dimension: int):
        self.dimension = dimension

    def returns(self, uniforms: np.ndarray) -> np.ndarray:
        """The points."""
        return uniforms


def filtered_factors(situation: Situation, terms: Terms) -> np.ndarray:
    """(window, 2 n_assets), filtered changes of the last `window` days over the horizon."""
    past, window = situation.past, terms.window
    deviation = past.deviation[-(window + 1) :]
    # A series that stood still has nothing to filter: its changes are zero under any scale.
    scale = np.where(deviation > 0, deviation, 1.0)
    return filtered(past.factors[-window:], scale).returns * math.sqrt(terms.horizon)


def posted_shocks(situation: Situation, terms: Terms) -> np.ndarray:
    """(n_scenarios, n_assets, 2), the filtered changes as moves: the last `MOST_POSTED` days of the window at most."""
    moves = np.expm1(filtered_factors(situation, terms)[-MOST_POSTED:])
    return moves.reshape(len(moves), -1, 2)


def forecast_in(situation: Situation, terms: Terms, factors: np.ndarray) -> Forecast:
    """Margin, VaR and ES of every portfolio in these scenarios, equally likely. factors: (n_scenarios, 2 n_assets)."""
    losses = portfolio_losses(situation, terms, factors)
    margin = np.maximum(sample_tail(losses, terms.level).var, 0.0)
    tail = sample_tail(losses, terms.shortfall_level)
    return Forecast(margin, tail.var, tail.es)


def portfolio_losses(situation: Situation, terms: Terms, factors: np.ndarray) -> np.ndarray:
    """(n_portfolios, n_scenarios), loss of each portfolio if the horizon ends in each scenario, quote currency."""
    book, day, held = situation.book, situation.day, situation.holdings
    spot, implied = book.history.close[day], book.history.implied[day]
    years = terms.horizon * 86_400 / YEAR_SECONDS
    moved = spot * np.exp(factors[:, ::2])
    now = book.unit_values(day, spot, implied)
    then = book.unit_values(day, moved, implied * np.exp(factors[:, 1::2]), years)
    return held.sizes @ (now - then).T + held.collateral @ (spot - moved).T
