"""Volatility estimators on diffusions watched without pause, against their published efficiency and bias.

Efficiency is the variance of the close-to-close estimate over that of the estimator. Drift and volatility are annual,
bars are days.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from simulator.oracle.bars import Bars
from simulator.oracle.estimators import ESTIMATORS

DAY = 86_400
DECAY = 0.94
SERIES = 4000


def diffusion(days: int, drift: float = 0.0, overnight: float = 0.0, steps: int = 24) -> Iterator[Bars]:
    """Days of a diffusion of volatility 1 in `SERIES` independent series; `overnight` of its variance before the open.

    Highs and lows are those of the path in continuous time: drawn from their exact law between two points of a
    Brownian path, 0.5 (a + b +- sqrt((b - a)^2 - 2 sigma^2 t ln U)).
    """
    rng = np.random.default_rng(7)
    close, step = np.zeros(SERIES), (1 - overnight) / 365 / steps
    for _ in range(days):
        open_ = close + math.sqrt(overnight / 365) * rng.standard_normal(SERIES)
        moves = drift * step + math.sqrt(step) * rng.standard_normal((steps, SERIES))
        path = open_ + np.vstack([np.zeros(SERIES), np.cumsum(moves, axis=0)])
        middle = 0.5 * (path[:-1] + path[1:])
        reach = [0.5 * np.sqrt(moves**2 - 2 * step * np.log(rng.random(moves.shape))) for _ in range(2)]
        close = path[-1]
        yield Bars(DAY, *np.exp([open_, (middle + reach[0]).max(axis=0), (middle - reach[1]).min(axis=0), close]))


def variances(names: list[str], bars: Iterator[Bars], decay: float = DECAY) -> dict[str, np.ndarray]:
    """Squared estimates of each estimator after all bars, (SERIES,)."""
    estimators = {name: ESTIMATORS[name](decay, DAY, np.ones(SERIES)) for name in names}
    for bar in bars:
        for estimator in estimators.values():
            estimator.update(bar)
    return {name: estimator.volatility**2 for name, estimator in estimators.items()}


def test_efficiency_over_close_to_close():
    """Parkinson 5.2 (4.91 in closed form), Garman-Klass 7.4, Rogers-Satchell 6.0."""
    seen = variances(["ewma", "parkinson", "garman_klass", "rogers_satchell"], diffusion(100))
    published = {"parkinson": 5.2, "garman_klass": 7.4, "rogers_satchell": 6.0}
    for name, efficiency in published.items():
        assert seen[name].mean() == pytest.approx(1.0, abs=0.01)
        assert np.var(seen["ewma"]) / np.var(seen[name]) == pytest.approx(efficiency, rel=0.07)


def test_parkinsons_variance_is_its_closed_form():
    """E R^2 = 4 ln 2 and E R^4 = 9 zeta(3) for the range R of a Brownian path over unit time."""
    zeta3 = 1.2020569031595942
    one_bar = variances(["parkinson"], diffusion(1), decay=1e-12)["parkinson"]
    assert np.var(one_bar) == pytest.approx(9 * zeta3 / (4 * math.log(2)) ** 2 - 1, rel=0.1)


def test_efficiency_of_yang_zhang_at_its_best():
    """1 + 1 / k when a share k / (1 + k) of the variance falls before the open; k for the decay's number of bars."""
    bars_of_equal_weight = (1 + DECAY) / (1 - DECAY)
    k = 0.34 / (1.34 + (bars_of_equal_weight + 1) / (bars_of_equal_weight - 1))
    days = list(diffusion(100, overnight=k / (1 + k)))
    yang_zhang = variances(["yang_zhang"], iter(days))["yang_zhang"]
    opens_at_close = (Bars(DAY, before.close, bar.high, bar.low, bar.close) for before, bar in pairwise(days))
    close_to_close = variances(["close_to_close"], opens_at_close)["close_to_close"]
    assert yang_zhang.mean() == pytest.approx(1.0, abs=0.01)
    assert np.var(close_to_close) / np.var(yang_zhang) == pytest.approx(1 + 1 / k, rel=0.07)


@pytest.mark.parametrize(("bars", "published"), [(2, 14), (10_000, 8)])
def test_yang_zhang_is_eight_to_fourteen_times_as_efficient(bars, published):
    k = 0.34 / (1.34 + (bars + 1) / (bars - 1))
    assert 1 + 1 / k == pytest.approx(published, rel=0.02)


def test_what_drift_does():
    """A drift as large in a day as the volatility: a day's squared return doubles, Rogers-Satchell sees none of it."""
    drift = math.sqrt(365)
    seen = variances([name for name in ESTIMATORS if name != "bipower"], diffusion(150, drift=drift))
    mean = {name: values.mean() for name, values in seen.items()}
    assert mean["ewma"] == pytest.approx(2.0, abs=0.02)
    for name in ("close_to_close", "rogers_satchell", "yang_zhang"):
        assert mean[name] == pytest.approx(1.0, abs=0.02)
    assert mean["parkinson"] > 1.3
    assert mean["garman_klass"] > 1.1


def test_what_a_jump_before_the_open_does():
    """A quarter of the variance falls before the open: what a range cannot see, Yang-Zhang does."""
    seen = variances(["rogers_satchell", "yang_zhang"], diffusion(100, overnight=0.25))
    assert seen["rogers_satchell"].mean() == pytest.approx(0.75, abs=0.01)
    assert seen["yang_zhang"].mean() == pytest.approx(1.0, abs=0.01)


def test_bipower_variation_sees_the_volatility_between_jumps():
    """Barndorff-Nielsen and Shephard (2004): jumps of 30 standard deviations on one day in a thousand."""
    rng = np.random.default_rng(8)

    def returns(days: int, jumps: float) -> Iterator[Bars]:
        for _ in range(days):
            move = (rng.standard_normal(SERIES) + 30 * (rng.random(SERIES) < jumps)) / math.sqrt(365)
            prices = [np.zeros(SERIES), np.maximum(move, 0), np.minimum(move, 0), move]
            yield Bars(DAY, *np.exp(prices))

    jumpy = variances(["ewma", "bipower"], returns(100, jumps=0.001))
    assert jumpy["ewma"].mean() == pytest.approx(1.9, abs=0.1)
    assert jumpy["bipower"].mean() == pytest.approx((1 + 0.03 * math.sqrt(math.pi / 2)) ** 2, abs=0.02)
    calm = variances(["ewma", "bipower"], returns(500, jumps=0.0), decay=0.995)
    assert calm["bipower"].mean() == pytest.approx(1.0, abs=0.01)
    # Asymptotic variances: 2 for squared returns, pi^2 / 4 + pi - 3 for products of neighbours.
    assert np.var(calm["bipower"]) / np.var(calm["ewma"]) == pytest.approx((math.pi**2 / 4 + math.pi - 3) / 2, rel=0.05)
