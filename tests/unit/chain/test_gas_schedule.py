"""Gas is charged by label and length of calldata, from a file."""

import json

from simulator.chain.gas_schedule import GasSchedule


def test_cost_grows_with_words_of_calldata_and_unknown_labels_get_the_default(tmp_path):
    file = tmp_path / "schedule.json"
    costs = {"A.publish": {"base": 60_000, "per_word": 1_000}, "A.open": {"base": 90_000}}
    file.write_text(json.dumps({"source": "test", "default": {"base": 200_000}, "costs": costs}))
    schedule = GasSchedule.load(file)
    assert schedule.gas("A.publish", bytes(33)) == 62_000
    assert schedule.gas("A.open", bytes(1000)) == 90_000
    assert schedule.gas("B.unknown", b"") == 200_000


def test_the_packaged_schedule_charges_at_least_a_plain_transfer():
    schedule = GasSchedule.load()
    assert min(cost.base for cost in [schedule.default, *schedule.costs.values()]) >= 21_000
