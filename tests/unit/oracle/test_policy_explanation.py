"""Tails, steps and their explanations: one row says why a parameter is what it is."""

import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_of_one_price import OnePriceMarket, scenario
from pydantic import ValidationError
from scipy import stats

from simulator.errors import ScenarioError
from simulator.oracle.bars import Bars
from simulator.oracle.engine import OracleEngine
from simulator.oracle.policies import risk_policy
from simulator.oracle.policy import Estimates
from simulator.oracle.return_history import ReturnHistory
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.load import load
from simulator.scenario.oracle import Policy

HOUR, YEAR = 3600, 365 * 86_400
SHOCK, HAIRCUT = RISK_COLUMNS.index("spot_shock"), RISK_COLUMNS.index("haircut")
WIDE = {
    "floor": dict(zip(RISK_COLUMNS, (1e-9, 0, 0, 0, 0, 1), strict=True)),
    "cap": dict(zip(RISK_COLUMNS, (0.99, 10, 0.99, 0.99, 1, 2), strict=True)),
}
Wide = partial(Policy, **WIDE)


def past(returns, expected) -> ReturnHistory:
    """History of one asset: hourly returns, and the annualised volatility expected of each."""
    history = ReturnHistory(HOUR, 1)
    for move, volatility in zip(returns, np.broadcast_to(expected, len(returns)), strict=True):
        close = np.exp([move])
        history.add(Bars(HOUR, np.ones(1), np.maximum(close, 1), np.minimum(close, 1), close), np.array([volatility]))
    return history


def seen(volatility, history=None, **fields) -> Estimates:
    return Estimates(np.array([volatility]), np.array([1.0]), {}, np.eye(1), history=history, **fields)


NOISE = 0.01 * np.random.default_rng(8).standard_normal(4000)
SIGMA = 0.01 * np.sqrt(YEAR / HOUR)


@pytest.mark.parametrize(
    ("kind", "tail"),
    [("var_targeted", stats.norm.ppf(0.99)), ("es_targeted", stats.norm.pdf(stats.norm.ppf(0.99)) / 0.01)],
)
@pytest.mark.parametrize("method", ["filtered", "historical"])
def test_normal_returns_give_the_normal_tail(kind, tail, method):
    policy = risk_policy(Wide(kind=kind, method=method, window_bars=4000, horizon_hours=1, liquidation_hours=1))
    values = policy.targets(seen(SIGMA, past(NOISE, SIGMA)))[0]
    assert values[SHOCK] == pytest.approx(0.01 * tail, rel=0.08)
    assert values[HAIRCUT] == pytest.approx(1 - np.exp(-0.01 * tail), rel=0.08)


def test_without_a_past_the_tail_is_the_normal_one():
    policy = risk_policy(Wide(kind="var_targeted", level=0.99, horizon_hours=24))
    assert policy.targets(seen(0.8))[0, SHOCK] == pytest.approx(stats.norm.ppf(0.99) * 0.8 / np.sqrt(365))
    assert policy.explain(0)[0]["method"] == "normal"


def test_the_tail_is_the_empirical_one_of_overlapping_moves():
    """Two hours' moves of a path, worked out by hand."""
    returns = np.zeros(200)
    returns[[50, 51, 120]] = -0.04, -0.02, -0.05
    policy = risk_policy(
        Wide(kind="var_targeted", method="historical", level=0.988, horizon_hours=2, liquidation_hours=1)
    )
    values = policy.targets(seen(1.0, past(returns, 1.0)))[0]
    # Over two hours the worst of 199 falls are 0.06, 0.05, 0.05; the third is the first with 98.8 % not above it. Over
    # one hour it is the third of 200.
    assert values[SHOCK] == pytest.approx(0.05)
    assert values[HAIRCUT] == pytest.approx(1 - np.exp(-0.02))


def test_filtered_tails_scale_with_volatility_at_once_and_historical_ones_when_calibrated():
    history = past(NOISE[:1000], SIGMA)
    for method, factor in (("filtered", 2.0), ("historical", 1.0)):
        policy = risk_policy(Wide(kind="es_targeted", method=method, horizon_hours=1, liquidation_hours=1))
        calm = policy.targets(seen(SIGMA, history))[0, SHOCK]
        wild = policy.targets(seen(2 * SIGMA, history))[0, SHOCK]
        assert wild / calm == pytest.approx(factor)


