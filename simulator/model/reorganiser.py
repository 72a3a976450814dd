"""Undoes the newest blocks of a model and builds others in their place."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from agents.outbox import Sent
from simulator.chain.block_space import ProducedBlock
from simulator.finality.reorg_sources import Conditions, ReorgSources
from simulator.model.step import Reorganisation, Step
from simulator.protocol.history import IndexHistory
from simulator.streams import stream

CRASH_SECONDS = 600
"""The fall of prices over this time makes reorganisations likelier."""


@dataclass(frozen=True, slots=True)
class _Reversible:
    """A block that can be undone, and what was known of its transactions when they were submitted."""

    produced: ProducedBlock
    sent: list[Sent]
    market: dict[str, float]


class Reorganiser:
    """Decides before each block whether the newest ones are undone, and does it.

    Chain, mempool, indices, agents and settlements go back to the block before those; then as many blocks are built at
    the same times from what waits in the mempool now, so that later bids compete with the ones that had won, and what
    the other branch's builders have not received loses its place.

    Parameters
    ----------
    model : ProtocolModel
    """

    def __init__(self, model):
        self._model = model
        self._first = model.block + 1
        section, seed = model.scenario.reorgs, model.scenario.seed
        self._sources = ReorgSources(section, stream(seed, "reorgs"))
        self._share_unseen = section.unseen
        self._rng = stream(seed, "reorgs", "unseen")
        self._blocks: deque[_Reversible] = deque(maxlen=self._sources.max_depth)
        indices = (model.accounts, model.prices, model.tokens, model.holds, model.liquidation, model.cumulative)
        self._history = IndexHistory(indices, model.apply, self._sources.max_depth, model.block)

    @property
    def max_depth(self) -> int:
        """How many blocks from the head may be undone; 0 in a scenario without reorganisations."""
        return self._sources.max_depth

    def built(self, step: Step, sent: list[Sent]) -> None:
        """A block was added, with what its transactions' senders had noted. Call it once `step` is complete."""
        if self.max_depth:
            block = step.produced.block
            market = {name: step.metrics[name] for name in self._model.market_columns}
            self._blocks.append(_Reversible(step.produced, sent, market))
            self._history.add(block.number, block.timestamp, [placed.event for placed in step.events])

    def reorganise(self) -> Reorganisation | None:
        """Undo and rebuild the newest blocks, if the scenario has it so now.

        Raises
        ------
        UsageError
            If a scripted reorganisation would undo a final block.
        """
        if not self.max_depth:
            return None
        model = self._model
        oldest = max(model.settlements.final_head + 1, self._first)
        depth = self._sources.depth(model.block, oldest, self._conditions())
        if not depth:
            return None
        ancestor = model.block - depth
        undone = [self._blocks.pop() for _ in range(depth)][::-1]
        reverted = model.settlements.reverted(ancestor)
        model.space.reorg(depth)
        self._history.undo(ancestor)
        model.house.forget()
        for block in undone:
            for sent, receipt in zip(block.sent, block.produced.block.receipts, strict=True):
                model.outbox.take_back(sent, receipt)
        for settlement in reverted:
            if (since := settlement.breach_block) is not None:
                # The account may have been seen below maintenance anew in a block that is undone now.
                seen = model.liquidation.breach_block
                seen[settlement.account] = min(since, seen.get(settlement.account, since))
        unseen = self._unseen(undone)
        rebuilt = [model.build(block.produced.block.timestamp, block.market, unseen) for block in undone]
        return Reorganisation(ancestor, reverted, rebuilt)

    def _unseen(self, undone: list[_Reversible]) -> set[int]:
        """Arrivals of the undone transactions that the other branch's builders have not received."""
        arrivals = [pending.arrival for block in undone for pending in block.produced.included]
        draws = self._rng.random(len(arrivals))
        return {arrival for arrival, draw in zip(arrivals, draws, strict=True) if draw < self._share_unseen}

    def _conditions(self) -> Conditions:
        if not self._blocks:
            return Conditions()
        model, last = self._model, self._blocks[-1].produced
        now = model.market.quote.spot
        before = np.array([model.market.spot_before(asset, CRASH_SECONDS) for asset in range(len(now))])
        fullness = last.gas_used / model.scenario.chain.block_gas_limit
        return Conditions(fullness, max(0.0, float(np.max(1.0 - now / before))))
