"""Closed forms of VaR and ES: limits, moments, and where the expansion ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DataError
from simulator.risk.covariance import covariance_over, require_covariance, symmetric_root
from simulator.risk.parametric import (
    Moments,
    cornish_fisher_tail,
    delta_gamma_moments,
    gaussian_tail,
    student_t_tail,
)
from simulator.risk.tail import sample_tail

repeatable = settings(deadline=None, derandomize=True)
LEVELS = st.floats(0.9, 0.999)
COVARIANCE = np.array([[0.04, 0.018], [0.018, 0.09]])


@repeatable
@given(LEVELS, st.floats(-100, 100), st.floats(0, 100), st.floats(2.1, 200))
def test_es_is_never_below_var(level, mean, deviation, freedom):
    for tail in (gaussian_tail(level, mean, deviation), student_t_tail(level, freedom, mean, deviation)):
        assert tail.es >= tail.var


@repeatable
@given(LEVELS)
def test_student_t_tends_to_gaussian(level):
    assert student_t_tail(level, 1e7).es == pytest.approx(gaussian_tail(level).es, rel=1e-5)


@repeatable
@given(LEVELS, st.floats(-10, 10), st.floats(0.1, 10))
def test_cornish_fisher_without_skew_or_kurtosis_is_gaussian(level, mean, deviation):
    exact = gaussian_tail(level, -mean, deviation)
    tail = cornish_fisher_tail(level, Moments(mean, deviation, 0.0, 0.0))
    assert (tail.var, tail.es) == pytest.approx((exact.var, exact.es), rel=1e-9, abs=1e-9)


@repeatable
@given(LEVELS, st.floats(-1.0, 0.2), st.floats(2.0, 5.0))
def test_cornish_fisher_es_is_the_mean_of_var_beyond_the_level(level, skew, kurtosis):
    pnl = Moments(0.0, 1.0, skew, kurtosis)
    beyond = 1 - (1 - level) * (np.arange(400) + 0.5) / 400
    mean = np.mean([cornish_fisher_tail(x, pnl).var for x in beyond])
    tail = cornish_fisher_tail(level, pnl)
    assert tail.es == pytest.approx(mean, rel=5e-3)
    assert tail.es >= tail.var


def test_cornish_fisher_beyond_its_domain_is_refused():
    with pytest.raises(DataError, match="not monotone in the tail"):
        cornish_fisher_tail(0.99, Moments(0.0, 1.0, 2.8, 12.0))


def test_delta_gamma_moments_are_those_of_a_simulated_portfolio():
    delta, gamma = np.array([10.0, -4.0]), np.array([[-6.0, 2.0], [2.0, -3.0]])
    x = np.random.default_rng(5).multivariate_normal(np.zeros(2), COVARIANCE, 500_000)
    pnl = x @ delta + ((x @ gamma) * x).sum(axis=1) / 2
    m = delta_gamma_moments(delta, gamma, COVARIANCE)
    z = (pnl - m.mean) / m.deviation
    assert z.mean() == pytest.approx(0, abs=0.006)
    assert z.var() == pytest.approx(1, rel=0.01)
    assert (z**3).mean() == pytest.approx(m.skew, abs=0.04)
    assert (z**4).mean() - 3 == pytest.approx(m.excess_kurtosis, abs=0.15)
    tail = cornish_fisher_tail(0.99, m)
    simulated = sample_tail(-pnl, 0.99)
    assert (tail.var, tail.es) == pytest.approx((simulated.var, simulated.es), rel=0.01)


def test_without_gamma_a_portfolio_is_delta_normal():
    m = delta_gamma_moments([1.0, 2.0], np.zeros((2, 2)), COVARIANCE)
    assert m.deviation == pytest.approx(np.sqrt(0.04 + 4 * 0.018 + 4 * 0.09), rel=1e-14)
    assert (m.mean, m.skew, m.excess_kurtosis) == (0, 0, 0)


def test_a_flat_book_has_no_risk():
    assert delta_gamma_moments([0.0], [[0.0]], [[0.04]]) == Moments(0.0, 0.0, 0.0, 0.0)


def test_variance_grows_with_the_horizon():
    day, week = (covariance_over([0.8, 1.0], [[1, 0.7], [0.7, 1]], days / 365) for days in (1, 7))
    assert week == pytest.approx(7 * day, rel=1e-14)
    assert day[0, 1] == pytest.approx(0.8 * 0.7 / 365, rel=1e-14)


@repeatable
@given(st.integers(1, 5), st.integers(0, 1000))
def test_the_root_of_a_covariance_squares_to_it(rank, seed):
    factors = np.random.default_rng(seed).normal(size=(5, rank))
    covariance = factors @ factors.T
    assert symmetric_root(covariance) @ symmetric_root(covariance) == pytest.approx(covariance, abs=1e-9)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[1.0, 2.0], [2.0, 1.0]], "not positive semi-definite"),
        ([[1.0, 0.5], [0.4, 1.0]], "not symmetric"),
        ([[1.0]], "shape"),
        ([[1.0, float("nan")], [0.0, 1.0]], "nan at"),
    ],
)
def test_a_matrix_that_is_no_covariance_is_refused(matrix, message):
    with pytest.raises(DataError, match=message):
        require_covariance(matrix, 2)


@pytest.mark.parametrize("freedom", [2.0, 0.0, -3.0, float("inf"), float("nan")])
def test_student_t_without_variance_is_refused(freedom):
    with pytest.raises(DataError, match="degrees of freedom"):
        student_t_tail(0.99, freedom)


def test_a_negative_deviation_is_refused():
    with pytest.raises(DataError, match="deviation is -1"):
        gaussian_tail(0.99, deviation=-1.0)
