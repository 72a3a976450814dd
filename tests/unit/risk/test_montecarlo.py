"""Monte Carlo scenarios: laws, sampling, and the error of the estimate."""

import numpy as np
import pytest

from simulator.errors import DataError
from simulator.risk.montecarlo import BATCHES, Sampling, estimate_tail, simulate
from simulator.risk.parametric import gaussian_tail, student_t_tail
from simulator.risk.shock_models import GaussianShocks, MertonShocks, StudentTCopulaShocks

COVARIANCE = np.array([[0.04, 0.036], [0.036, 0.09]])
N = BATCHES * 2**12
LEVEL = 0.975
GAUSSIAN = GaussianShocks(COVARIANCE)
MULTIVARIATE_T = StudentTCopulaShocks(COVARIANCE, 5, [5, 5])
JUMP_MEAN = np.array([-0.2, -0.3])
JUMP_COVARIANCE = np.array([[0.01, 0.005], [0.005, 0.02]])
MERTON = MertonShocks(COVARIANCE, 0.5, JUMP_MEAN, JUMP_COVARIANCE)
MERTON_COVARIANCE = COVARIANCE + 0.5 * (np.outer(JUMP_MEAN, JUMP_MEAN) + JUMP_COVARIANCE)


def draw(model, sampling=Sampling.SOBOL, n=N, seed=1):
    return simulate(model, n, np.random.default_rng(seed), sampling).returns


@pytest.mark.parametrize("sampling", list(Sampling))
def test_var_and_es_of_a_gaussian_portfolio_are_the_closed_form(sampling):
    exposure = np.array([3.0, -1.0])
    exact = gaussian_tail(LEVEL, deviation=np.sqrt(exposure @ COVARIANCE @ exposure))
    estimate = estimate_tail(-draw(GAUSSIAN, sampling) @ exposure, LEVEL)
    assert estimate.var == pytest.approx(exact.var, abs=4 * estimate.var_error)
    assert estimate.es == pytest.approx(exact.es, abs=4 * estimate.es_error)
    assert estimate.es_error < 0.02 * exact.es


def test_var_and_es_of_a_student_t_portfolio_are_the_closed_form():
    exposure = np.array([3.0, 1.0])
    exact = student_t_tail(LEVEL, 5, deviation=np.sqrt(exposure @ COVARIANCE @ exposure))
    estimate = estimate_tail(-draw(MULTIVARIATE_T) @ exposure, LEVEL)
    assert estimate.var == pytest.approx(exact.var, abs=4 * estimate.var_error)
    assert estimate.es == pytest.approx(exact.es, abs=4 * estimate.es_error)


def test_margins_of_the_copula_have_their_own_tails():
    returns = draw(StudentTCopulaShocks(COVARIANCE, 4, [3.0, 30.0]))
    for i, freedom in enumerate((3.0, 30.0)):
        exact = student_t_tail(LEVEL, freedom, deviation=np.sqrt(COVARIANCE[i, i]))
        estimate = estimate_tail(-returns[:, i], LEVEL)
        assert estimate.var == pytest.approx(exact.var, abs=4 * estimate.var_error)
        assert estimate.es == pytest.approx(exact.es, abs=4 * estimate.es_error)


def test_assets_crash_together_more_often_under_a_t_copula():
    def joint(returns):
        return (returns < np.quantile(returns, 0.01, axis=0)).all(axis=1).mean()

    assert joint(draw(MULTIVARIATE_T)) > 1.3 * joint(draw(GAUSSIAN))


@pytest.mark.parametrize(
    ("model", "covariance"),
    [
        (GAUSSIAN, COVARIANCE),
        (MULTIVARIATE_T, COVARIANCE),
        (MERTON, MERTON_COVARIANCE),
    ],
    ids=["gaussian", "t", "merton"],
)
def test_returns_have_mean_zero_and_the_stated_covariance(model, covariance):
    returns = draw(model)
    assert returns.mean(axis=0) == pytest.approx(np.zeros(2), abs=2e-3)
    assert np.cov(returns.T) == pytest.approx(covariance, rel=0.03)