def test_what_is_measured_is_measured_when_the_oracle_calibrates_and_not_before():
    history = past(NOISE[:300], SIGMA)
    policy = risk_policy(Wide(steps=[{"step": "floor"}, {"step": "stressed_weight", "window_hours": 10}]))
    policy.targets(seen(SIGMA / 2, history))
    first = [part["volatility"] for part in policy.explain(0) if "volatility" in part]
    for _ in range(20):
        history.add(Bars(HOUR, *np.array([[1.0], [1.1], [1.0], [1.1]])), np.array([SIGMA]))
    policy.targets(seen(SIGMA / 2, history))
    assert [part["volatility"] for part in policy.explain(0) if "volatility" in part] == first
    policy.targets(seen(SIGMA / 2, history, calibrated_at=1))
    after = [part["volatility"] for part in policy.explain(0) if "volatility" in part]
    assert after[0] > first[0] and after[1] > 3 * first[1]
    assert after[1] == pytest.approx(np.log(1.1) * np.sqrt(YEAR / HOUR))


steps = st.lists(
    st.sampled_from([{"step": "floor"}, {"step": "stressed_weight"}, {"step": "buffer"}, {"step": "speed_limit"}]),
    max_size=4,
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.sampled_from(["vol_scaled", "var_targeted", "es_targeted"]),
    steps,
    st.lists(st.floats(0, 50), min_size=1, max_size=6),
)
def test_targets_stay_within_the_bounds_whatever_the_steps(kind, chosen, volatilities):
    section = Policy(kind=kind, steps=chosen)
    policy, history = risk_policy(section), past(NOISE[:150], SIGMA)
    for hour, volatility in enumerate(volatilities):
        row = policy.targets(seen(volatility, history, timestamp=hour * HOUR))[0]
        for name, value in zip(RISK_COLUMNS, row.tolist(), strict=True):
            assert getattr(section.floor, name) <= value <= getattr(section.cap, name)


def test_an_update_says_in_json_what_each_step_did():
    section = {
        "volatility": ["garch", "ewma"],
        "policy": {
            "kind": "es_targeted",
            "steps": [{"step": "floor", "volatility": 1.5}, {"step": "buffer"}],
            "liquidity": {"half_spread": 0.001},
        },
    }
    engine, market = OracleEngine(scenario(**section), []), OnePriceMarket()
    engine.observe(market.quote(0, 200.0), market)
    (update,) = engine.parameters_due(market.last.timestamp)
    why = json.loads(json.dumps(update.inputs))
    assert why["calibrations"]["garch"] == {"fallback": "ewma", "because": "0 of 250 returns"}
    assert why["calibrated_for"] == "start"
    base, floor, buffer, bounds = why["policy"]
    assert [part["step"] for part in why["policy"]] == ["es_targeted", "floor", "buffer", "bounds"]
    assert floor["spot_shock"] == pytest.approx(base["spot_shock"] * 1.5 / 0.8)
    assert buffer["spot_shock"] == pytest.approx(1.25 * floor["spot_shock"])
    assert bounds["spot_shock"] == why["target_spot_shock"]
    assert why["target_liquidity_add_on"] == why["liquidation_cost"] > 0.001


@pytest.mark.parametrize(
    ("overrides", "fault"),
    [
        (['oracle.policy.steps=[{step="flor"}]'], "oracle.policy.steps.*flor.*did you mean 'floor'"),
        (['oracle.policy.steps=["buffer"]'], r"oracle.policy.steps\[0\]: must be a table, not 'buffer'"),
        (['oracle.policy.steps=[{step="buffer", shares=1}]'], "unknown key 'shares'"),
        (['oracle.policy.steps=[{step="buffer", share=-1}]'], "share.*greater than 0"),
        (['oracle.policy.kind="fixed"', 'oracle.policy.steps=[{step="buffer"}]'], "has no use for steps"),
        (["oracle.policy.level=1.5"], "oracle.policy.level: must be less than 1"),
        (['oracle.implied_files.ETH="x.csv"'], "'implied' is not among the estimators"),
        (['oracle.history.EHT="x.csv"'], "oracle.history: unknown asset 'EHT'; did you mean 'ETH'"),
    ],
)
def test_a_policy_that_is_none_is_one_clear_line(overrides, fault):
    with pytest.raises(ScenarioError, match=fault) as refused:
        load("quiet", overrides)
    assert "\n" not in str(refused.value)


def test_fixed_has_no_use_for_a_liquidity_section():
    with pytest.raises(ValidationError, match="has no use for liquidity"):
        Policy(kind="fixed", liquidity={})
