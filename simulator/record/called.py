"""The record's word for what a transaction calls."""

from collections.abc import Mapping

from simulator.chain.contract import Contract
from simulator.chain.protocol import Transaction


def function_called(contracts: Mapping[str, Contract], transaction: Transaction) -> str:
    """Contract and function: `Liquidation.bid`, `Liquidation.?` for an unknown one, `constructor` without a contract.

    Parameters
    ----------
    contracts : mapping
        Those on chain, by address.
    transaction : Transaction
    """
    contract = contracts.get(transaction.to)
    if contract is None:
        return "constructor"
    return f"{contract.name}.{contract.function_name(transaction.data) or '?'}"
