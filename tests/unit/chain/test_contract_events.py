"""Contracts and their events by name."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from simulator.chain.contract import Contract, deployment
from simulator.chain.events import EventDecoder
from simulator.chain.protocol import Log

ADDRESS = "0x00000000000000000000000000000000DeaDBeef"
OTHER = "0x000000000000000000000000000000000000dEaD"


def parameter(kind, name="", **more):
    return {"type": kind, "name": name, **more}


MARGIN = [parameter("int256", "equity"), parameter("int256", "initialMargin")]
ABI = [
    {"type": "constructor", "inputs": [parameter("string", "name"), parameter("uint8", "decimals")]},
    {
        "type": "function",
        "name": "margin",
        "inputs": [parameter("uint256", "account")],
        "outputs": [parameter("tuple", components=MARGIN)],
    },
    {
        "type": "function",
        "name": "position",
        "inputs": [],
        "outputs": [parameter("int256", "size"), parameter("int256", "fundingIndex")],
    },
    {"type": "function", "name": "mint", "inputs": [parameter("uint256")], "outputs": []},
    {"type": "function", "name": "mint", "inputs": [parameter("address"), parameter("uint256")], "outputs": []},
    {
        "type": "event",
        "name": "PositionMoved",
        "anonymous": False,
        "inputs": [
            parameter("uint256", "from", indexed=True),
            parameter("int256", "size", indexed=False),
            parameter("address", "to", indexed=True),
            parameter("string", "note", indexed=True),
            parameter("uint256[]", "parts", indexed=False),
        ],
    },
]
CONTRACT = Contract("House", ADDRESS, ABI)


def test_one_output_is_the_value_and_structs_have_named_fields():
    margin = CONTRACT.decode("margin", encode(["(int256,int256)"], [(7, -3)]))
    assert (margin.equity, margin.initialMargin) == (7, -3)


def test_several_outputs_are_named():
    assert CONTRACT.decode("position", encode(["int256", "int256"], [-5, 2]))._asdict() == {
        "size": -5,
        "fundingIndex": 2,
    }


def test_no_output_is_none():
    assert CONTRACT.decode("mint(uint256)", b"") is None


def test_overloads_go_by_signature():
    assert CONTRACT.encode("mint(uint256)", 5) == keccak(text="mint(uint256)")[:4] + encode(["uint256"], [5])
    assert CONTRACT.encode("mint(address,uint256)", OTHER, 5)[:4] == keccak(text="mint(address,uint256)")[:4]
    with pytest.raises(KeyError):
        CONTRACT.encode("mint", 5)


def test_wrong_number_of_arguments_is_refused():
    with pytest.raises(ValueError, match="argument"):
        CONTRACT.encode("margin")


def test_the_function_that_calldata_calls_goes_by_its_selector():
    assert CONTRACT.function_name(CONTRACT.encode("margin", 3)) == "margin"
    assert CONTRACT.function_name(CONTRACT.encode("mint(address,uint256)", OTHER, 5)) == "mint"
    assert CONTRACT.function_name(b"\xde\xad\xbe\xef") is None
    assert CONTRACT.function_name(b"") is None


def test_deployment_appends_constructor_arguments():
    assert deployment(b"\xfe", ABI, "Token", 6) == b"\xfe" + encode(["string", "uint8"], ["Token", 6])


def moved(address=ADDRESS):
    topics = (
        keccak(text="PositionMoved(uint256,int256,address,string,uint256[])"),
        encode(["uint256"], [3]),
        encode(["address"], [OTHER]),
        keccak(text="hello"),
    )
    return Log(address, topics, encode(["int256", "uint256[]"], [-9, [1, 2]]))


def test_event_fields_come_in_declaration_order_with_hashed_ones_as_their_hash():
    event = EventDecoder([CONTRACT]).decode(moved())
    assert (event.contract, event.name) == ("House", "PositionMoved")
    assert event.args == (3, -9, OTHER, keccak(text="hello"), (1, 2))
    assert (event.args.from_, event.args.size, event.args.to) == (3, -9, OTHER)


def test_logs_of_others_are_none():
    decoder = EventDecoder([CONTRACT])
    assert decoder.decode(moved(OTHER)) is None
    assert decoder.decode(Log(ADDRESS, (keccak(text="Other()"),), b"")) is None
    assert decoder.decode(Log(ADDRESS, (), b"")) is None
