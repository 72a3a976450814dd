"""Impact of flow on price."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.market.impact import SquareRootImpact
from simulator.scenario.market import Impact

SIGMA = 0.05
quantities = st.floats(1.0, 1e6)


def impact(**changes):
    return SquareRootImpact(Impact(**changes), daily_volume=1_000_000.0)


def after(quantity, **changes):
    state = impact(**changes)
    state.add_flow(quantity, SIGMA)
    return state.displacement


def test_one_percent_of_the_volume_moves_the_price_by_a_tenth_of_the_daily_volatility():
    # Toth et al. (2011), eq. 1 with Y = 1: sigma sqrt(Q / V).
    assert after(10_000, permanent_share=0.0) == pytest.approx(SIGMA * 0.1)


@given(quantities)
def test_buying_and_selling_are_symmetric(quantity):
    assert after(quantity) == -after(-quantity) > 0


@given(quantities, st.floats(1.01, 10))
def test_impact_is_concave_and_increasing(quantity, factor):
    assert after(quantity) < after(factor * quantity) < factor * after(quantity)


@given(quantities, st.integers(2, 50))
def test_an_order_in_pieces_moves_the_price_as_one(quantity, pieces):
    state = impact()
    for _ in range(pieces):
        state.add_flow(quantity / pieces, SIGMA)
    assert state.displacement == pytest.approx(after(quantity), rel=1e-9)


def test_temporary_impact_halves_every_half_life():
    state = impact(permanent_share=0.0, recovery_half_life_seconds=900)
    state.add_flow(-50_000, SIGMA)
    before = state.displacement
    state.recover(900)
    assert state.displacement == pytest.approx(before / 2)
    for _ in range(75):
        state.recover(12)
    assert state.displacement == pytest.approx(before / 4)


def test_what_remains_is_the_linear_permanent_part():
    state = impact(permanent_share=0.2)
    state.add_flow(100_000, SIGMA)
    state.recover(1e6)
    assert state.displacement == pytest.approx(0.2 * SIGMA * 0.1)


@given(quantities)
def test_a_round_trip_leaves_no_trace(quantity):
    state = impact()
    state.add_flow(quantity, SIGMA)
    state.recover(600)
    state.add_flow(-quantity, SIGMA)
    state.recover(1e6)
    assert math.isclose(state.displacement, 0.0, abs_tol=1e-12)
