"""Each volatility estimator on bars whose answer is known, and the choice among them."""

import math
from typing import get_args

import numpy as np
import pytest
from market_of_one_price import OnePriceMarket, scenario

from simulator.errors import ScenarioError
from simulator.oracle.bars import Bars
from simulator.oracle.engine import OracleEngine
from simulator.oracle.estimators import ESTIMATORS, largest_of
from simulator.oracle.weighted_variance import CentredVariance
from simulator.scenario.load import load
from simulator.scenario.oracle import EstimatorName, Oracle

HOUR = 3600
YEAR = 365 * 86_400


def bar(open_, high, low, close, seconds=HOUR):
    return Bars(seconds, *(np.array([float(x)]) for x in (open_, high, low, close)))


def straight(log_return, seconds=HOUR):
    """From open to close without turning."""
    return bar(1, math.exp(max(log_return, 0)), math.exp(min(log_return, 0)), math.exp(log_return), seconds)


def of_one(name, *bars, decay=1e-12, initial=0.5):
    """Variance per bar of an hour after `bars`; a vanishing decay leaves the last alone."""
    estimator = ESTIMATORS[name](decay, HOUR, np.array([initial]))
    for each in bars:
        estimator.update(each)
    return estimator.volatility[0] ** 2 * HOUR / YEAR


@pytest.mark.parametrize("name", ESTIMATORS)
def test_before_the_first_bar_it_is_the_initial_volatility(name):
    estimator = ESTIMATORS[name](0.94, HOUR, np.array([0.5, 0.9]))
    assert estimator.volatility == pytest.approx([0.5, 0.9], rel=1e-12)


SWING = bar(100, 110, 70, 100)


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("ewma", 0.0),
        ("parkinson", math.log(110 / 70) ** 2 / (4 * math.log(2))),
        ("garman_klass", math.log(110 / 70) ** 2 / 2),
        ("rogers_satchell", math.log(1.1) ** 2 + math.log(0.7) ** 2),
    ],
)
def test_a_swing_that_returns_to_its_open(name, variance):
    assert of_one(name, SWING) == pytest.approx(variance, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "variance"),
    [("ewma", 0.01), ("parkinson", 0.01 / (4 * math.log(2))), ("rogers_satchell", 0.0)],
)
@pytest.mark.parametrize("direction", [1, -1])
def test_a_bar_that_runs_straight(name, variance, direction):
    assert of_one(name, straight(0.1 * direction)) == pytest.approx(variance, abs=1e-12)


def test_a_steady_trend_is_drift_for_close_to_close_and_volatility_for_ewma():
    trend = [straight(0.01)] * 300
    assert of_one("ewma", *trend, decay=0.94) == pytest.approx(1e-4)
    assert of_one("close_to_close", *trend, decay=0.94) < 1e-7


def test_a_jump_enters_bipower_variation_beside_an_ordinary_return():
    assert of_one("bipower", straight(0.01), straight(-0.4)) == pytest.approx(0.5 * math.pi * 0.01 * 0.4)


def test_yang_zhang_adds_the_jump_before_the_open():
    """V_O alone: nothing moves within the bars. The mean it is measured from rests on one bar, q t = (1 - decay)^2."""
    decay, gap = 0.5, 0.2
    calm, after = bar(1, 1, 1, 1), bar(*[math.exp(gap)] * 4)
    variance = of_one("yang_zhang", calm, after, decay=decay, initial=0.0)
    assert variance == pytest.approx((1 - decay) * gap**2 / (1 + (1 - decay) ** 2))


def test_yang_zhang_without_jumps_mixes_close_to_close_and_rogers_satchell():
    rng = np.random.default_rng(2)
    prices, bars = 100.0, []
    for move, above, below in 0.02 * np.abs(rng.standard_normal((50, 3))) * [-1, 1, 1]:
        close = prices * math.exp(move)
        bars.append(bar(prices, prices * math.exp(above), close * math.exp(-below), close))
        prices = close
    k = 0.34 / (1.34 + 1 / 0.94)
    mixed = k * of_one("close_to_close", *bars, decay=0.94) + (1 - k) * of_one("rogers_satchell", *bars, decay=0.94)
    assert of_one("yang_zhang", *bars, decay=0.94) == pytest.approx(mixed, rel=1e-12)


def test_removing_the_mean_leaves_no_bias_at_any_time_whatever_the_length_of_bars():
    rng = np.random.default_rng(4)
    series = 200_000
    estimate = CentredVariance(0.7, HOUR, np.ones(series))
    for hours in (1, 1, 3, 1, 0.5, 6, 1):
        seconds = hours * HOUR
        estimate.add(math.sqrt(seconds / YEAR) * rng.standard_normal(series), seconds)
        assert estimate.variance.mean() == pytest.approx(1.0, abs=0.015)


def test_the_scenario_names_every_estimator():
    assert (*ESTIMATORS, "implied") == get_args(EstimatorName)


def test_by_default_the_oracle_takes_the_larger_of_ewma_and_garman_klass():
    assert Oracle().volatility == ["ewma", "garman_klass"]
    estimate = largest_of(Oracle().volatility, 0.94, HOUR, np.array([0.5]))
    estimate.update(SWING)
    assert list(estimate.components) == ["ewma", "garman_klass"]
    assert estimate.volatility == estimate.components["garman_klass"]


def test_the_scenario_chooses_the_estimates_that_parameters_rest_on():
    engine, market = OracleEngine(scenario(volatility=["bipower", "parkinson"]), []), OnePriceMarket()
    engine.observe(market.quote(0, 200.0), market)
    engine.observe(market.quote(HOUR, 160.0), market)
    calibrated = ["calibrated_at", "calibrated_for"]
    assert list(engine.estimates.inputs(0)) == ["volatility", "bipower", "parkinson", "vol_of_vol", *calibrated]
    assert engine.estimates.inputs(0)["bipower"] == 0.8
    assert engine.volatility[0] == engine.estimates.inputs(0)["parkinson"] > 0.8


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ('["ewma", "ewma"]', "oracle.volatility: estimator 'ewma' is named twice"),
        ('["parkinsen"]', r"oracle.volatility\[0\]: unknown value 'parkinsen'; did you mean 'parkinson'"),
        ("[]", "oracle.volatility: must have at least 1 item"),
    ],
)
def test_a_choice_that_is_none_is_one_clear_line(value, fault):
    with pytest.raises(ScenarioError, match=fault):
        load("quiet", [f"oracle.volatility={value}"])
