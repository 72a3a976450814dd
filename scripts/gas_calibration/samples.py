"""Gas of the same transactions on the embedded chain and on a node."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from gas_calibration.rare_calls import rare_calls
from simulator.chain.metering import Reading
from simulator.chain.protocol import Block, Transaction
from simulator.chain.side_by_side import SideBySide
from simulator.errors import UsageError
from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp
from simulator.record.called import function_called
from simulator.scenario.load import load

BLOCKS_BETWEEN_RARE_CALLS = 6


@dataclass(frozen=True, slots=True)
class RunSpec:
    """So many blocks of a scenario, with overrides; `rare` makes the rare calls every few blocks.

    Written `scenario[+key=value...][+rare]=blocks`.
    """

    name: str
    overrides: tuple[str, ...]
    blocks: int
    rare: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises UsageError if it is not written so."""
        run, _, blocks = text.rpartition("=")
        if not run or not blocks.isdigit() or not int(blocks):
            raise UsageError(f"run {text!r}: write scenario[+key=value...][+rare]=blocks, as in quiet+seed=2=300")
        name, *overrides = run.split("+")
        return cls(name, tuple(each for each in overrides if each != "rare"), int(blocks), "rare" in overrides)


class Sample(NamedTuple):
    """One transaction on both chains. `output` is revert data, `node` the gas there.

    origin : "run" for what agents sent, "setup" for what came before the first block, "rare" for the rare calls.
    """

    run: str
    origin: str
    label: str
    data: bytes
    succeeded: bool
    output: bytes
    reading: Reading
    node: int


class _Tap:
    """Stands in for the embedded chain's metering and takes down what it is asked for."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []

    def gas(self, data: bytes, succeeded: bool, output: bytes, reading: Reading) -> int:
        self.readings.append(reading)
        return reading.gas


class _Measured(SideBySide):
    """Both chains, with a row for each transaction: origin, transaction, status, revert data, reading, node's gas."""

    def __init__(self, genesis_timestamp: int):
        super().__init__(genesis_timestamp)
        self.embedded.metering = self._tap = _Tap()
        self.origin = "setup"
        self.rows: list[tuple] = []

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        self._tap.readings.clear()
        block = super().mine(transactions, timestamp)
        for receipt, reading, gas in zip(block.receipts, self._tap.readings, self.node_gas, strict=True):
            self.rows.append((self.origin, receipt.transaction, receipt.succeeded, receipt.output, reading, gas))
        return block


def samples(text: str) -> list[Sample]:
    """Every call of the protocol in a run written as `RunSpec` has it; deployments apart."""
    spec = RunSpec.parse(text)
    scenario = load(spec.name, list(spec.overrides))
    chain = _Measured(genesis_timestamp(scenario))
    try:
        model = ProtocolModel(scenario, chain)
        for number in range(min(spec.blocks, scenario.chain.blocks)):
            chain.origin = "run"
            model.step()
            if spec.rare and number % BLOCKS_BETWEEN_RARE_CALLS == 0:
                chain.origin = "rare"
                rare_calls(model)
    finally:
        chain.close()
    contracts = {contract.address: contract for contract in model.contracts.values()}
    return [
        Sample(text, origin, function_called(contracts, sent), sent.data, *outcome)
        for origin, sent, *outcome in chain.rows
        if sent.to is not None
    ]
