"""The end of a run: how many blocks until everything is final, and what is still to be done in them."""

from agents.keepers import CheckpointRelay, SettlementKeeper
from simulator.chain.protocol import Transaction
from simulator.finality.drain import blocks_to_finality

CALLS_IN_A_BLOCK = 100
"""Fits any block gas limit that a close-out fits."""


def blocks_to_close(model) -> int:
    """Fewest blocks until every settlement is final and every hold that finality ends can be ended."""
    newest = model.settlements.newest_open_block
    needed = 0 if newest is None else blocks_to_finality(model.finality, model.block, newest)
    if model.scenario.settlement.hold == "depth":
        last = max((hold.block for hold in model.holds.open.values()), default=None)
        if last is not None:
            needed = max(needed, last + model.scenario.settlement.depth - model.block)
    return needed


def closing_calls(model) -> list[Transaction]:
    """What relay and settlement keeper have to do for holds in the next block, without competition for its space."""
    ledger, calls = model.contracts["SettlementLedger"], []
    for keeper in model.keepers:
        if isinstance(keeper, CheckpointRelay) and (news := keeper.news()) is not None:
            calls.append(ledger.transaction(keeper.wallet, "postCheckpoint", *news))
        elif isinstance(keeper, SettlementKeeper):
            ending = model.holds.ending(model.block + 1, model.now)
            calls += [
                ledger.transaction(keeper.wallet, function, settlement)
                for function, settlements in ending.items()
                for settlement in settlements
            ]
    return calls[:CALLS_IN_A_BLOCK]
