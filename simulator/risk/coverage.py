"""Backtests of VaR by its exceptions: how many there are, and whether they cluster."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import bdtr, bdtrc, chdtrc, xlogy

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_level


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """A test statistic and the probability, were the model right, of one at least as large."""

    statistic: float
    p_value: float

    def rejected(self, size: float = 0.05) -> bool:
        """Whether the model is rejected by a test of this size."""
        return self.p_value < size


class Zone(StrEnum):
    """Basel's verdict on a VaR model."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class TrafficLight:
    """Zone, with P(N <= exceptions) and P(N >= exceptions) under a right model."""

    zone: Zone
    probability: float
    type_1: float


def exceptions(losses, var) -> np.ndarray:
    """(n_times,), True where the loss went beyond the VaR that was forecast for it.

    Parameters
    ----------
    losses, var : (n_times,), in one unit, losses positive.

    Raises
    ------
    DataError
    """
    losses = require_finite(losses, "losses", 1)
    var = require_finite(var, "VaR", 1)
    if losses.shape != var.shape:
        raise DataError(f"VaR: {len(var)} forecasts for {len(losses)} losses")
    return losses > var


def kupiec(count: int, observations: int, level: float) -> LikelihoodRatio:
    """Proportion of failures: is the rate of exceptions 1 - level?

    With p = 1 - level and N exceptions in T: LR = -2 ln [(1-p)^(T-N) p^N / ((1-N/T)^(T-N) (N/T)^N)], chi-squared with
    one degree of freedom; 0 ln 0 = 0. Two-sided: no exception at all is also evidence against a model (N = 0, T = 255,
    p = 1 % has LR = 5.13 and is rejected at 5 %, though tables often print that region without a lower end).

    Raises
    ------
    DataError
        Level outside (0, 1), or not 0 <= count <= observations with at least one observation.

    Source: Kupiec (1995), Techniques for verifying the accuracy of risk measurement models, J. Derivatives 3(2).
    """
    _require_counts(count, observations)
    p = 1.0 - require_level(level)
    rate = count / observations
    return _likelihood_ratio(
        _bernoulli(observations - count, count, p), _bernoulli(observations - count, count, rate), freedom=1
    )


def independence(hits) -> LikelihoodRatio:
    """Christoffersen's test that an exception does not make the next more likely.

    With n_ij the transitions from i to j (1 an exception), p_ij their rates from i and p the rate of exceptions among
    all the transitions: LR = -2 ln [(1-p)^(n00+n10) p^(n01+n11) / ((1-p01)^n00 p01^n01 (1-p11)^n10 p11^n11)],
    chi-squared with one degree of freedom.

    Parameters
    ----------
    hits : (n_times,)
        In order of time, True or 1 for an exception; at least two.

    Raises
    ------
    DataError

    Source: Christoffersen (1998), Evaluating interval forecasts, International Economic Review 39(4).
    """
    hits = _require_hits(hits)
    if len(hits) < 2:
        raise DataError("hits: one observation has no transition, at least 2 are needed")
    before, after = hits[:-1], hits[1:]
    n00, n01 = int((~before & ~after).sum()), int((~before & after).sum())
    n10, n11 = int((before & ~after).sum()), int((before & after).sum())
    pooled = (n01 + n11) / (len(hits) - 1)
    after_none, after_hit = n01 / max(n00 + n01, 1), n11 / max(n10 + n11, 1)
    return _likelihood_ratio(
        _bernoulli(n00 + n10, n01 + n11, pooled),
        _bernoulli(n00, n01, after_none) + _bernoulli(n10, n11, after_hit),
        freedom=1,
    )


def conditional_coverage(hits, level: float) -> LikelihoodRatio:
    """Both at once: the statistics of `kupiec` and `independence` summed, chi-squared with two degrees of freedom.

    Parameters and errors as theirs. Source: Christoffersen (1998).
    """
    hits = _require_hits(hits)
    statistic = kupiec(int(hits.sum()), len(hits), level).statistic + independence(hits).statistic
    return LikelihoodRatio(statistic, float(chdtrc(2, statistic)))


def traffic_light(count: int, observations: int = 250, level: float = 0.99) -> TrafficLight:
    """Basel's zone: green while P(N <= count) is below 95 %, red from 99.99 %, yellow between.

    N is binomial(observations, 1 - level). For 250 days at 99 % yellow starts at 5 exceptions and red at 10.

    Raises
    ------
    DataError
        As `kupiec`.

    Source: Basel Committee (1996), Supervisory framework for the use of backtesting; now MAR32 of the Basel framework.
    """
    _require_counts(count, observations)
    p = 1.0 - require_level(level)
    probability = float(bdtr(count, observations, p))
    zone = Zone.GREEN if probability < 0.95 else Zone.YELLOW if probability < 0.9999 else Zone.RED
    return TrafficLight(zone, probability, float(bdtrc(count - 1, observations, p)) if count else 1.0)


_MULTIPLIERS = (1.5, 1.5, 1.5, 1.5, 1.5, 1.7, 1.76, 1.83, 1.88, 1.92, 2.0)


def basel_multiplier(count: int) -> float:
    """Capital multiplier after `count` exceptions in 250 days at 99 %. Source: Basel framework, MAR33, of 2019."""
    _require_counts(count, 250)
    return _MULTIPLIERS[min(count, len(_MULTIPLIERS) - 1)]


def _bernoulli(failures: int, successes: int, p: float) -> float:
    return float(xlogy(failures, 1.0 - p) + xlogy(successes, p))


def _likelihood_ratio(restricted: float, free: float, freedom: int) -> LikelihoodRatio:
    # Rounding may leave a perfect fit a hair below zero.
    statistic = max(0.0, 2.0 * (free - restricted))
    return LikelihoodRatio(statistic, float(chdtrc(freedom, statistic)))


def _require_counts(count: int, observations: int) -> None:
    if observations < 1:
        raise DataError(f"{observations} observations: at least 1 is needed")
    if not 0 <= count <= observations:
        raise DataError(f"{count} exceptions in {observations} observations: give a count from 0 to {observations}")


def _require_hits(hits) -> np.ndarray:
    values = require_finite(hits, "hits", 1)
    if not np.isin(values, (0.0, 1.0)).all():
        raise DataError("hits: only 0 and 1 (or False and True) are known")
    return values.astype(bool)
