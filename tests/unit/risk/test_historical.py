"""Scenario sets by historical simulation."""

import numpy as np
import pytest

from simulator.errors import DataError
from simulator.risk.component import es_allocation
from simulator.risk.historical import ewma_volatility, exponentially_weighted, filtered, log_returns, plain
from simulator.risk.tail import sample_tail

RNG = np.random.default_rng(9)
RETURNS = RNG.normal(size=(500, 2)) * [0.03, 0.05]
CALM_THEN_WILD = np.concatenate([RNG.normal(size=(400, 1)) * 0.01, RNG.normal(size=(100, 1)) * 0.05])


def test_returns_over_a_horizon_overlap_and_add_up():
    prices = np.exp(np.cumsum(RETURNS, axis=0))
    three = log_returns(prices, 3)
    assert three == pytest.approx(log_returns(prices)[:-2] + log_returns(prices)[1:-1] + log_returns(prices)[2:])


def test_plain_scenarios_count_alike_and_keep_the_days_together():
    scenarios = plain(RETURNS)
    assert (scenarios.returns == RETURNS).all()
    assert scenarios.weights == pytest.approx(np.full(500, 1 / 500))


def test_weights_halve_with_age():
    scenarios = exponentially_weighted(RETURNS, 0.5 ** (1 / 50))
    assert scenarios.weights.sum() == pytest.approx(1)
    assert scenarios.weights[-51] == pytest.approx(scenarios.weights[-1] / 2)


def test_filtering_rescales_each_return_to_the_volatility_of_now():
    volatility = np.array([[0.01], [0.02], [0.04]])
    assert filtered([[0.01], [-0.03]], volatility).returns == pytest.approx(np.array([[0.04], [-0.06]]))


def test_filtering_changes_nothing_under_constant_volatility():
    assert filtered(RETURNS, np.full((501, 2), 0.03)).returns == pytest.approx(RETURNS, rel=1e-14)


def test_volatility_forecasts_follow_the_recursion_and_do_not_look_ahead():
    volatility = ewma_volatility(RETURNS, 0.94)
    assert volatility.shape == (501, 2)
    assert volatility[1:] ** 2 == pytest.approx(0.94 * volatility[:-1] ** 2 + 0.06 * RETURNS**2)
    later = RETURNS.copy()
    later[-1] *= -1  # same size, so the starting mean square is the same too
    assert (ewma_volatility(later, 0.94)[:-1] == volatility[:-1]).all()


def test_filtered_risk_after_a_calm_past_exceeds_the_plain():
    risk = {
        "plain": sample_tail(plain(CALM_THEN_WILD).unit_losses([100.0])[:, 0], 0.975).es,
        "filtered": sample_tail(
            filtered(CALM_THEN_WILD, ewma_volatility(CALM_THEN_WILD, 0.94)).unit_losses([100.0])[:, 0], 0.975
        ).es,
    }
    assert risk["filtered"] > 1.1 * risk["plain"]


def test_losses_of_coins_are_those_of_their_price():
    scenarios = plain(np.log([[0.5, 2.0]]))
    assert scenarios.unit_losses([100.0, 10.0]) == pytest.approx(np.array([[50.0, -10.0]]))
    assert scenarios.factors == pytest.approx(np.array([[0.5, 2.0]]))


def test_scenarios_feed_the_allocation():
    scenarios = exponentially_weighted(RETURNS, 0.99)
    allocation = es_allocation(scenarios.unit_losses([3000.0, 60000.0]), [10.0, -0.2], 0.975, scenarios.weights)
    assert allocation.component.sum() == pytest.approx(allocation.total)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: log_returns([[1.0], [0.0]]), r"prices: 0.0 at \(1, 0\)"),
        (lambda: log_returns([[1.0]]), "1 rows, more than the horizon"),
        (lambda: log_returns([[1.0], [2.0]], 0), "horizon is 0"),
        (lambda: exponentially_weighted(RETURNS, 1.0), "decay 1.0 is outside"),
        (lambda: filtered(RETURNS, np.ones((500, 2))), "one for the step to come"),
        (lambda: filtered([[0.0]], [[0.0], [0.1]]), "must be above 0"),
        (lambda: plain([[float("nan")]]), "nan at"),
        (lambda: plain(np.empty((0, 2))), "empty"),
        (lambda: plain(RETURNS).unit_losses([1.0]), "scenarios of 2 assets"),
    ],
)
def test_unusable_history_gets_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
