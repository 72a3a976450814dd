"""Correlation estimates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.oracle.bars import Bars
from simulator.oracle.correlation import DccCorrelation, EwmaCorrelation

HOUR = 3600


def returns_bar(returns, seconds=HOUR):
    ones, close = np.ones(len(returns)), np.exp(np.asarray(returns, dtype=float))
    return Bars(seconds, ones, np.maximum(ones, close), np.minimum(ones, close), close)


@pytest.mark.parametrize("kind", [EwmaCorrelation, DccCorrelation])
def test_starts_uncorrelated(kind):
    assert kind(0.94, HOUR, 0.1, np.array([0.8, 0.5])).correlation.tolist() == np.eye(2).tolist()


def test_finds_the_correlation_of_normal_returns():
    rng = np.random.default_rng(3)
    truth = np.array([[1, 0.8, 0.2], [0.8, 1, 0.4], [0.2, 0.4, 1]])
    estimator = EwmaCorrelation(0.9995, HOUR, 0.0, np.full(3, 0.5))
    for draw in 0.01 * rng.standard_normal((8000, 3)) @ np.linalg.cholesky(truth).T:
        estimator.update(returns_bar(draw))
    assert estimator.correlation == pytest.approx(truth, abs=0.05)


def test_full_shrinkage_leaves_the_mean_correlation():
    estimator = EwmaCorrelation(0.5, HOUR, 1.0, np.full(3, 0.5))
    estimator.update(returns_bar([0.03, 0.02, -0.01]))
    matrix = estimator.correlation
    assert np.unique(np.round(matrix[~np.eye(3, dtype=bool)], 12)).size == 1


def test_dcc_returns_to_the_usual_correlation_where_ewma_forgets_it():
    """2,000 hours at 0.8, then 60 in which assets move apart, then 60 quiet ones that say nothing."""
    usual = np.linalg.cholesky([[1, 0.8], [0.8, 1]]).T
    dcc, ewma = (kind(0.94, HOUR, 0.0, np.full(2, 0.9)) for kind in (DccCorrelation, EwmaCorrelation))
    for estimator in (dcc, ewma):
        rng = np.random.default_rng(6)
        for draw in 0.01 * rng.standard_normal((2000, 2)) @ usual:
            estimator.update(returns_bar(draw))
    assert dcc.correlation[0, 1] == pytest.approx(0.8, abs=0.15)
    for estimator in (dcc, ewma):
        for step in range(60):
            estimator.update(returns_bar([0.01 * (-1) ** step, -0.01 * (-1) ** step]))
    assert ewma.correlation[0, 1] < dcc.correlation[0, 1] < 0
    for estimator in (dcc, ewma):
        for _ in range(60):
            estimator.update(returns_bar([0.0, 0.0]))
    assert ewma.correlation[0, 1] < -0.9
    assert dcc.correlation[0, 1] > 0.4


@pytest.mark.parametrize("kind", [EwmaCorrelation, DccCorrelation])
@given(
    arrays(float, st.tuples(st.integers(1, 40), st.integers(1, 8)), elements=st.floats(-1, 1)),
    st.floats(0.01, 0.999),
    st.floats(0, 1),
)
def test_always_positive_semi_definite(kind, returns, decay, shrinkage):
    estimator = kind(decay, HOUR, shrinkage, np.full(returns.shape[1], 0.7))
    for row in returns:
        estimator.update(returns_bar(row))
    matrix = estimator.correlation
    assert np.diag(matrix) == pytest.approx(1.0)
    assert (matrix == matrix.T).all()
    assert np.linalg.eigvalsh(matrix).min() >= -1e-9


@pytest.mark.parametrize("kind", [EwmaCorrelation, DccCorrelation])
def test_a_price_that_never_moves_is_uncorrelated(kind):
    estimator = kind(0.01, HOUR, 0.1, np.full(2, 0.7))
    for _ in range(400):
        estimator.update(returns_bar([0.0, 0.001]))
    assert estimator.correlation.tolist() == np.eye(2).tolist()
