"""From the gas that the embedded EVM reads to a node's, by function and outcome."""

import json

from simulator.chain.metering import Metering


def test_each_function_has_a_fit_for_success_and_one_for_failure(tmp_path):
    file = tmp_path / "metering.json"
    entry = {
        "selector": "0x01020304",
        "succeeded": {"base": 1000, "slope": 1.5, "knee": 40_000, "bend": 0.5, "per_log": 500},
        "failed": {"base": 20},
    }
    file.write_text(json.dumps({"source": "test", "functions": {"A.call": entry}}))
    metering = Metering.load(file)
    assert metering.gas(b"\1\2\3\4" + bytes(32), True, 30_000, 2) == 47_000
    assert metering.gas(b"\1\2\3\4" + bytes(32), True, 50_000, 2) == 82_000
    assert metering.gas(b"\1\2\3\4", False, 30_000, 0) == 30_020
    assert metering.gas(b"\4\3\2\1", True, 30_000, 1) == 30_000
    assert metering.gas(b"", True, 21_000, 0) == 21_000
