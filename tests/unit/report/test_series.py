"""Thinning keeps what the eye looks for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.report.series import POINTS, thin, thin_evenly

series = arrays(np.float64, st.integers(1, 5000), elements=st.floats(-1e9, 1e9))


@given(series)
def test_thinning_keeps_first_last_least_and_greatest(values):
    kept = thin(values)
    assert kept[0] == 0 and kept[-1] == len(values) - 1
    assert values[kept].min() == values.min() and values[kept].max() == values.max()


@given(series)
def test_thinning_is_in_order_and_within_its_limit(values):
    kept = thin(values)
    assert (np.diff(kept) > 0).all() and len(kept) <= max(POINTS, 1)


def test_a_short_series_is_kept_whole():
    assert len(thin(np.zeros(POINTS))) == POINTS


def test_a_series_without_a_value_is_thinned_too():
    assert len(thin(np.full(10 * POINTS, np.nan))) <= POINTS


@given(st.integers(1, 5000), st.integers(2, 100))
def test_even_thinning_keeps_both_ends(length, points):
    kept = thin_evenly(length, points)
    assert kept[0] == 0 and kept[-1] == length - 1 and len(kept) <= points
