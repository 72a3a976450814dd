"""Gas is charged by label, length of calldata and outcome, from a file."""

import json

import pytest

from simulator.chain.gas_schedule import GasCost, GasSchedule


@pytest.fixture
def schedule(tmp_path):
    file = tmp_path / "schedule.json"
    costs = {"A.publish": {"base": 60_000, "per_word": 1_000}, "A.open": {"base": 90_000, "reverted": 30_000}}
    file.write_text(json.dumps({"source": "test", "default": {"base": 200_000}, "costs": costs}))
    return GasSchedule.load(file)


def test_cost_grows_with_words_of_calldata_and_unknown_labels_get_the_default(schedule):
    assert schedule.gas("A.publish", bytes(33)) == 62_000
    assert schedule.gas("A.open", bytes(1000)) == 90_000
    assert schedule.gas("B.unknown", b"") == 200_000


def test_a_failure_is_charged_what_failures_cost_and_in_full_where_that_is_not_known(schedule):
    assert schedule.charge("A.open", b"", True) == 90_000
    assert schedule.charge("A.open", b"", False) == 30_000
    assert schedule.charge("A.publish", bytes(33), False) == 62_000
    assert schedule.charge("B.unknown", b"", False) == 200_000


def test_the_packaged_schedule_charges_at_least_a_plain_transfer():
    schedule = GasSchedule.load()
    assert min(cost.base for cost in [schedule.default, *schedule.costs.values()]) >= 21_000


def test_a_failure_is_never_charged_more_than_the_room_that_it_had():
    schedule = GasSchedule({"A.close": GasCost(50_000, reverted=60_000)}, GasCost(200_000))
    assert schedule.charge("A.close", b"", False) == 50_000
