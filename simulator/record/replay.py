"""Executes a recorded run again and compares what the chain does with what the record says it did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.chain.digest import RunDigest
from simulator.chain.protocol import COINBASE, Block, Chain, Transaction
from simulator.errors import ChainError, DataError, UsageError
from simulator.model.genesis import genesis_timestamp
from simulator.record.balances import Balances
from simulator.record.deployed import Deployed, changed_byte, recognise
from simulator.record.difference import Difference, event_difference, event_rows
from simulator.record.reader import Run
from simulator.record.recorded_blocks import RecordedBlock, recorded_blocks

Progress = Callable[[int, int, Mapping[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found.

    blocks, transactions : replayed, up to the first difference.
    digest : of all blocks replayed; None if a difference stopped it.
    recorded_digest : of a complete run, else None.
    whole : all that is recorded was replayed.
    difference : the first one, or None.
    """

    blocks: int
    transactions: int
    digest: str | None
    recorded_digest: str | None
    whole: bool
    difference: Difference | None

    @property
    def matches(self) -> bool | None:
        """Whether the record is what the chain did; None if no difference showed but there is no digest to compare."""
        if self.difference is not None:
            return False
        return True if self.whole and self.recorded_digest is not None else None


def start_of(run: Run) -> int:
    """Timestamp of block 0 of the run's chain. Raises DataError if this version cannot read its scenario."""
    return genesis_timestamp(run.scenario())


def replay(run: Run, chain: Chain, *, until: int | None = None, progress: Progress | None = None) -> Replay:
    """Execute every recorded transaction in its recorded block, until the first difference.

    Compared block by block: status, revert reason, function, every decoded event, and the balances that the events
    touched; at the end every account, and the digest, which commits to all senders, recipients, calldata, statuses, raw
    logs and timestamps. What no chain can tell, such as fees, is held against the digests of the files in run.json.

    Parameters
    ----------
    chain : Chain
        Fresh, its genesis at `start_of(run)`. It is left at the last block replayed.
    until : int, optional
        Last block to replay.
    progress : callable, optional
        Called after each block with blocks done, blocks in all, and figures.

    Raises
    ------
    DataError
        A run that is damaged, empty, or recorded with other contracts than those of this installation.
    UsageError
        If the run has no block `until`.
    ChainError
        If the chain is not fresh, or fails.
    """
    info = run.info
    if not info.blocks:
        raise DataError(f"{run.folder} has no block yet; nothing can be replayed")
    last = info.blocks if until is None else until
    if last > info.blocks:
        raise UsageError(f"--until {last}: {run.folder} has blocks 1 to {info.blocks}")
    if chain.head:
        raise ChainError(
            f"the node is at block {chain.head} already; a replay starts from genesis: give it a fresh node"
        )
    recorded_digest = info.digest if info.status == "complete" else None
    digest, deployed, balances, sent = RunDigest(), Deployed(), Balances(run, chain), 0
    standing: list[tuple[int, int | None]] = []
    for recorded in recorded_blocks(run):
        difference = _reorganise(chain, standing, balances, recorded)
        if difference is None:
            difference, block = _execute(run, chain, deployed, balances, recorded)
        if difference is not None:
            return Replay(recorded.number - 1, sent, None, recorded_digest, False, difference)
        standing.append((recorded.number, recorded.reorged_by))
        digest.update(block)
        sent += len(block.receipts)
        if progress is not None:
            progress(block.number, last, {"time": block.timestamp})
        if recorded.number == last and recorded.reorged_by is None:
            break
    found = next((Difference(number, None, "reorged_by", by, None) for number, by in standing if by is not None), None)
    if found is None and chain.head != last:
        found = Difference(None, None, "number of blocks", last, chain.head)
    found = found or balances.finish(chain.head, last == info.blocks)
    if found is None and last == info.blocks and info.status == "complete" and digest.hexdigest != info.digest:
        found = Difference(None, None, "digest", info.digest, digest.hexdigest)
    if found is None and (changed := run.changed_table()) is not None:
        table, written, read = changed
        found = Difference(None, None, f"SHA-256 of {table}.parquet", written, read)
    return Replay(chain.head, sent, digest.hexdigest, recorded_digest, last == info.blocks, found)


