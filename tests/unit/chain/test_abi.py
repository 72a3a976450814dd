"""The codec agrees with eth_abi bit for bit on every type Solidity emits, both ways."""

import eth_abi
import pytest
from eth_abi.grammar import parse
from eth_utils import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.chain.abi import codec, record_type, signature

WIDTHS = list(range(8, 257, 8))
FIELD = {"name": "field"}


@st.composite
def elementary(draw):
    """(ABI parameter, strategy of its values)."""
    kind = draw(st.sampled_from(["uint", "int", "bytesN", "address", "bool", "bytes", "string"]))
    if kind == "uint":
        bits = draw(st.sampled_from(WIDTHS))
        return {**FIELD, "type": f"uint{bits}"}, st.integers(0, 2**bits - 1)
    if kind == "int":
        bits = draw(st.sampled_from(WIDTHS))
        return {**FIELD, "type": f"int{bits}"}, st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if kind == "bytesN":
        size = draw(st.integers(1, 32))
        return {**FIELD, "type": f"bytes{size}"}, st.binary(min_size=size, max_size=size)
    values = {
        "address": st.binary(min_size=20, max_size=20).map(to_checksum_address),
        "bool": st.booleans(),
        "bytes": st.binary(max_size=70),
        "string": st.text(max_size=40),
    }[kind]
    return {**FIELD, "type": kind}, values


def nested(inner):
    @st.composite
    def array(draw):
        parameter, values = draw(inner)
        if draw(st.booleans()):
            return {**parameter, "type": parameter["type"] + "[]"}, st.lists(values, max_size=3).map(tuple)
        count = draw(st.integers(1, 3))
        sized = {**parameter, "type": f"{parameter['type']}[{count}]"}
        return sized, st.lists(values, min_size=count, max_size=count).map(tuple)

    @st.composite
    def struct(draw):
        parts = draw(st.lists(inner, min_size=1, max_size=4))
        components = [{**part, "name": f"part{i}"} for i, (part, _) in enumerate(parts)]
        return {**FIELD, "type": "tuple", "components": components}, st.tuples(*(values for _, values in parts))

    return array() | struct()


PARAMETERS = st.recursive(elementary(), nested, max_leaves=6)


@st.composite
def argument_lists(draw):
    parts = draw(st.lists(PARAMETERS, max_size=4))
    return [part for part, _ in parts], draw(st.tuples(*(values for _, values in parts)))


def canonical(parameter):
    return signature({"name": "", "inputs": [parameter]})[1:-1]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(argument_lists())
def test_encoding_equals_eth_abi_and_decodes_to_the_same_values(case):
    parameters, values = case
    arguments = codec({"type": "tuple", "components": parameters})
    types = [canonical(parameter) for parameter in parameters]
    for text in types:
        parse(text).validate()
    encoded = arguments.encode(values)
    assert encoded == eth_abi.encode(types, values)
    assert arguments.decode(encoded, 0) == values


@settings(max_examples=200, deadline=None, derandomize=True)
@given(argument_lists(), st.data())
def test_truncated_data_is_an_error_and_never_a_wrong_value(case, data):
    parameters, values = case
    arguments = codec({"type": "tuple", "components": parameters})
    encoded = arguments.encode(values)
    if encoded:
        short = encoded[: data.draw(st.integers(0, len(encoded) - 1))]
        try:
            decoded = arguments.decode(short, 0)
        except ValueError:
            return
        # Only the padding after the last bytes value may be missing.
        assert decoded == values


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint16", 65536),
        ("uint256", -1),
        ("uint256", 2**256),
        ("int8", 128),
        ("int256", -(2**255) - 1),
        ("bytes4", b"abc"),
        ("address", "0x1234"),
        ("bool", 1),
        ("uint8[2]", (1,)),
    ],
)
def test_value_outside_its_type_is_refused(kind, value):
    with pytest.raises((OverflowError, ValueError, TypeError)):
        codec({"type": kind}).encode(value)


def test_unknown_type_is_named():
    with pytest.raises(ValueError, match="fixed128x18"):
        codec({"type": "fixed128x18"})


def test_signature_expands_structs():
    parts = [{"name": "a", "type": "uint64"}, {"name": "b", "type": "int256[2]"}]
    fill = {"name": "fills", "type": "tuple[]", "components": parts}
    assert signature({"name": "settleTrades", "inputs": [fill]}) == "settleTrades((uint64,int256[2])[])"


def test_field_names_python_reserves_stay_readable():
    assert record_type("PositionMoved", ["from", "to", "", "_size"])._fields == ("from_", "to", "field2", "size")
