"""How a difference between a record and its replay is found and told."""

import json

import pytest

from simulator.chain import artifacts
from simulator.record.deployed import changed_byte, recognise
from simulator.record.difference import Difference, EventRow, event_difference

TRADED = EventRow(2, 5, "ClearingHouse", "Traded", '{"buyer":1,"price":"20000000000000000000"}')


def test_equal_events_do_not_differ():
    assert event_difference(7, [TRADED, TRADED], [TRADED, TRADED]) is None


def test_a_different_argument_is_named_alone():
    changed = TRADED._replace(arguments=json.dumps({"buyer": 3, "price": "20000000000000000000"}))
    found = event_difference(7, [changed], [TRADED])
    assert found == Difference(7, 2, "event 5 ClearingHouse.Traded, buyer", 3, 1)


@pytest.mark.parametrize("arguments", ["{", '{"seller":1}', "[]", '{"buyer": 1, "price": "20000000000000000000"}'])
def test_arguments_that_are_not_as_written_are_shown_whole(arguments):
    found = event_difference(7, [TRADED._replace(arguments=arguments)], [TRADED])
    assert (found.field, found.recorded) == ("event 5 ClearingHouse.Traded, arguments", arguments)


def test_an_event_that_one_side_lacks_is_named():
    missing, extra = event_difference(7, [], [TRADED]), event_difference(7, [TRADED], [])
    assert missing.recorded is None and "ClearingHouse.Traded" in missing.replayed
    assert extra.replayed is None and "ClearingHouse.Traded" in extra.recorded
    assert missing.transaction == extra.transaction == 2


def test_a_difference_reads_as_block_transaction_and_both_values():
    found = Difference(412, 3, "succeeded", True, False)
    assert str(found) == "block 412, transaction 3: succeeded: recorded true, got false"
    assert str(Difference(None, None, "digest", None, "ab")) == "run: digest: recorded nothing, got ab"


def test_long_values_are_cut_in_the_message():
    assert str(Difference(1, 0, "to", "x" * 5000, "y")).endswith("x... (5,000 characters), got y")


@pytest.mark.parametrize("name", artifacts.names())
def test_every_contract_is_known_again_by_its_creation_code_with_arguments(name):
    assert recognise(artifacts.load(name).bytecode + bytes(64)).name == name


def test_a_changed_byte_of_code_is_found_and_other_code_is_not_mistaken():
    code = bytearray(artifacts.load("PriceOracle").bytecode)
    code[700] ^= 0x10
    artifact, at = changed_byte(bytes(code) + bytes(64))
    assert (artifact.name, at) == ("PriceOracle", 700)
    assert changed_byte(b"\x5f\x5f\xf3") is None
    assert changed_byte(bytes(20_000)) is None
