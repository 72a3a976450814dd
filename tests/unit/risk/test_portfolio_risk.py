"""VaR and ES of portfolios: what each position costs, closed forms from greeks, tails sampled on purpose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from valued_books import book, contracts, random_book, random_contracts, random_scenarios

from simulator.errors import DataError
from simulator.risk.greeks import account_greeks
from simulator.risk.historical import ewma_volatility, exponentially_weighted, filtered, plain
from simulator.risk.importance import simulate_account_tail, simulate_tail
from simulator.risk.montecarlo import BATCHES, estimate_tail, simulate
from simulator.risk.parametric import gaussian_tail, student_t_tail
from simulator.risk.portfolio_risk import Measure, account_allocation, delta_gamma_tails, delta_normal_tails
from simulator.risk.portfolio_valuation import (
    account_profits,
    portfolio_estimates,
    portfolio_tails,
)
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.shock_models import GaussianShocks, MertonShocks, StudentTCopulaShocks
from simulator.risk.state import CALL, PERPETUAL, PUT
from simulator.risk.unit_pricing import Revaluation
from simulator.risk.workload import Workload

DEVIATION = np.array([0.03, 0.1, 0.025, 0.08])
"""Daily, of each asset's log price and log volatility, asset by asset."""
CORRELATION = np.array([[1.0, -0.5, 0.8, -0.3], [-0.5, 1.0, -0.3, 0.6], [0.8, -0.3, 1.0, -0.4], [-0.3, 0.6, -0.4, 1.0]])
COVARIANCE = np.outer(DEVIATION, DEVIATION) * CORRELATION
QUIET = np.diag([0.03, 1e-4, 0.025, 1e-4]) ** 2
"""Moves of price almost alone."""
LISTED = contracts(
    (CALL, 0, 2000.0, 0.8, 0.2), (PUT, 0, 1900.0, 0.9, 0.2), (PERPETUAL, 1, 0.0, 0.0, 0.0), (PUT, 1, 36000.0, 0.7, 0.3)
)
BOOK = book(
    ({0: -2.0, 1: -2.0}, 3000.0),
    ({0: 1.0, 2: -0.05}, 0.0, [0.5, 0.1]),
    ({1: -3.0, 3: -0.2}, 0.0, [1.0, 0.0]),
)


def by_asset(factors: ScenarioSet) -> ScenarioSet:
    return factors.assigned([0, 2], [1, 3])


@given(st.integers(0, 2**32), st.sampled_from(list(Measure)), st.sampled_from(list(Revaluation)))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_parts_of_any_account_sum_to_its_var_and_es(seed, measure, revaluation):
    rng = np.random.default_rng(seed)
    c, b, s = random_contracts(rng, 12), random_book(rng, 3, 12), random_scenarios(rng, 60)
    tails = portfolio_tails(c, b, s, 0.9, revaluation)
    for account in range(3):
        parts = account_allocation(c, b, account, s, 0.9, measure, revaluation)
        assert parts.position.sum() + parts.collateral.sum() + parts.cash == pytest.approx(parts.total)
        assert parts.total == pytest.approx(getattr(tails, measure)[account])
        assert parts.position == pytest.approx(parts.marginal * b.accounts(account, account + 1).size)


def test_the_part_of_an_option_is_what_a_little_more_of_it_adds():
    s = by_asset(simulate(GaussianShocks(COVARIANCE), 4096, np.random.default_rng(1)))
    parts, h = account_allocation(LISTED, BOOK, 2, s, 0.975), 1e-6
    more = book(({1: -3.0, 3: -0.2 + h}, 0.0, [1.0, 0.0]))
    risen = portfolio_tails(LISTED, more, s, 0.975).es[0] - parts.total
    assert risen / h == pytest.approx(parts.marginal[1], rel=1e-4)
    assert parts.collateral[0] > 0  # wrong way: ETH behind short ETH puts adds to the tail


@pytest.mark.parametrize(
    "make",
    [
        plain,
        lambda r: exponentially_weighted(r, 0.99),
        lambda r: filtered(r, ewma_volatility(r, 0.94)),
        lambda r: simulate(GaussianShocks(np.cov(r.T)), 512, np.random.default_rng(2)),
        lambda r: simulate(StudentTCopulaShocks(np.cov(r.T), 4, [4] * 4), 512, np.random.default_rng(2)),
        lambda r: simulate(MertonShocks(np.cov(r.T), 0.5, [-0.05] * 4, np.cov(r.T)), 512, np.random.default_rng(2)),
    ],
    ids=["plain", "weighted", "filtered", "gaussian", "t-copula", "merton"],
)
def test_every_method_of_simulation_moves_volatility_too(make):
    history = np.random.default_rng(3).multivariate_normal(np.zeros(4), COVARIANCE, 500)
    tails = portfolio_tails(LISTED, BOOK, by_asset(make(history)), 0.975)
    still = portfolio_tails(LISTED, BOOK, make(history).assigned([0, 2]), 0.975)
    assert (tails.es >= tails.var).all()
    # Short options lose more when volatility rises as prices fall.
    assert tails.es[2] > still.es[2]


def test_delta_normal_risk_of_linear_positions_is_the_closed_form():
    linear = book(({2: -0.5}, 100.0, [3.0, 0.0]))
    exposure = np.array([3 * 2000.0, 0.0, -0.5 * 40000.0, 0.0])
    deviation = np.sqrt(exposure @ COVARIANCE @ exposure)
    own = account_greeks(LISTED, linear)
    assert delta_normal_tails(own, COVARIANCE, 0.99).es[0] == pytest.approx(gaussian_tail(0.99, 0, deviation).es)
    student = delta_normal_tails(own, COVARIANCE, 0.99, freedom=4)
    assert student.var[0] == pytest.approx(student_t_tail(0.99, 4, 0, deviation).var)
    assert delta_gamma_tails(own, COVARIANCE, 0.99).var[0] == pytest.approx(gaussian_tail(0.99, 0, deviation).var)


