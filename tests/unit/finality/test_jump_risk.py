"""Jumps, not diffusion, are the risk of a short lag."""

import numpy as np
import pytest

from simulator.finality.jump_risk import JumpDiffusion, estimated
from simulator.finality.settlement_risk import deviation, expected_bad_debt

LAG = 960.0
JUMPY = JumpDiffusion(volatility=0.8, jumps_per_year=50, jump_mean=-0.06, jump_deviation=0.05)


def test_without_jumps_bad_debt_is_that_of_diffusion():
    for seconds in (960, 3600, 604_800):
        plain = expected_bad_debt(1.0, 1 / 1.05, deviation(0.8, seconds), 0.3)
        assert JumpDiffusion(0.8).expected_bad_debt(1.0, 1 / 1.05, seconds, 0.3) == pytest.approx(plain, rel=1e-9)


def test_jumps_decide_a_short_lag():
    diffusion = JumpDiffusion(0.8).expected_bad_debt(1.0, 1 / 1.05, LAG, 1.0)
    jumps = JUMPY.expected_bad_debt(1.0, 1 / 1.05, LAG, 1.0)
    assert jumps > 1e6 * diffusion


def test_prices_are_martingales_and_falls_match_a_simulation():
    rng, n, years = np.random.default_rng(1), 400_000, LAG / 31_536_000
    dynamics = JumpDiffusion(volatility=0.8, jumps_per_year=3000, jump_mean=-0.06, jump_deviation=0.05)
    jumps = rng.poisson(dynamics.jumps_per_year * years, n)
    drift = -0.5 * 0.64 * years - dynamics.jumps_per_year * years * np.expm1(-0.06 + 0.5 * 0.05**2)
    logs = drift + 0.8 * np.sqrt(years) * rng.normal(size=n) - 0.06 * jumps + 0.05 * np.sqrt(jumps) * rng.normal(size=n)
    assert np.exp(logs).mean() == pytest.approx(1.0, abs=4 * np.exp(logs).std() / np.sqrt(n))
    fall = (np.exp(logs) <= 0.95).mean()
    assert dynamics.fall_probability(0.05, LAG) == pytest.approx(fall, abs=4 * np.sqrt(fall / n))


@pytest.mark.parametrize("level", [0.9, 0.99, 0.9999])
def test_value_at_risk_is_exceeded_as_often_as_it_says(level):
    loss = JUMPY.value_at_risk(100.0, 3600, level)
    assert JUMPY.fall_probability(loss / 100.0, 3600) == pytest.approx(1 - level, rel=1e-6)


@pytest.mark.parametrize("level", [0.0, 1.0, 1.5])
def test_a_level_outside_0_and_1(level):
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        JUMPY.value_at_risk(100.0, LAG, level)


def test_dynamics_are_found_again_in_a_path():
    rng, n, step = np.random.default_rng(2), 200_000, 12.0
    true = JumpDiffusion(volatility=0.8, jumps_per_year=5000, jump_mean=-0.03, jump_deviation=0.01)
    years = step / 31_536_000
    jumps = rng.random(n) < true.jumps_per_year * years
    returns = true.volatility * np.sqrt(years) * rng.normal(size=n) + jumps * rng.normal(-0.03, 0.01, n)
    found = estimated(returns, step)
    assert found.volatility == pytest.approx(0.8, rel=0.01)
    assert found.jumps_per_year == pytest.approx(5000, rel=0.1)
    assert found.jump_mean == pytest.approx(-0.03, rel=0.05)


def test_a_price_that_stands_still_has_no_dynamics():
    assert estimated(np.zeros(10), 12.0) == JumpDiffusion(0.0)
