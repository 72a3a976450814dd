"""The contracts of a recorded run, known again by the code that its deployments carry."""

import numpy as np

from simulator.chain import artifacts
from simulator.chain.artifacts import Artifact
from simulator.chain.contract import Contract
from simulator.chain.events import Event, EventDecoder
from simulator.chain.protocol import Block, Receipt, Transaction
from simulator.chain.revert import RevertDecoder
from simulator.record.called import function_called
from simulator.risk.rules import CONTRACTS

TOKEN = "TestToken"
NAMED_BY_ROLE = {
    "PriceOracle", "RiskParameters", "CovarianceOracle", "ScenarioSets", "ClearingHouse", "CollateralVault",
    "InsuranceFund", "SettlementLedger",
}  # fmt: skip
"""Contracts that there is one kind of; the record calls them by their own name, any other by what it is there for."""

NEARLY = 0.99
"""Share of equal bytes from which code counts as that of a contract, with bytes changed."""


def recognise(data: bytes) -> Artifact | None:
    """The committed contract whose creation code `data` begins with."""
    found = [each for name in artifacts.names() if data.startswith((each := artifacts.load(name)).bytecode)]
    return max(found, key=lambda each: len(each.bytecode), default=None)


def changed_byte(data: bytes) -> tuple[Artifact, int] | None:
    """The committed contract that `data` nearly begins with, and the first byte that differs."""
    for name in artifacts.names():
        code = np.frombuffer(artifacts.load(name).bytecode, np.uint8)
        given = np.frombuffer(data[: len(code)], np.uint8)
        if len(given) == len(code) and 0 < np.count_nonzero(given != code) <= (1 - NEARLY) * len(code):
            return artifacts.load(name), int(np.argmax(given != code))
    return None


class Deployed:
    """What the deployments so far have put on chain, and the record's words for what happens there."""

    def __init__(self) -> None:
        self._contracts: dict[str, Contract] = {}
        self._tokens = 0
        self._events = EventDecoder(())
        self._reverts = RevertDecoder()

    def add(self, artifact: Artifact, address: str) -> None:
        """A contract is at `address` from now on."""
        self._contracts[address] = Contract(self._role(artifact.name), address, artifact.abi)
        self._events = EventDecoder(self._contracts.values())
        self._reverts = RevertDecoder(each.abi for each in self._contracts.values())

    def function(self, transaction: Transaction) -> str:
        """Contract and function that a transaction calls."""
        return function_called(self._contracts, transaction)

    def reason(self, receipt: Receipt) -> str | None:
        """Why a transaction failed; None if it did not."""
        return None if receipt.succeeded else self._reverts.describe(receipt.output)

    def events(self, block: Block) -> list[tuple[int, Event]]:
        """The events of a block in order, each with the place of its transaction."""
        return [
            (place, event)
            for place, receipt in enumerate(block.receipts)
            for log in receipt.logs
            if (event := self._events.decode(log)) is not None
        ]

    def by_role(self) -> dict[str, Contract]:
        """The contracts by what the record calls them."""
        return {contract.name: contract for contract in self._contracts.values()}

    def _role(self, name: str) -> str:
        if name in NAMED_BY_ROLE:
            return name
        if name in CONTRACTS.values():
            return "MarginRule"
        if name != TOKEN:
            return "Liquidation"
        self._tokens += 1
        return "Quote" if self._tokens == 1 else f"Asset{self._tokens - 2}"
