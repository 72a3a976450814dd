"""How a rule did: coverage, shortfall, procyclicality and cost, portfolio by portfolio."""

from dataclasses import dataclass

import numpy as np

from simulator.backtest.book import NOTIONAL
from simulator.backtest.walk import MATERIAL, Walk
from simulator.risk.coverage import (
    LikelihoodRatio,
    TrafficLight,
    conditional_coverage,
    independence,
    kupiec,
    traffic_light,
)
from simulator.risk.es_backtest import acerbi_szekely, null_distribution, p_value
from simulator.risk.procyclicality import Rise, n_day, peak_to_trough
from simulator.streams import stream

RISE_DAYS = (1, 5, 30)
"""Spans over which the largest rise of margin is measured (Murphy, Vasios and Vause 2014)."""
NULL_FREEDOM = 4.0
"""Of the Student-t losses under which critical values of Z2 are simulated: fat tails reject later than Gaussian."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Acerbi and Szekely's Z2 and the probability, were the forecasts right, of one as low."""

    z2: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Procyclicality:
    """Of margin as a share of notional; cash per `NOTIONAL` of it. `rises` by number of days."""

    peak_to_trough: float
    rises: dict[int, Rise]


@dataclass(frozen=True, slots=True)
class Exceedance:
    """The worst loss beyond margin: fraction of notional, and the day of the margin. None beyond: 0 and ""."""

    size: float
    date: str


@dataclass(frozen=True, slots=True)
class Score:
    """One rule on one portfolio.

    observations, exceptions : losses tested, and those materially above margin; `expected` of them under the level
    average_margin, largest_margin : fractions of notional
    scale : what all margins would have to be multiplied by for exactly the share of exceptions that the level allows
    shortfall : None of rules without a forecast, or where a forecast was no loss
    procyclicality : None where margin was as good as none on some day
    """

    portfolio: str
    observations: int
    exceptions: int
    expected: float
    coverage: LikelihoodRatio
    independence: LikelihoodRatio
    conditional_coverage: LikelihoodRatio
    light: TrafficLight
    shortfall: Shortfall | None
    average_margin: float
    largest_margin: float
    scale: float
    worst: Exceedance
    procyclicality: Procyclicality | None


def scores(walk: Walk) -> list[list[Score]]:
    """Scores of every rule, in the order of the walk: for each the portfolios, in theirs."""
    observations = len(walk.days[walk.tested])
    rng = stream(walk.terms.seed, "backtest", "null")
    null = null_distribution(observations, walk.terms.shortfall_level, rng, freedom=NULL_FREEDOM)
    return [
        [_score(walk, rule, portfolio, null) for portfolio in range(len(walk.portfolios))]
        for rule in range(len(walk.rules))
    ]


def scale_to_level(loss: np.ndarray, margin: np.ndarray, level: float) -> float:
    """The factor on all margins that covers the share `level` of losses: the quantile of loss over margin.

    A margin below `MATERIAL` counts as that much.
    """
    ratio = loss / np.maximum(margin, MATERIAL)
    return max(float(np.quantile(ratio, level, method="inverted_cdf")), 0.0)


def _score(walk: Walk, rule: int, portfolio: int, null: np.ndarray) -> Score:
    level, tested = walk.terms.level, walk.tested
    margin, loss = walk.margin[rule, :, portfolio], walk.loss[:, portfolio]
    hits = walk.exceptions[rule, tested, portfolio]
    count = int(hits.sum())
    return Score(
        portfolio=walk.portfolios[portfolio].name,
        observations=len(hits),
        exceptions=count,
        expected=len(hits) * (1 - level),
        coverage=kupiec(count, len(hits), level),
        independence=independence(hits),
        conditional_coverage=conditional_coverage(hits, level),
        light=traffic_light(count, len(hits), level),
        shortfall=_shortfall(walk, rule, portfolio, null),
        average_margin=float(margin.mean()),
        largest_margin=float(margin.max()),
        scale=scale_to_level(loss[tested], margin[tested], level),
        worst=_worst(walk, loss - margin),
        procyclicality=_procyclicality(margin),
    )


def _shortfall(walk: Walk, rule: int, portfolio: int, null: np.ndarray) -> Shortfall | None:
    tested = walk.tested
    var, es = (forecast[rule, tested, portfolio] + MATERIAL for forecast in (walk.var, walk.es))
    if np.isnan(var).any() or (es <= 0).any():
        return None
    z2 = acerbi_szekely(walk.loss[tested, portfolio], var, es, walk.terms.shortfall_level)
    return Shortfall(z2, p_value(z2, null))


def _worst(walk: Walk, beyond: np.ndarray) -> Exceedance:
    row = int(beyond[walk.tested].argmax()) * walk.terms.horizon
    if beyond[row] <= 0:
        return Exceedance(0.0, "")
    return Exceedance(float(beyond[row]), walk.history.date(int(walk.days[row])))


def _procyclicality(margin: np.ndarray) -> Procyclicality | None:
    if margin.min() < MATERIAL:
        return None
    rises = {days: n_day(margin, days) for days in RISE_DAYS if days < len(margin)}
    in_cash = {days: Rise(rise.ratio, rise.cash * NOTIONAL) for days, rise in rises.items()}
    return Procyclicality(peak_to_trough(margin), in_cash)