def _reorganise(
    chain: Chain, standing: list[tuple[int, int | None]], balances: Balances, recorded: RecordedBlock
) -> Difference | None:
    """Undo the blocks that `recorded` replaces, if any; `standing`: (number, reorged_by) of those on the chain."""
    depth = chain.head - recorded.number + 1
    if depth <= 0:
        return None
    undone = standing[-depth:]
    reorg = undone[-1][1] if undone else None
    if len(undone) < depth or reorg is None:
        return Difference(recorded.number, None, "number", recorded.number, chain.head + 1)
    for number, by in undone:
        if by != reorg:
            return Difference(number, None, "reorged_by", by, reorg)
    try:
        chain.reorg(depth)
        balances.undo(chain.head)
    except (ChainError, ValueError) as error:
        return Difference(recorded.number, None, "reorganisation", f"{depth} blocks deep", f"refused: {error}")
    del standing[-depth:]
    return None


def _execute(
    run: Run, chain: Chain, deployed: Deployed, balances: Balances, recorded: RecordedBlock
) -> tuple[Difference | None, Block | None]:
    """Mine one recorded block and compare it."""
    number = chain.head + 1
    if recorded.number != number:
        return Difference(number, None, "number", recorded.number, number), None
    if recorded.timestamp <= chain.timestamp:
        return Difference(number, None, "timestamp", recorded.timestamp, f"after {chain.timestamp}"), None
    difference = recorded.inconsistency() or _foreign_code(run, recorded)
    if difference is not None:
        return difference, None
    transactions = [Transaction(row.sender, row.to, row.data) for row in recorded.rows]
    try:
        block = chain.mine(transactions, recorded.timestamp)
    except ChainError as error:
        chain.balance(COINBASE)  # raises if the chain itself is gone; else it is this block that it refuses
        return Difference(number, None, "block", "executed", f"refused: {error}"), None
    for receipt in block.receipts:
        if receipt.contract_address is not None:
            deployed.add(recognise(receipt.transaction.data), receipt.contract_address)
    return _outcome(recorded, block, deployed, balances), block


def _foreign_code(run: Run, recorded: RecordedBlock) -> Difference | None:
    """A deployment of code that is none of the committed contracts', but nearly."""
    for place, row in enumerate(recorded.rows):
        if row.to is not None or recognise(row.data) is not None:
            continue
        if row.function != "constructor":
            return Difference(recorded.number, place, "to", None, f"the contract of {row.function}")
        changed = changed_byte(row.data)
        if changed is None:
            raise DataError(
                f"{run.folder}: block {recorded.number}, transaction {place} deploys code that no contract of this "
                f"installation has: the run was recorded with other contracts; replay it with the Seawall that did "
                f"(version {run.info.versions.get('seawall', 'unknown')}), or restore simulator/artifacts"
            )
        artifact, at = changed
        field = f"data, byte {at} of the code of {artifact.name}"
        return Difference(recorded.number, place, field, f"0x{row.data[at]:02x}", f"0x{artifact.bytecode[at]:02x}")
    return None


def _outcome(recorded: RecordedBlock, block: Block, deployed: Deployed, balances: Balances) -> Difference | None:
    """Where what the chain did first differs from the record."""
    number = block.number
    for place, (row, receipt) in enumerate(zip(recorded.rows, block.receipts, strict=True)):
        for field, old, new in (
            ("succeeded", row.succeeded, receipt.succeeded),
            ("revert_reason", row.revert_reason, deployed.reason(receipt)),
            ("function", row.function, deployed.function(receipt.transaction)),
        ):
            if old != new:
                return Difference(number, place, field, old, new)
    failed = sum(not receipt.succeeded for receipt in block.receipts)
    if recorded.failed != failed:
        return Difference(number, None, "number of failed transactions", recorded.failed, failed)
    placed = deployed.events(block)
    found = event_difference(number, recorded.events, event_rows(placed))
    found = found or balances.follow(block, [event for _, event in placed], deployed.by_role())
    if found is None and recorded.reorged_by is None:
        found = balances.sampled(number)
    return found
