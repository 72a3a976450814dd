"""ChainProbe.sol in the hands of web3.py."""

from solidity import compiled
from web3 import Web3
from web3.contract import Contract

GENESIS = 1_583_971_188
"""Time of block 0 of the chains that tests look at through web3.py, UTC seconds."""
SOURCE = "tests/integration/ChainProbe.sol", "ChainProbe"


def factory(w3: Web3) -> type[Contract]:
    """The contract before it is deployed."""
    output = compiled(*SOURCE)
    return w3.eth.contract(abi=output["abi"], bytecode=output["evm"]["bytecode"]["object"])


def deploy(w3: Web3, **fields) -> Contract:
    """Deploy in a block of its own, from the first account unless `fields` of the transaction say otherwise."""
    contract = factory(w3)
    sent = contract.constructor().transact({"from": w3.eth.accounts[0]} | fields)
    return contract(w3.eth.wait_for_transaction_receipt(sent)["contractAddress"])
