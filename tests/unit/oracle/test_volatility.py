"""Volatility estimators on simulated and extreme bars."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.oracle.bars import BarBuilder, Bars
from simulator.oracle.estimators import ESTIMATORS
from simulator.oracle.volatility import EwmaVolatility, GarmanKlassVolatility, LargestVolatility

HOUR = 3600
YEAR = 365 * 86_400
log_moves = st.floats(-2, 2)


def bar(seconds, open_, high, low, close):
    return Bars(seconds, *(np.array([float(x)]) for x in (open_, high, low, close)))


@pytest.mark.parametrize("kind", [EwmaVolatility, GarmanKlassVolatility])
def test_finds_the_volatility_of_a_diffusion(kind):
    """Two assets, 5,000 one-hour bars of 12 s blocks; a slow decay averages nearly all of them."""
    rng = np.random.default_rng(11)
    truth = np.array([0.8, 0.5])
    estimator, builder = kind(0.9995, HOUR, truth * 2), BarBuilder(HOUR)
    log_price = np.zeros(2)
    for block in range(5000):
        for part in range(30):  # 120 s steps
            log_price += truth * np.sqrt(120 / YEAR) * rng.standard_normal(2)
            if (bars := builder.add((block * 30 + part) * 120, np.exp(log_price))) is not None:
                estimator.update(bars)
    # Garman-Klass misses part of the range between 30 observations: some 10 % of volatility.
    assert estimator.volatility == pytest.approx(truth, rel=0.15)


def test_a_long_bar_weighs_like_the_short_ones_it_spans():
    """Four hours of constant variance, as one bar or as four, leave the same estimate."""
    step = 0.01
    short, long = (EwmaVolatility(0.94, HOUR, np.array([0.5])) for _ in range(2))
    for _ in range(4):
        short.update(bar(HOUR, 1, np.exp(step), 1, np.exp(step)))
    long.update(bar(4 * HOUR, 1, np.exp(2 * step), 1, np.exp(2 * step)))
    assert long.volatility == pytest.approx(short.volatility, rel=1e-12)


def test_a_swing_within_a_bar_is_seen_by_its_range_alone():
    ewma, range_based = (kind(0.94, HOUR, np.array([0.5])) for kind in (EwmaVolatility, GarmanKlassVolatility))
    for estimator in (ewma, range_based):
        estimator.update(bar(HOUR, 100, 110, 70, 100))
    assert ewma.volatility[0] < 0.5 < range_based.volatility[0]


def test_the_largest_is_each_series_own():
    low, high = (EwmaVolatility(0.94, HOUR, np.array(v)) for v in ([0.5, 0.9], [0.6, 0.8]))
    largest = LargestVolatility({"a": low, "b": high})
    assert largest.volatility.tolist() == [0.6, 0.9]
    assert {name: v.tolist() for name, v in largest.components.items()} == {"a": [0.5, 0.9], "b": [0.6, 0.8]}


@given(st.lists(st.tuples(log_moves, st.floats(0, 2), st.floats(0, 2)), max_size=30), st.floats(0.5, 0.999))
def test_estimates_stay_finite_and_not_negative(moves, decay):
    estimators = [kind(decay, HOUR, np.array([0.5])) for kind in ESTIMATORS.values()]
    for move, above, below in moves:
        high, low = np.exp(max(move, 0) + above), np.exp(min(move, 0) - below)
        for estimator in estimators:
            estimator.update(bar(HOUR, 1, high, low, np.exp(move)))
            assert np.isfinite(estimator.volatility).all()
            assert (estimator.volatility >= 0).all()
