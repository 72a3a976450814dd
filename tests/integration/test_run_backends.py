"""A run is the same on the embedded chain and on a node, block by block. Needs anvil (`npm ci`)."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import zip_longest

import pytest
from crash import EXPIRY_BLOCK, POOR_FUND, crash, simulated

from simulator.chain.digest import RunDigest
from simulator.chain.events import EventDecoder
from simulator.chain.protocol import Block
from simulator.model import ProtocolModel
from simulator.protocol.reconcile import reconcile
from simulator.record.called import function_called

BLOCKS = EXPIRY_BLOCK + 5
SCENARIO = crash(*POOR_FUND, "oracle.publishers=3", "oracle.publisher_noise=0.0005", blocks=BLOCKS)


def observations(block: Block, model: ProtocolModel) -> Iterator[tuple[str, object]]:
    """All of a block that backends must agree on, piece by piece, each with where it stands."""
    decoder = EventDecoder(model.contracts.values())
    contracts = {contract.address: contract for contract in model.contracts.values()}
    yield "number", block.number
    yield "timestamp", block.timestamp
    for place, receipt in enumerate(block.receipts):
        sent = receipt.transaction
        where = f"transaction {place} ({function_called(contracts, sent)})"
        yield f"{where}: sender, recipient, value", (sent.sender, sent.to, sent.value)
        yield f"{where}: calldata", sent.data.hex()
        yield f"{where}: succeeded", receipt.succeeded
        yield f"{where}: revert data", receipt.output.hex()
        yield f"{where}: new contract", receipt.contract_address
        for number, log in enumerate(receipt.logs):
            yield f"{where}: log {number}", decoder.decode(log) or log


def difference(number: int, blocks: list[Block], models: list[ProtocolModel]) -> str | None:
    """Where two blocks first differ, with both values; None if they do not."""
    for one, other in zip_longest(*(observations(*pair) for pair in zip(blocks, models, strict=True))):
        if one != other:
            return f"block {number}: {models[0].chain.name} has {one}, {models[1].chain.name} has {other}"
    return None


@pytest.fixture(scope="module")
def both():
    """A crash on both backends, in lockstep, as long as they agree; and where they first differ."""
    with ExitStack() as stack:
        models = [stack.enter_context(simulated(SCENARIO, chain)) for chain in ("embedded", "anvil")]
        found = None
        for number, pair in enumerate(zip(*(model.genesis.blocks for model in models), strict=True)):
            found = found or difference(number, list(pair), models)
        history = [[], []]
        while found is None and len(history[0]) < BLOCKS:
            for model, steps in zip(models, history, strict=True):
                model.step()
                steps.append(model.last)
            last = [model.last for model in models]
            found = difference(models[0].block, [step.produced.block for step in last], models)
            if found is None and last[0].metrics != last[1].metrics:
                found = f"block {models[0].block}: metrics {last[0].metrics} and {last[1].metrics}"
        yield models, history, found


def test_both_chains_tell_the_same_story_block_by_block(both):
    _, _, found = both
    assert found is None


def test_the_story_has_trades_liquidations_oracle_updates_losses_and_an_expiry(both):
    _, (steps, _), _ = both
    names = [placed.event.name for step in steps for placed in step.events]
    for name in ("Traded", "SpotInForce", "ClosedOut", "BadDebtBooked", "ExpirySettled", "Withdrawn"):
        assert name in names
    assert any(not receipt.succeeded for step in steps for receipt in step.produced.block.receipts)


def test_both_runs_have_the_same_digest(both):
    models, history, _ = both
    digests = []
    for model, steps in zip(models, history, strict=True):
        digest = RunDigest()
        for block in (*model.genesis.blocks, *(step.produced.block for step in steps)):
            digest.update(block)
        digests.append(digest.hexdigest)
    assert digests[0] == digests[1]


def test_the_index_agrees_with_the_node_too(both):
    for model in both[0]:
        reconcile(model.accounts, model.contracts, model.chain)


def test_every_view_of_an_account_is_the_same_on_both(both):
    models, _, _ = both
    for function in ("margin", "portfolio", "cash", "positionsOf"):
        answers = []
        for model in models:
            house = model.contracts["ClearingHouse"]
            answers.append(model.chain.calls([house.call(function, n + 1) for n in range(model.accounts.count)]))
        assert answers[0] == answers[1], function
