"""A run whose parameters follow GARCH and expected shortfall with anti-procyclical steps, explained row by row."""

import json

import numpy as np
import pytest
from crash import crash

from simulator.record import Run
from simulator.run import run_scenario

STEPS = '[{step = "stressed_weight", window_hours = 0.1}, {step = "floor", volatility = 1.0}, {step = "buffer"}]'
POLICY = (
    "oracle.bar_seconds=12", "oracle.recalibration_seconds=600", 'oracle.volatility=["garch", "garman_klass"]',
    'oracle.policy.kind="es_targeted"', "oracle.policy.horizon_hours=0.1", "oracle.policy.liquidation_hours=0.1",
    f"oracle.policy.steps={STEPS}", "oracle.policy.liquidity={participation = 0.2}",
    "oracle.parameters_min_interval_seconds=60", "oracle.parameters_heartbeat_seconds=300",
)  # fmt: skip


@pytest.fixture(scope="module")
def posted(tmp_path_factory):
    """The accepted spot shocks of a crash, with their inputs."""
    folder = tmp_path_factory.mktemp("dynamic") / "run"
    run_scenario(crash(*POLICY, blocks=300), out=folder)
    rows = Run.open(folder).table("parameters").query("parameter == 'spot_shock' and accepted").reset_index(drop=True)
    return rows.assign(why=[json.loads(inputs) for inputs in rows["inputs"]])


def test_each_value_is_one_step_of_the_contract_from_the_one_before_towards_its_target(posted):
    for before, after, why in posted[["before", "after", "why"]].itertuples(index=False):
        limit = max(0.25 * before, 0.01)
        assert after == pytest.approx(np.clip(why["target_spot_shock"], before - limit, before + limit), abs=1e-9)


def test_the_steps_of_a_row_lead_from_its_estimates_to_its_target(posted):
    for why in posted["why"]:
        base, stressed, floor, buffer, bounds = (part["spot_shock"] for part in why["policy"])
        assert why["volatility"] == max(why["garch"], why["garman_klass"])
        reference = why["policy"][1]["volatility"]
        assert stressed == pytest.approx(base * (0.75 + 0.25 * reference / why["volatility"]), rel=1e-9)
        assert floor >= stressed
        assert floor <= buffer <= 1.25 * floor * (1 + 1e-12)
        assert bounds == np.clip(buffer, 0.08, 0.6) == why["target_spot_shock"]


def test_the_crash_is_a_change_of_regime_and_the_schedule_goes_on(posted):
    assert {why["calibrated_for"] for why in posted["why"]} >= {"regime", "schedule"}
    times = [why["calibrated_at"] for why in posted["why"]]
    assert times == sorted(times)


def test_the_fit_takes_over_from_its_fallback_when_there_are_bars_enough(posted):
    fits = [why["calibrations"]["garch"] for why in posted["why"]]
    assert fits[0] == {"fallback": "ewma", "because": "0 of 250 returns"}
    assert "because" not in fits[-1] or fits[-1]["because"].split()[0] != "0"
    assert fits[-1] != fits[0]


def test_the_same_scenario_gives_the_same_parameters(posted, tmp_path):
    run_scenario(crash(*POLICY, blocks=300), out=tmp_path / "again")
    again = Run.open(tmp_path / "again").table("parameters").query("parameter == 'spot_shock' and accepted")
    assert again["inputs"].tolist() == posted["inputs"].tolist()


def test_the_first_values_are_on_record_too_with_the_default_they_replaced(posted):
    first = posted.iloc[0]
    assert first["before"] == 0.18
    assert first["why"]["calibrated_for"] == "start"