def test_delta_gamma_risk_of_a_short_option_book_is_that_of_simulation_for_small_moves():
    small = COVARIANCE / 25
    own = account_greeks(LISTED, BOOK)
    s = by_asset(simulate(GaussianShocks(small), BATCHES * 2**11, np.random.default_rng(7)))
    losses = -account_profits(LISTED, BOOK, s)
    closed, linear = delta_gamma_tails(own, small, 0.975), delta_normal_tails(own, small, 0.975)
    for account in (1, 2):
        simulated = estimate_tail(losses[account], 0.975)
        assert closed.es[account] == pytest.approx(simulated.es, rel=0.03)
    # The straddle has next to no delta: what moves it is gamma, which delta-normal risk does not see.
    assert linear.es[0] < closed.es[0]


@pytest.mark.parametrize("account", [0, 1, 2])
def test_sampling_the_tail_on_purpose_agrees_and_errs_less(account):
    level, n = 0.999, BATCHES * 2**11
    own = BOOK.accounts(account, account + 1)
    guided = simulate_account_tail(
        account_greeks(LISTED, BOOK), account, COVARIANCE, level, n, np.random.default_rng(1)
    )
    better = estimate_tail(-account_profits(LISTED, own, guided)[0], level, guided.weights)
    drawn = by_asset(simulate(GaussianShocks(COVARIANCE), n, np.random.default_rng(1)))
    usual = estimate_tail(-account_profits(LISTED, own, drawn)[0], level)
    assert better.es == pytest.approx(usual.es, abs=4 * usual.es_error)
    assert better.es_error < usual.es_error / 3


def test_the_sampled_tail_of_a_linear_loss_is_the_closed_form():
    exposure = np.array([3.0, 1.0, -2.0, 0.5])
    s = simulate_tail(exposure, np.zeros((4, 4)), COVARIANCE, 0.9999, BATCHES * 2**10, np.random.default_rng(4))
    estimate = estimate_tail(-s.returns @ exposure, 0.9999, s.weights)
    exact = gaussian_tail(0.9999, deviation=np.sqrt(exposure @ COVARIANCE @ exposure))
    assert estimate.var == pytest.approx(exact.var, abs=4 * estimate.var_error)
    assert estimate.es == pytest.approx(exact.es, abs=4 * estimate.es_error)
    assert estimate.es_error < 0.01 * exact.es


def test_a_misleading_guide_costs_precision_and_not_correctness():
    exposure = np.array([3.0, 0.0, 0.0, 0.0])
    s = simulate_tail(-exposure, np.zeros((4, 4)), COVARIANCE, 0.99, BATCHES * 2**10, np.random.default_rng(4))
    estimate = estimate_tail(-s.returns @ exposure, 0.99, s.weights)
    assert estimate.es == pytest.approx(gaussian_tail(0.99, deviation=3 * 0.03).es, abs=4 * estimate.es_error)


def test_errors_of_a_whole_book_are_those_of_its_accounts():
    for s in (
        by_asset(simulate(GaussianShocks(COVARIANCE), 1024, np.random.default_rng(5))),
        simulate_account_tail(account_greeks(LISTED, BOOK), 0, COVARIANCE, 0.9, 1024, np.random.default_rng(5)),
    ):
        whole = portfolio_estimates(LISTED, BOOK, s, 0.9, workload=Workload(memory=20_000))
        for account, losses in enumerate(-account_profits(LISTED, BOOK, s)):
            one = estimate_tail(losses, 0.9, s.weights)
            assert whole.es[account] == pytest.approx(one.es) and whole.es_error[account] == pytest.approx(one.es_error)


def test_little_memory_gives_the_same_tails():
    s = by_asset(simulate(GaussianShocks(COVARIANCE), 512, np.random.default_rng(5)))
    whole = portfolio_tails(LISTED, BOOK, s, 0.99)
    assert (portfolio_tails(LISTED, BOOK, s, 0.99, workload=Workload(memory=100)).es == whole.es).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: account_allocation(LISTED, BOOK, 3, by_asset(plain(np.zeros((5, 4)))), 0.9), "accounts 0 to 2"),
        (lambda: delta_normal_tails(account_greeks(LISTED, BOOK), np.eye(2), 0.9), r"shape \(2, 2\)"),
        (lambda: delta_normal_tails(account_greeks(LISTED, BOOK), np.eye(4), 0.9, 2.0), "more than 2"),
        (lambda: delta_normal_tails(account_greeks(LISTED, BOOK), np.eye(4) - 1.0, 0.9), "not positive semi-definite"),
        (
            lambda: delta_gamma_tails(
                account_greeks(LISTED, book(({0: 1.0}, 0.0), ({0: 9.0, 1: 9.0}, 0.0))), QUIET, 0.99
            ),
            "account 1: Cornish-Fisher",
        ),
        (lambda: simulate_tail([1.0], [[0.0]], [[1.0]], 0.9, 48, np.random.default_rng(1)), "multiple of 32"),
        (lambda: simulate_tail([1.0], [0.0], [[1.0]], 0.9, 32, np.random.default_rng(1)), "gamma"),
        (lambda: portfolio_tails(LISTED, BOOK, by_asset(plain(np.zeros((5, 4)))), 1.0), "level 1.0"),
    ],
)
def test_what_cannot_be_measured_gets_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
