"""Turns what a model did into the rows of a run directory, and into the run digest."""

import json

from simulator.chain.digest import RunDigest
from simulator.chain.fee_market import GWEI
from simulator.chain.protocol import Block, Receipt
from simulator.model import ProtocolModel
from simulator.model.step import PlacedEvent, Step
from simulator.record.arguments import encode_arguments
from simulator.record.writer import RunWriter

ACCOUNT_SAMPLE_BLOCKS = 100
"""Accounts are written this often; every change of a balance in between is in `events`."""


class Recorder:
    """Records a model into a writer.

    Parameters
    ----------
    model : ProtocolModel
    writer : RunWriter
    """

    def __init__(self, model: ProtocolModel, writer: RunWriter):
        self._model = model
        self._writer = writer
        self._contracts = {contract.address: contract for contract in model.contracts.values()}
        self._functions = {contract.address: contract.function_names() for contract in model.contracts.values()}
        self._names = [instrument.name for instrument in model.market.instruments]
        self._kinds = {member.account: member.kind for member in model.genesis.members}
        self._digest = RunDigest()
        self.transactions = 0
        self.failed = 0

    @property
    def digest(self) -> str:
        """Digest of everything recorded so far."""
        return self._digest.hexdigest

    def genesis(self) -> None:
        """Record the set-up blocks."""
        for block in self._model.genesis.blocks:
            self._digest.update(block)
            events = self._model.placed_events(block)
            self._block_row(block, "setup", 0.0, 0, 0, 0)
            for place, receipt in enumerate(block.receipts):
                self._transaction_row(block, place, receipt, 0.0, 0.0, block.number)
            self._event_rows(block.number, events)
            self._writer.block_done(block.number)

    def step(self, step: Step) -> None:
        """Record a simulated block."""
        produced, block = step.produced, step.produced.block
        self._digest.update(block)
        failed = sum(not receipt.succeeded for receipt in block.receipts)
        self.transactions += len(block.receipts)
        self.failed += failed
        base_fee = produced.base_fee / GWEI
        self._block_row(block, "run", base_fee, produced.gas_used, produced.background_gas, produced.waiting)
        for place, (pending, receipt) in enumerate(zip(produced.included, block.receipts, strict=True)):
            self._transaction_row(
                block, place, receipt, pending.max_fee / GWEI, pending.tip / GWEI, pending.submitted_block
            )
        self._event_rows(block.number, step.events)
        for change in step.changes:
            self._writer.append(
                "parameters",
                (
                    block.number,
                    block.timestamp,
                    self._model.symbols[change.underlying],
                    change.parameter,
                    change.before,
                    change.after,
                    change.accepted,
                    change.reason,
                    json.dumps(change.inputs),
                ),
            )
        self._writer.settlements(step.settlements)
        self._writer.append_metrics(step.metrics)
        if block.number % ACCOUNT_SAMPLE_BLOCKS == 0:
            self.accounts(block)
        self._writer.block_done(block.number)

    def finality_block(self, step: Step) -> None:
        """Record an empty block after the last step, with the settlements whose finality it changed."""
        block = step.produced.block
        self._digest.update(block)
        self._block_row(block, "finality", step.produced.base_fee / GWEI, 0, 0, step.produced.waiting)
        self._writer.settlements(step.settlements)
        self._writer.block_done(block.number)

    def accounts(self, block: Block) -> None:
        """Write a sample of every account."""
        model = self._model
        margins, accounts = model.house.margins, model.accounts
        held, notional = accounts.holdings(), model.house.gross_notional()
        collateral = held.collateral @ model.prices.spot
        for row in range(accounts.count):
            positions = {
                self._names[instrument]: size / 1e18 for instrument, size in sorted(accounts.positions[row].items())
            }
            equity = float(margins.equity[row])
            self._writer.append(
                "accounts",
                (
                    block.number,
                    block.timestamp,
                    row + 1,
                    self._kinds[row + 1],
                    equity,
                    float(margins.initial[row]),
                    float(margins.maintenance[row]),
                    float(held.cash[row]),
                    float(collateral[row]),
                    float(notional[row]),
                    json.dumps(positions),
                ),
            )

    def _block_row(self, block: Block, phase: str, base_fee: float, gas: int, background: int, waiting: int) -> None:
        failed = sum(not receipt.succeeded for receipt in block.receipts)
        self._writer.append(
            "blocks",
            (
                block.number,
                block.timestamp,
                phase,
                base_fee,
                gas,
                background,
                len(block.receipts),
                failed,
                waiting,
                None,
            ),
        )

    def _transaction_row(
        self, block: Block, place: int, receipt: Receipt, max_fee: float, tip: float, submitted: int
    ) -> None:
        transaction = receipt.transaction
        contract = self._contracts.get(transaction.to)
        function, reason = "constructor", None
        if contract is not None:
            function = f"{contract.name}.{self._functions[contract.address].get(transaction.data[:4], '?')}"
        if not receipt.succeeded:
            reason = self._model.describe_revert(receipt)
        self._writer.append(
            "transactions",
            (
                block.number,
                place,
                transaction.sender,
                transaction.to,
                function,
                transaction.data,
                receipt.succeeded,
                reason,
                receipt.gas_used,
                max_fee,
                tip,
                submitted,
            ),
        )

    def _event_rows(self, number: int, events: list[PlacedEvent]) -> None:
        self._writer.extend(
            "events",
            [
                (
                    number,
                    e.transaction,
                    e.index,
                    e.event.contract,
                    e.event.name,
                    encode_arguments(e.event.args._asdict()),
                )
                for e in events
            ],
        )