def test_rare_jumps_fatten_the_tail_that_the_same_variance_would_have():
    jumps, diffusion = (estimate_tail(-draw(m)[:, 0], 0.99).es for m in (MERTON, GaussianShocks(MERTON_COVARIANCE)))
    assert jumps > 1.1 * diffusion


def test_a_simulation_repeats_under_its_seed():
    assert (draw(MERTON, seed=3) == draw(MERTON, seed=3)).all()
    assert (draw(MERTON, seed=3) != draw(MERTON, seed=4)).any()


def test_antithetic_scenarios_cancel_whatever_is_linear():
    returns = draw(GAUSSIAN, Sampling.ANTITHETIC, n=BATCHES * 50)
    assert returns.mean(axis=0) == pytest.approx(np.zeros(2), abs=1e-14)


def test_sobol_points_know_es_better_than_independent_ones():
    losses = {s: -draw(GAUSSIAN, s) @ [1.0, 1.0] for s in (Sampling.SOBOL, Sampling.INDEPENDENT)}
    errors = {s: estimate_tail(x, LEVEL).es_error for s, x in losses.items()}
    assert errors[Sampling.SOBOL] < 0.4 * errors[Sampling.INDEPENDENT]


def test_the_standard_error_is_the_spread_of_repeated_simulations():
    estimates = [estimate_tail(-draw(GAUSSIAN, Sampling.INDEPENDENT, BATCHES * 256, s)[:, 0], 0.95) for s in range(60)]
    spread = np.std([e.es for e in estimates], ddof=1)
    reported = np.sqrt(np.mean([e.es_error**2 for e in estimates]))
    assert reported == pytest.approx(spread, rel=0.3)


def test_the_standard_error_falls_with_the_root_of_the_sample():
    small, large = (estimate_tail(-draw(GAUSSIAN, Sampling.INDEPENDENT, n)[:, 0], LEVEL) for n in (N // 16, N * 4))
    assert large.es_error == pytest.approx(small.es_error / 8, rel=0.6)


def test_perfectly_correlated_assets_move_as_one():
    returns = draw(GaussianShocks([[0.04, 0.06], [0.06, 0.09]]), n=BATCHES * 8)
    assert returns[:, 1] == pytest.approx(1.5 * returns[:, 0], abs=1e-7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: draw(GAUSSIAN, Sampling.INDEPENDENT, 100), "multiple of 16"),
        (lambda: draw(GAUSSIAN, Sampling.INDEPENDENT, 0), "positive multiple"),
        (lambda: draw(GAUSSIAN, Sampling.ANTITHETIC, 16), "multiple of 32"),
        (lambda: draw(GAUSSIAN, Sampling.SOBOL, 16 * 3), "16 times a power of 2 is needed, such as 64"),
        (lambda: estimate_tail(np.ones(160), 0.99), "at least 1600"),
        (lambda: estimate_tail(np.ones(1600), 1.0), "outside"),
        (lambda: GaussianShocks([[1.0, 2.0], [2.0, 1.0]]), "not positive semi-definite"),
        (lambda: StudentTCopulaShocks(COVARIANCE, 2.0, [5, 5]), "degrees of freedom"),
        (lambda: StudentTCopulaShocks(COVARIANCE, 5, [5]), "1 of them for 2 assets"),
        (lambda: StudentTCopulaShocks(np.diag([1.0, 0.0]), 5, [5, 5]), "without variance"),
        (lambda: MertonShocks(COVARIANCE, 0.0, [0, 0], COVARIANCE), "expected jumps is 0.0"),
        (lambda: MertonShocks(COVARIANCE, 1e6, [0, 0], COVARIANCE), "at most 50"),
        (lambda: MertonShocks(COVARIANCE, 1.0, [0], COVARIANCE), "jump mean"),
    ],
)
def test_what_cannot_be_simulated_gets_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
