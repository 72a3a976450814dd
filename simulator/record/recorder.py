"""Turns what a model did into the rows of a run directory, and into the run digest."""

import json
from collections.abc import Iterable

from simulator.chain.digest import RunDigest
from simulator.chain.fee_market import GWEI
from simulator.chain.mempool import PendingTransaction
from simulator.chain.protocol import Block, Receipt
from simulator.model import ProtocolModel
from simulator.model.step import ParameterChange, PlacedEvent, Step
from simulator.record.arguments import encode_arguments
from simulator.record.called import function_called
from simulator.record.held import HeldBlock, HeldBlocks
from simulator.record.unincluded import Reason, departures
from simulator.record.writer import RunWriter

ACCOUNT_SAMPLE_BLOCKS = 100
"""Accounts are written this often, at blocks after which the model stands; every change in between is in `events`."""


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
        self._names = [instrument.name for instrument in model.market.instruments]
        self._kinds = {member.account: member.kind for member in model.genesis.members}
        self._digest = RunDigest()
        self._window = HeldBlocks(model.reorganiser.max_depth)
        self._reorgs = 0
        self._sampled = 0

    @property
    def digest(self) -> str:
        """Digest of everything recorded so far."""
        return self._digest.hexdigest

    def genesis(self) -> None:
        """Record the set-up blocks, in the last of which the oracle's first values came into force."""
        for block in self._model.genesis.blocks:
            held = self._held(block, "setup", 0.0, 0, 0, 0)
            for place, receipt in enumerate(block.receipts):
                held.transactions.append(self._transaction(block, place, receipt, 0.0, 0.0, block.number))
            held.events = _events(block.number, self._model.placed_events(block))
            if block is self._model.genesis.blocks[-1]:
                held.parameters = self._parameter_rows(block, self._model.first_changes)
            self._write(held)

    def step(self, step: Step) -> None:
        """Record a simulated block, and before it what a reorganisation undid and built again."""
        if step.reorg is not None:
            self._reorganise(step)
        held = self._simulated(step)
        if held.number // ACCOUNT_SAMPLE_BLOCKS > self._sampled // ACCOUNT_SAMPLE_BLOCKS:
            held.accounts = self._account_rows(step.produced.block)
            self._sampled = held.number
        for released in self._window.released(held.number):
            self._write(released)

    def finality_block(self, step: Step) -> None:
        """Record a block after the last step: what ended holds, and the settlements whose finality it changed."""
        self._flush()
        block = step.produced.block
        held = self._held(block, "finality", step.produced.base_fee / GWEI, 0, 0, step.produced.waiting)
        for place, receipt in enumerate(block.receipts):
            held.transactions.append(self._transaction(block, place, receipt, 0.0, 0.0, block.number))
        held.events = _events(block.number, step.events)
        held.settlements = step.settlements
        self._write(held)

    def finish(self) -> None:
        """Record what is held back, what waits in the mempool for ever, and a last sample of every account."""
        self._flush()
        for pending in self._model.space.pending():
            self._writer.append("unincluded", (*self._unincluded(pending, None, Reason.WAITING), None))
        block = self._model.last.produced.block
        for row in self._account_rows(block):
            self._writer.append("accounts", row)

    def _reorganise(self, step: Step) -> None:
        reorg = step.reorg
        self._reorgs += 1
        head = reorg.ancestor + len(reorg.rebuilt)
        self._window.newest.reorgs.append((self._reorgs, head, step.produced.block.timestamp, len(reorg.rebuilt)))
        self._window.newest.settlements += reorg.reverted
        self._window.undo(reorg.ancestor, self._reorgs)
        self._sampled = min(self._sampled, reorg.ancestor)
        for rebuilt in reorg.rebuilt:
            self._simulated(rebuilt)

    def _simulated(self, step: Step) -> HeldBlock:
        produced, block = step.produced, step.produced.block
        base_fee = produced.base_fee / GWEI
        held = self._held(block, "run", base_fee, produced.gas_used, produced.background_gas, produced.waiting)
        for place, (pending, receipt) in enumerate(zip(produced.included, block.receipts, strict=True)):
            fees = pending.max_fee / GWEI, pending.tip / GWEI
            held.transactions.append(self._transaction(block, place, receipt, *fees, pending.submitted_block))
        held.unincluded = [
            self._unincluded(pending, block.number, reason)
            for pending, reason in departures(produced, self._model.scenario.chain.mempool_expiry_blocks)
        ]
        held.events = _events(block.number, step.events)
        held.settlements = list(step.settlements)
        held.parameters = self._parameter_rows(block, step.changes)
        held.metrics = step.metrics
        self._window.add(held)
        return held

    def _flush(self) -> None:
        for held in self._window.rest():
            self._write(held)

    def _write(self, held: HeldBlock) -> None:
        writer, by = self._writer, held.reorged_by
        writer.append("blocks", (*held.block, by))
        writer.extend("transactions", [(*row, by) for row in held.transactions])
        writer.extend("unincluded", [(*row, by) for row in held.unincluded])
        writer.extend("events", [(*row, by) for row in held.events])
        writer.extend("reorgs", held.reorgs)
        writer.settlements(held.settlements)
        if by is None:
            writer.extend("parameters", held.parameters)
            writer.extend("accounts", held.accounts)
            if held.metrics is not None:
                writer.append_metrics(held.metrics)
            writer.block_done(held.number, held.digest)

    def _parameter_rows(self, block: Block, changes: Iterable[ParameterChange]) -> list[tuple]:
        """What the oracle posted in a block."""
        return [
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
            )
            for change in changes
        ]

    def _account_rows(self, block: Block) -> list[tuple]:
        """A sample of every account."""
        model = self._model
        margins, accounts = model.house.margins, model.accounts
        held, notional = accounts.holdings(), model.house.gross_notional()
        collateral = (held.collateral * model.prices.spot).sum(axis=1)
        rows = []
        for row in range(accounts.count):
            positions = {
                self._names[instrument]: size / 1e18 for instrument, size in sorted(accounts.positions[row].items())
            }
            rows.append(
                (
                    block.number,
                    block.timestamp,
                    row + 1,
                    self._kinds[row + 1],
                    float(margins.equity[row]),
                    float(margins.initial[row]),
                    float(margins.maintenance[row]),
                    float(held.cash[row]),
                    float(collateral[row]),
                    float(notional[row]),
                    json.dumps(positions),
                )
            )
        return rows

    def _held(self, block: Block, phase: str, base_fee: float, gas: int, background: int, waiting: int) -> HeldBlock:
        """The block as the next part of the digest, with its row of `blocks`."""
        self._digest.update(block)
        failed = sum(not receipt.succeeded for receipt in block.receipts)
        counts = len(block.receipts), failed, waiting
        row = (block.number, block.timestamp, phase, base_fee, gas, background, *counts)
        return HeldBlock(block.number, row, self._digest.hexdigest)

    def _transaction(
        self, block: Block, place: int, receipt: Receipt, max_fee: float, tip: float, submitted: int
    ) -> tuple:
        transaction = receipt.transaction
        return (
            block.number,
            place,
            transaction.sender,
            transaction.to,
            function_called(self._contracts, transaction),
            transaction.data,
            receipt.succeeded,
            None if receipt.succeeded else self._model.describe_revert(receipt),
            receipt.gas_used,
            max_fee,
            tip,
            submitted,
        )

    def _unincluded(self, pending: PendingTransaction, left: int | None, reason: Reason) -> tuple:
        transaction = pending.transaction
        return (
            transaction.sender,
            transaction.to,
            function_called(self._contracts, transaction),
            transaction.data,
            pending.max_fee / GWEI,
            pending.tip / GWEI,
            pending.submitted_block,
            left,
            reason.value,
        )


def _events(number: int, events: list[PlacedEvent]) -> list[tuple]:
    return [
        (number, e.transaction, e.index, e.event.contract, e.event.name, encode_arguments(e.event.args._asdict()))
        for e in events
    ]
