"""The anti-procyclical tools of article 28 of Regulation (EU) 153/2013 against their numbers, as steps of a policy."""

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.oracle.policies import risk_policy
from simulator.oracle.policy import Estimates
from simulator.risk.procyclicality import n_day, peak_to_trough
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.oracle import Policy

ROWS = json.loads((Path(__file__).parent / "data" / "procyclicality.json").read_text())["rows"]
DAY = 86_400
NEVER = 1e9
CALM = 1.0
"""Volatility at which the model margin below is 100 basis points."""
WIDE = {
    "default": dict(zip(RISK_COLUMNS, (0.01, 0, 0, 0.0, 0, 1), strict=True)),
    "floor": dict(zip(RISK_COLUMNS, (1e-9, 0, 0, 0, 0, 1), strict=True)),
    "cap": dict(zip(RISK_COLUMNS, (0.9, 10, 0.9, 0.9, 1, 2), strict=True)),
}


def margins(*steps, volatilities, **keys):
    """Spot shocks in basis points day after day, where a volatility of one is worth 100."""
    policy = risk_policy(Policy(quantile=0.01, horizon_hours=24 * 365, steps=list(steps), **{**WIDE, **keys}))
    return [
        1e4 * policy.targets(seen(volatility, day))[0, RISK_COLUMNS.index("spot_shock")]
        for day, volatility in enumerate(volatilities)
    ]


def seen(volatility, day=0):
    return Estimates(np.array([volatility]), np.array([0.0]), {}, np.eye(1), timestamp=day * DAY)


@pytest.mark.parametrize(
    ("step", "margin"),
    [
        ({"step": "buffer", "share": 0.25}, 125.0),
        ({"step": "stressed_weight", "weight": 0.25, "volatility": 3.0}, 150.0),
        ({"step": "floor", "volatility": 1.2}, 120.0),
    ],
)
def test_each_tool_on_a_model_margin_of_100_with_a_stressed_one_of_300_and_a_long_run_one_of_120(step, margin):
    assert margins(step, volatilities=[CALM]) == pytest.approx([margin])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['lam']}-{row['day']}")
def test_a_buffer_of_a_quarter_is_used_up_before_margins_rise(row):
    """Volatility doubles: what an EWMA margin asks for k days later, over what was charged before."""
    before, after = margins(
        {"step": "buffer", "share": 0.25, "rebuild_days": NEVER}, volatilities=[CALM, CALM * row["margin_ratio"]]
    )
    assert after / before == pytest.approx(row["with_25pct_buffer_released"], rel=1e-9)


def test_the_order_of_steps_is_the_one_given():
    floor, buffer = {"step": "floor", "volatility": 1.2}, {"step": "buffer"}
    assert margins(floor, buffer, volatilities=[CALM]) == pytest.approx([150.0])
    assert margins(buffer, floor, volatilities=[CALM]) == pytest.approx([125.0])


def test_a_buffer_is_whole_again_after_its_half_lives_and_falls_at_once():
    rebuilt = margins({"step": "buffer", "rebuild_days": 1.0}, volatilities=[1.0, *[2.0] * 30, 1.0])
    assert rebuilt[1] == pytest.approx(200.0)
    assert rebuilt[2] == pytest.approx(1.25 * 175.0)
    assert rebuilt[30] == pytest.approx(250.0)
    assert rebuilt[31] == pytest.approx(125.0)


def test_the_tools_make_margins_less_procyclical():
    """A year of calm, a month of crisis, calm again: the measures of Murphy, Vasios and Vause fall with each tool."""
    path = [0.5] * 100 + [0.5 + 0.1 * day for day in range(15)] + [2.0] * 30 + [0.5] * 100
    bare = margins(volatilities=path)
    for step in (
        {"step": "floor", "volatility": 0.8},
        {"step": "stressed_weight", "volatility": 2.0},
        {"step": "buffer"},
        {"step": "speed_limit", "up": 0.002, "down": 0.001},
    ):
        eased = margins(step, volatilities=path)
        assert n_day(eased, 5).ratio < n_day(bare, 5).ratio
        assert peak_to_trough(eased) <= peak_to_trough(bare) * (1 + 1e-12)


def test_a_speed_limit_is_compound_and_slower_down_than_up():
    rising = margins({"step": "speed_limit", "up": 0.01, "down": 0.005}, volatilities=[1.0, 9.0, 0.01])
    assert rising == pytest.approx([100.0, 100 * 1.01**24, 100 * 1.01**24 / 1.005**24])
