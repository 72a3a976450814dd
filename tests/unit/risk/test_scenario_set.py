"""Joint scenarios: which factor moves what, shocks as the contracts read them, scaling to a horizon."""

import numpy as np
import pytest

from simulator.errors import DataError
from simulator.risk.montecarlo import simulate
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.shock_models import GaussianShocks
from simulator.risk.tail import sample_tail

RNG = np.random.default_rng(4)
FACTORS = ScenarioSet(RNG.normal(0, 0.1, (50, 4)), RNG.random(50))


def test_simulated_factors_become_moves_of_prices_volatilities_and_the_peg():
    s = FACTORS.assigned(price=[1, 0], volatility=[2, None], stable=3)
    assert (s.returns == FACTORS.returns[:, [1, 0]]).all()
    assert s.volatility[:, 0] == pytest.approx(np.exp(FACTORS.returns[:, 2]) - 1)
    assert (s.volatility[:, 1] == 0).all()
    assert s.stable == pytest.approx(np.exp(FACTORS.returns[:, 3]))
    assert s.weights == pytest.approx(FACTORS.weights)


def test_shocks_survive_the_way_to_the_contract_and_back():
    s = FACTORS.assigned(price=[0, 1], volatility=[2, 3])
    assert (FACTORS.by_asset().shocks == FACTORS.assigned([0, 2], [1, 3]).shocks).all()
    back = ScenarioSet.from_shocks(s.shocks, s.weights)
    assert s.shocks.shape == (50, 2, 2)
    assert back.returns == pytest.approx(s.returns)
    assert (back.volatility == s.volatility).all()


def test_four_periods_of_gaussian_moves_have_twice_the_risk_of_one():
    s = simulate(GaussianShocks([[0.0004]]), 64, np.random.default_rng(1)).assigned([0], [0], 0)
    four = s.over(4)
    assert sample_tail(-four.returns[:, 0], 0.9).es == pytest.approx(2 * sample_tail(-s.returns[:, 0], 0.9).es)
    assert np.log1p(four.volatility) == pytest.approx(2 * np.log1p(s.volatility))
    assert np.log(four.stable) == pytest.approx(2 * np.log(s.stable))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FACTORS.assigned([4]), "column 4: the scenarios have 4 factors"),
        (lambda: FACTORS.assigned([0, 1], [2]), "1 columns for 2 assets"),
        (lambda: ScenarioSet(np.zeros((2, 3))).by_asset(), "3 factors: a price and a volatility"),
        (lambda: ScenarioSet([[2000.0]]), "a log return of 2000; returns are logarithms"),
        (lambda: FACTORS.over(0), "periods is 0"),
        (lambda: ScenarioSet([[0.1]], None, [[-1.5]]), "cannot fall by more"),
        (lambda: ScenarioSet([[0.1]], None, [[0.1, 0.2]]), r"shape \(1, 2\) for returns"),
        (lambda: ScenarioSet([[0.1]], stable=[0.0]), "stable price: 0.0"),
        (lambda: ScenarioSet([[0.1]], stable=[1.0, 1.0]), "2 of them for 1 scenarios"),
        (lambda: ScenarioSet.from_shocks([[[-1.0, 0.0]]]), "a price move of -1.0"),
        (lambda: ScenarioSet.from_shocks([[[0.1]]]), "the last axis"),
        (lambda: ScenarioSet([[0.1]], None, [[-1.0]]).over(2), "no logarithm"),
    ],
)
def test_unusable_scenarios_get_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
