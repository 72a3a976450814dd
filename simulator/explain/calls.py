"""What a transaction asked for, from its calldata."""

from functools import cache

from simulator.chain import artifacts
from simulator.chain.functions import Functions, Invocation
from simulator.scenario import Scenario

MECHANISMS = {"fixed": "FixedDiscount", "dutch": "DutchAuction", "english": "EnglishAuction"}
"""Contract of each mechanism that a scenario can name; the record calls it Liquidation."""


def decoded(scenario: Scenario, function: str, data: bytes) -> Invocation | None:
    """The function and arguments of a row of `transactions` or `unincluded`; None if the contract has no such function.

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
    return _functions(contract).invocation(data)


@cache
def _functions(contract: str) -> Functions:
    return Functions(artifacts.load(contract).abi)
