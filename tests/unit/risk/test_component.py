"""Risk by position: components sum to the total, marginals predict small trades."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.errors import DataError
from simulator.risk.component import es_allocation, parametric_allocation, var_allocation
from simulator.risk.parametric import gaussian_tail
from simulator.risk.tail import sample_tail

repeatable = settings(deadline=None, derandomize=True)
LEVELS = st.floats(0.5, 0.99)
QUANTITY = arrays(float, 4, elements=st.floats(-100, 100))
LOSSES = np.random.default_rng(6).standard_t(4, size=(400, 4)) * [1.0, 2.0, 0.5, 3.0]
WEIGHTS = 0.99 ** np.arange(400)
FACTORS = np.random.default_rng(7).normal(size=(4, 4))
COVARIANCE = FACTORS @ FACTORS.T


@repeatable
@given(QUANTITY, LEVELS)
def test_components_of_es_sum_to_the_portfolio(quantity, level):
    allocation = es_allocation(LOSSES, quantity, level, WEIGHTS)
    total = sample_tail(LOSSES @ quantity, level, WEIGHTS).es
    assert allocation.component.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert allocation.total == allocation.component.sum()


@repeatable
@given(QUANTITY, LEVELS)
def test_components_of_var_sum_to_the_portfolio(quantity, level):
    total = sample_tail(LOSSES @ quantity, level, WEIGHTS).var
    assert var_allocation(LOSSES, quantity, level, WEIGHTS).component.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)


@repeatable
@given(QUANTITY, LEVELS)
def test_no_position_adds_more_than_it_costs_alone(quantity, level):
    allocation = es_allocation(LOSSES, quantity, level)
    alone = sample_tail((LOSSES * quantity).T, level).es
    assert (allocation.component <= alone + 1e-9).all()


@repeatable
@given(QUANTITY)
def test_parametric_components_sum_to_the_portfolio(exposure):
    multiplier = gaussian_tail(0.99).es
    allocation = parametric_allocation(exposure, COVARIANCE, multiplier)
    total = multiplier * np.sqrt(exposure @ COVARIANCE @ exposure)
    assert allocation.component.sum() == pytest.approx(total, rel=1e-9, abs=1e-9)


def test_marginal_risk_is_the_slope_of_the_total():
    quantity, step = np.array([1.0, -2.0, 3.0, 0.5]), 1e-6
    parametric = parametric_allocation(quantity, COVARIANCE, 2.0)
    sampled = es_allocation(LOSSES, quantity, 0.95)
    for i in range(4):
        moved = quantity + step * np.eye(4)[i]
        slope = (parametric_allocation(moved, COVARIANCE, 2.0).total - parametric.total) / step
        assert parametric.marginal[i] == pytest.approx(slope, rel=1e-4)
        assert sampled.marginal[i] == pytest.approx(
            (es_allocation(LOSSES, moved, 0.95).total - sampled.total) / step, rel=1e-4
        )


def test_a_hedge_has_a_negative_component():
    move = np.random.default_rng(8).normal(size=1000)
    allocation = es_allocation(np.column_stack([move, move]), [2.0, -1.0], 0.975)
    assert allocation.share == pytest.approx([2.0, -1.0])


def test_a_flat_book_has_no_components():
    allocation = parametric_allocation(np.zeros(4), COVARIANCE, 2.0)
    assert allocation.total == 0
    assert (allocation.share == 0).all()


def test_positions_must_match_their_losses():
    with pytest.raises(DataError, match="3 of them for losses of 4 positions"):
        es_allocation(LOSSES, np.ones(3), 0.9)
