"""Floats as 1e18 fixed point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import DataError
from simulator.wads import WAD, wad


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.35, 35 * 10**16), (0.1, 10**17), (-0.3, -3 * 10**17), (194.61, 19461 * 10**16), (0, 0), (1e-18, 1), (5e-19, 0)],
)
def test_a_decimal_is_itself(value, expected):
    assert wad(value) == expected


@given(st.floats(-1e9, 1e9))
def test_reads_back_as_the_same_float_or_within_a_wei(value):
    assert wad(value) / WAD == pytest.approx(value, rel=2e-16, abs=1e-18)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_keeps_order(a, b):
    low, high = sorted((a, b))
    assert wad(low) <= wad(high)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(DataError, match="finite"):
        wad(value)
