"""From what the embedded EVM tells of a call to a node's gas, by function and outcome."""

import json

import pytest

from simulator.chain import artifacts
from simulator.chain.abi import signature
from simulator.chain.keccak import keccak256
from simulator.chain.metering import Metering, Reading

CALL, OTHER = b"\1\2\3\4", b"\4\3\2\1"
KNOWN, NEW = bytes.fromhex("aabbccdd"), bytes.fromhex("00000000")

# The protocol's contracts allow these to each other only.
INTERNAL = {
    "ClearingHouse.closeOut", "ClearingHouse.releaseEscrow", "ClearingHouse.returnEscrow", "CollateralVault.list",
    "CollateralVault.pull", "CollateralVault.push", "InsuranceFund.cover", "SettlementLedger.append",
    "SettlementLedger.hold",
}  # fmt: skip


@pytest.fixture
def metering(tmp_path):
    entry = {
        "functions": ["A.call"],
        "succeeded": {
            "base": 1000, "slope": 1.5, "knee": 40_000, "bend": 0.5, "per_cleared": -4800, "per_frame": 300,
            "per_log": 500, "per_word": 10,
        },
        "failed": {"base": 20},
        "errors": {"0xaabbccdd": {"base": 70}},
    }  # fmt: skip
    file = tmp_path / "metering.json"
    file.write_text(json.dumps({"source": "test", "functions": {"0x01020304": entry}}))
    return Metering.load(file)


def test_gas_is_linear_in_what_the_evm_tells_with_a_bend_at_the_knee(metering):
    assert metering.gas(CALL, True, b"", Reading(30_000, 0, 0, 0)) == 46_010
    assert metering.gas(CALL, True, b"", Reading(50_000, 0, 0, 0)) == 81_010
    assert metering.gas(CALL, True, b"", Reading(30_000, 4000, 2, 3)) == 46_010 - 4800 + 600 + 1500
    assert metering.gas(CALL + bytes(64), True, b"", Reading(30_000, 0, 0, 0)) == 46_030


def test_a_call_that_failed_has_the_fit_of_its_error_or_else_that_of_all_failures(metering):
    assert metering.gas(CALL, False, KNOWN + bytes(32), Reading(30_000, 0, 1, 0)) == 30_070
    assert metering.gas(CALL, False, NEW, Reading(30_000, 0, 1, 0)) == 30_020
    assert metering.gas(CALL, False, b"", Reading(30_000, 0, 1, 0)) == 30_020


def test_what_is_not_calibrated_is_taken_as_read(metering):
    assert metering.gas(OTHER, True, b"", Reading(30_000, 4000, 1, 1)) == 26_000
    assert metering.gas(b"", True, b"", Reading(21_000, 0, 1, 0)) == 21_000
    assert metering.fit(OTHER, True, b"") is None


def test_gas_is_never_less_than_what_was_read(metering):
    assert metering.gas(CALL, True, b"", Reading(100, 0, 0, 0)) == 1160
    assert metering.gas(CALL, True, b"", Reading(100_000, 0, -10_000, 0)) == 100_000


@pytest.mark.parametrize("name", artifacts.names())
def test_every_function_that_anyone_may_call_from_outside_is_calibrated(name):
    packaged = Metering.load()
    missing = [
        f"{name}.{entry['name']}"
        for entry in artifacts.load(name).abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
        if packaged.fit(keccak256(signature(entry).encode())[:4], True, b"") is None
    ]
    assert set(missing) <= INTERNAL


def test_a_call_unlike_those_of_the_calibration_costs_less_than_ten_times_what_was_read():
    unusual = Reading(gas=300_000, refund=19_900, frames=10, logs=5)
    for function in Metering.load().functions.values():
        for fit in (function.succeeded, function.failed, *function.errors.values()):
            assert fit is None or fit.gas(unusual, 20) < 10 * unusual.gas
