"""From estimates to parameters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.oracle.policies import risk_policy
from simulator.oracle.policy import Estimates
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.oracle import Oracle, Policy


def estimates(volatility, vol_of_vol=1.2):
    return Estimates(np.array([volatility]), np.array([vol_of_vol]), {}, np.eye(1))


def target(volatility, vol_of_vol=1.2, **section):
    row = risk_policy(Policy(**section)).targets(estimates(volatility, vol_of_vol))[0]
    return dict(zip(RISK_COLUMNS, row.tolist(), strict=True))


def test_shocks_are_the_quantile_of_a_move_over_their_horizon():
    values = target(np.sqrt(365) / 10, quantile=2.0, horizon_hours=24, liquidation_hours=6)
    assert values["spot_shock"] == pytest.approx(0.2)
    assert values["haircut"] == pytest.approx(1 - np.exp(-0.1))


def test_vol_shocks_are_symmetric_in_logarithms():
    values = target(1.0, vol_of_vol=np.sqrt(365) / 5, quantile=2.0)
    assert values["vol_up"] == pytest.approx(np.exp(0.4) - 1)
    assert (1 + values["vol_up"]) * (1 - values["vol_down"]) == pytest.approx(1)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_targets_stay_within_the_bounds(volatility, vol_of_vol):
    section = Policy()
    values = target(volatility, vol_of_vol)
    for name in RISK_COLUMNS:
        assert getattr(section.floor, name) <= values[name] <= getattr(section.cap, name)


@given(st.floats(0, 10), st.floats(0, 10))
def test_more_volatility_is_never_less_conservative(a, b):
    calm, wild = sorted((a, b))
    before, after = target(calm, calm), target(wild, wild)
    assert all(before[name] <= after[name] for name in RISK_COLUMNS)


def test_the_fixed_policy_ignores_the_market():
    section = Policy(kind="fixed")
    policy = risk_policy(section)
    assert policy.targets(estimates(9.0)).tolist() == [[getattr(section.default, name) for name in RISK_COLUMNS]]


def test_defaults_outside_the_bounds_are_refused():
    with pytest.raises(ValidationError, match=r"default\.haircut = 0\.7 must lie between floor 0\.05 and cap 0\.6"):
        Policy(default=Policy().default.model_copy(update={"haircut": 0.7}))


@pytest.mark.parametrize(
    "section", [{"heartbeat_seconds": 3600, "max_age_seconds": 3600}, {"parameters_min_interval_seconds": 14_400}]
)
def test_values_that_die_before_the_next_are_refused(section):
    with pytest.raises(ValidationError, match="stale before the next"):
        Oracle(**section)
