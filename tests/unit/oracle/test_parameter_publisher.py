"""When risk parameters are posted, and how near to their target."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.oracle.parameter_publisher import ParameterPublisher
from simulator.oracle.policy import Estimates
from simulator.oracle.speed_limit import MIN_STEP, RiskSet, approach, step_limit
from simulator.scenario.oracle import Oracle
from simulator.wads import WAD

START = 1_584_000_000
CALM, WILD = 1.2, 4.0
"""Targets of `spot_shock` at these volatilities: 0.146 and 0.488."""


def seen(volatility):
    return Estimates(np.array([volatility]), np.array([1.2]), {"ewma": np.array([volatility])}, np.eye(1))


def settled(volatility=CALM, **section):
    """A publisher that posted its target every hour up to START."""
    publisher = ParameterPublisher(Oracle(**section), 1)
    for time in range(START - 86_400, START + 1, 3600):
        publisher.due(time, seen(volatility))
    return publisher


def test_the_first_values_go_from_the_default_towards_the_target():
    (update,) = ParameterPublisher(Oracle(), 1).due(START, seen(0.9))
    assert update.before.spot_shock == 18 * WAD // 100
    assert update.values.spot_shock == 135 * WAD // 1000
    assert update.inputs["volatility"] == update.inputs["ewma"] == 0.9
    assert update.inputs["target_spot_shock"] == pytest.approx(2.33 * 0.9 / np.sqrt(365))


def test_on_target_only_the_heartbeat_posts():
    publisher = settled()
    assert publisher.due(START + 3588, seen(CALM)) == []
    assert len(publisher.due(START + 3600, seen(CALM))) == 1


def test_a_large_change_takes_several_updates_at_the_least_interval():
    publisher, posted = settled(), []
    for second in range(12, 2 * 3600, 12):
        posted += [(second, u.values.spot_shock / WAD) for u in publisher.due(START + second, seen(WILD))]
    times, values = zip(*posted, strict=True)
    assert times[0] == 600
    assert np.diff(times)[:4].tolist() == [600] * 4
    # 0.146 x 1.25^5 = 0.447 is within the deviation of the target, so the sixth waits for the heartbeat.
    assert values[:5] == pytest.approx([0.14635 * 1.25**n for n in range(1, 6)], rel=1e-3)
    assert values[-1] == pytest.approx(2.33 * WILD / np.sqrt(365))


def test_the_interval_counts_from_acceptance():
    publisher = settled()
    (update,) = publisher.due(START + 600, seen(WILD))
    publisher.resolve(update, True, START + 900)
    assert publisher.due(START + 1488, seen(WILD)) == []
    assert len(publisher.due(START + 1500, seen(WILD))) == 1


def test_a_refused_update_is_taken_back():
    publisher = settled()
    before = publisher.in_force(0, START)
    (update,) = publisher.due(START + 600, seen(WILD))
    publisher.resolve(update, False, START + 612)
    (again,) = publisher.due(START + 612, seen(WILD))
    assert again.before == before
    assert again.values == update.values


def test_after_a_silence_the_step_is_from_the_more_conservative_of_last_and_default():
    publisher = settled()
    assert publisher.in_force(0, START + 14_400).haircut < 15 * WAD // 100
    (update,) = publisher.due(START + 14_401, seen(CALM))
    assert update.before.haircut == 15 * WAD // 100


def test_the_fixed_policy_posts_its_defaults_at_the_heartbeat():
    publisher = ParameterPublisher(Oracle(policy={"kind": "fixed"}), 1)
    posted = [u for second in range(0, 7201, 12) for u in publisher.due(START + second, seen(WILD))]
    assert [u.timestamp - START for u in posted] == [0, 3600, 7200]
    assert all(u.values == u.before for u in posted)


def test_a_member_at_zero_may_move_by_one_hundredth():
    assert step_limit(0, WAD // 4) == MIN_STEP == WAD // 100
    assert step_limit(WAD, WAD // 4) == WAD // 4


wads = st.integers(0, 10 * WAD)
sets = st.builds(RiskSet, *[wads] * 6)


@given(sets, sets, st.integers(1, WAD))
def test_a_step_goes_towards_the_target_and_no_further_than_allowed(current, target, max_step):
    for now, goal, value in zip(current, target, approach(current, target, max_step), strict=True):
        assert min(now, goal) <= value <= max(now, goal)
        assert abs(value - now) <= step_limit(now, max_step)
        assert value == goal or abs(value - now) == step_limit(now, max_step)
