"""What a transaction asked for, from its calldata."""

from functools import cache
from typing import Any, NamedTuple

from simulator.chain import artifacts
from simulator.chain.abi import codec, signature
from simulator.chain.keccak import keccak256
from simulator.scenario import Scenario

MECHANISMS = {"fixed": "FixedDiscount", "dutch": "DutchAuction", "english": "EnglishAuction"}
"""Contract of each mechanism that a scenario can name; the record calls it Liquidation."""


class Call(NamedTuple):
    """A function and its arguments, a named tuple."""

    function: str
    arguments: Any


def decoded(scenario: Scenario, function: str, data: bytes) -> Call | None:
    """The call of a row of `transactions` or `unincluded`; None if the contract has no such function.

    Parameters
    ----------
    function : str
        As the record has it: contract and function, `Liquidation.bid`.
    data : bytes
        Calldata.
    """
    contract = function.partition(".")[0]
    if contract == "Liquidation":
        contract = MECHANISMS[scenario.liquidation.mechanism]
    found = _functions(contract).get(data[:4])
    return None if found is None else Call(found[0], found[1].decode(data, 4))


@cache
def _functions(contract: str) -> dict[bytes, tuple[str, Any]]:
    """Name and decoder of the arguments of each function, by selector."""
    return {
        keccak256(signature(entry).encode())[:4]: (
            entry["name"],
            codec({"type": "tuple", "components": entry["inputs"]}),
        )
        for entry in artifacts.load(contract).abi
        if entry["type"] == "function"
    }
