"""Bars from block observations."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import DataError
from simulator.oracle.bars import BarBuilder


def feed(builder, observations):
    return [bar for t, price in observations if (bar := builder.add(t, np.array([price]))) is not None]


def test_a_bar_runs_from_one_boundary_to_the_next():
    observations = list(zip(range(100, 100 + 11 * 10, 10), [5, 7, 4, 6, 5, 6, 9, 8, 3, 4, 4.5], strict=True))
    first, second = feed(BarBuilder(50), [(t, float(p)) for t, p in observations])
    assert (first.seconds, *(float(x[0]) for x in (first.open, first.high, first.low, first.close))) == (50, 5, 7, 4, 6)
    assert (float(second.open[0]), float(second.high[0]), float(second.low[0])) == (6, 9, 3)


def test_a_gap_makes_one_long_bar_and_the_grid_stays():
    bars = feed(BarBuilder(50), [(0, 1.0), (120, 2.0), (149, 3.0), (150, 4.0)])
    assert [bar.seconds for bar in bars] == [120, 30]


@given(st.lists(st.floats(0.01, 1e6), min_size=2, max_size=60), st.integers(1, 20))
def test_bars_join_and_span_their_prices(prices, bar_seconds):
    bars = feed(BarBuilder(bar_seconds), list(enumerate(prices)))
    for bar in bars:
        assert bar.low[0] <= min(bar.open[0], bar.close[0]) <= max(bar.open[0], bar.close[0]) <= bar.high[0]
    for before, after in pairwise(bars):
        assert before.close[0] == after.open[0]


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan"), float("inf")])
def test_prices_are_positive(price):
    with pytest.raises(DataError, match="positive"):
        BarBuilder(60).add(0, np.array([price]))


def test_time_moves_forward():
    builder = BarBuilder(60)
    builder.add(12, np.ones(1))
    with pytest.raises(DataError, match="move forward"):
        builder.add(12, np.ones(1))
