"""Revert data becomes the error the contract named, with its values."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from simulator.chain.revert import CallReverted, RevertDecoder, decode_revert

ABI = [
    {
        "type": "error",
        "name": "BelowInitialMargin",
        "inputs": [{"name": "account", "type": "uint256"}, {"name": "initialMargin", "type": "int256"}],
    },
    {"type": "error", "name": "ZeroSize", "inputs": []},
    {
        "type": "error",
        "name": "NotAuthorised",
        "inputs": [
            {"name": "caller", "type": "address"},
            {"name": "ok", "type": "bool"},
            {"name": "", "type": "bytes4"},
        ],
    },
]
DECODER = RevertDecoder([ABI])


def error(signature, *values):
    types = signature[signature.index("(") + 1 : -1]
    return keccak(text=signature)[:4] + encode(types.split(",") if types else [], values)


def test_custom_error_has_name_and_arguments():
    data = error("BelowInitialMargin(uint256,int256)", 3, -12_500_000_000_000_000_000)
    arguments = {"account": 3, "initialMargin": -12_500_000_000_000_000_000}
    assert decode_revert(data, [ABI]) == ("BelowInitialMargin", arguments)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            error("BelowInitialMargin(uint256,int256)", 3, -12_500_000_000_000_000_000),
            "BelowInitialMargin(account=3, initialMargin=-12.5e18)",
        ),
        (error("BelowInitialMargin(uint256,int256)", 3, 10**18), "BelowInitialMargin(account=3, initialMargin=1e18)"),
        (error("ZeroSize()"), "ZeroSize()"),
        (
            error("NotAuthorised(address,bool,bytes4)", "0x" + "ab" * 20, True, b"\1\2\3\4"),
            "NotAuthorised(caller=0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB, ok=true, argument2=0x01020304)",
        ),
        (error("Error(string)", "not today"), "not today"),
        (error("Panic(uint256)", 0x12), "panic 0x12: division by zero"),
        (b"", "reverted without a reason"),
        (b"\1\2\3\4", "unknown error 0x01020304"),
        (
            error("BelowInitialMargin(uint256,int256)", 3, 4)[:20],
            f"unknown error 0x{keccak(text='BelowInitialMargin(uint256,int256)')[:4].hex()}{'00' * 16}",
        ),
    ],
)
def test_description_reads_well(data, text):
    assert DECODER.describe(data) == text


def test_a_reverted_call_carries_raw_data_name_and_arguments():
    reverted = CallReverted(error("ZeroSize()"), decoder=DECODER)
    assert (reverted.name, reverted.arguments, reverted.exit_code) == ("ZeroSize", {}, 4)
    assert str(reverted) == "call reverted: ZeroSize()"
