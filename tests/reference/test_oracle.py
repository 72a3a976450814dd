"""The oracle's estimators and scaling rules against published numbers."""

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.oracle.bars import Bars
from simulator.oracle.policies import risk_policy
from simulator.oracle.policy import Estimates
from simulator.oracle.volatility import EwmaVolatility, GarmanKlassVolatility
from simulator.scenario.oracle import Policy, RiskDefaults

STEP_RESPONSE = json.loads((Path(__file__).parent / "data" / "ewma_step_response.json").read_text())
DAY = 86_400
YEAR = 365 * DAY


def move(log_return: float) -> Bars:
    """A day that runs straight from open to close."""
    prices = np.exp([[0.0], [max(log_return, 0)], [min(log_return, 0)], [log_return]])
    return Bars(DAY, *prices)


@pytest.mark.parametrize(("decay", "steps", "ratio"), STEP_RESPONSE["rows"])
def test_ewma_margin_after_volatility_doubles(decay, steps, ratio):
    estimator = EwmaVolatility(decay, DAY, np.array([0.5]))
    for _ in range(steps):
        estimator.update(move(1.0 * np.sqrt(DAY / YEAR)))
    assert estimator.volatility[0] / 0.5 == pytest.approx(ratio, rel=1e-12)


def test_garman_klass_is_seven_times_as_efficient_as_close_to_close():
    """Garman and Klass (1980): 7.4 for continuous observation; 20,000 steps a bar leave a bias of about 1 %."""
    rng = np.random.default_rng(5)
    steps, bars = 20_000, 1500
    close_to_close, garman_klass = [], []
    for _ in range(bars):
        path = np.cumsum(rng.standard_normal(steps)) / np.sqrt(steps * 365)
        high, low, close = np.exp([max(path.max(), 0), min(path.min(), 0), path[-1]])
        bar = Bars(DAY, np.ones(1), np.array([high]), np.array([low]), np.array([close]))
        for seen, kind in ((close_to_close, EwmaVolatility), (garman_klass, GarmanKlassVolatility)):
            one_bar = kind(1e-12, DAY, np.ones(1))
            one_bar.update(bar)
            seen.append(one_bar.volatility[0] ** 2)
    assert np.mean(garman_klass) == pytest.approx(1.0, abs=0.04)
    assert np.var(close_to_close) / np.var(garman_klass) == pytest.approx(7.4, rel=0.15)


@pytest.mark.parametrize(("days", "scaled"), [(5, 0.10606601717798213), (20, 0.21213203435596426)])
def test_shocks_scale_with_the_square_root_of_the_horizon(days, scaled):
    """Supervisory 10-day haircut of 15 %, scaled to other holding periods (Basel framework, CRE22; 12 CFR 1240.39)."""
    floor = RiskDefaults(spot_shock=1e-6, vol_up=0, vol_down=0, haircut=0, liquidity_add_on=0, multiplier=1)
    ten_day = risk_policy(Policy(horizon_hours=240, floor=floor))
    unit = Estimates(np.array([0.1]), np.array([0.0]), {}, np.eye(1))
    volatility = 0.1 * 0.15 / ten_day.targets(unit)[0, 0]
    seen = Estimates(np.array([volatility]), np.array([0.0]), {}, np.eye(1))
    assert ten_day.targets(seen)[0, 0] == pytest.approx(0.15, rel=1e-12)
    other = risk_policy(Policy(horizon_hours=24 * days, floor=floor))
    assert other.targets(seen)[0, 0] == pytest.approx(scaled, rel=1e-12)
