"""Calldata read back: which function it calls, with what."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from simulator.chain.functions import Functions

ANYONE = "0x000000000000000000000000000000000000dEaD"
TRADE = [{"type": "uint64", "name": "buyer"}, {"type": "int128", "name": "size"}]
TRADES = {"type": "tuple[]", "name": "trades", "components": TRADE}


def function(name, *inputs):
    return {"type": "function", "name": name, "inputs": list(inputs), "outputs": []}


FUNCTIONS = Functions(
    [
        function("mint", {"type": "uint256", "name": "amount"}),
        function("mint", {"type": "address", "name": "to"}, {"type": "uint256", "name": "amount"}),
        function("settle", TRADES, {"type": "bool", "name": "from"}),
        function("pause"),
        {"type": "error", "name": "Paused", "inputs": []},
    ]
)


def calldata(name, types=(), values=()):
    return keccak(text=f"{name}({','.join(types)})")[:4] + encode(types, values)


def test_overloads_are_told_apart_by_their_selectors():
    one = FUNCTIONS.invocation(calldata("mint", ["uint256"], [5]))
    other = FUNCTIONS.invocation(calldata("mint", ["address", "uint256"], [ANYONE, 7]))
    assert (one.function, one.arguments._asdict()) == ("mint", {"amount": 5})
    assert (other.function, other.arguments._asdict()) == ("mint", {"to": ANYONE, "amount": 7})


def test_structs_and_reserved_names_are_named():
    data = calldata("settle", ["(uint64,int128)[]", "bool"], [[(3, -9)], True])
    arguments = FUNCTIONS.invocation(data).arguments
    assert arguments.from_ is True
    assert [trade._asdict() for trade in arguments.trades] == [{"buyer": 3, "size": -9}]


def test_a_function_without_arguments_has_an_empty_tuple():
    assert FUNCTIONS.invocation(calldata("pause")) == ("pause", ())


@pytest.mark.parametrize("data", [b"", b"\xde\xad", calldata("other", ["uint256"], [5]), calldata("Paused")])
def test_what_calls_no_function_of_the_abi_is_none(data):
    assert FUNCTIONS.invocation(data) is None


def test_what_an_encoded_call_says_is_read_back():
    encoded = FUNCTIONS.by_name["mint(address,uint256)"].encode((ANYONE, 2**255))
    assert FUNCTIONS.invocation(encoded).arguments == (ANYONE, 2**255)


def test_calldata_that_ends_within_an_argument_is_refused():
    with pytest.raises(ValueError, match="ends at byte 35"):
        FUNCTIONS.invocation(calldata("mint", ["uint256"], [5])[:-1])
