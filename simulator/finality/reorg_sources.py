"""Where reorganisations come from: how many blocks are undone before the next one is built."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulator.errors import UsageError
from simulator.scenario.reorgs import DeepFork, LateBlocks, MiningRace, Reorgs, Script, Sequencer


@dataclass(frozen=True, slots=True)
class Conditions:
    """What makes reorganisations likelier.

    fullness : share of the gas limit that the last block used, 0 to 1.
    drop : largest fall of an asset's price in ten minutes, as a fraction.
    """

    fullness: float = 0.0
    drop: float = 0.0


class ReorgSource(Protocol):
    """One cause of reorganisations. It draws the same number of variates each block, so that streams stay aligned."""

    def depth(self, head: int, factor: float) -> int:
        """Number of blocks to undo, `head` included; 0 for none. `factor` multiplies probabilities."""


class _LateBlocks:
    def __init__(self, section: LateBlocks, rng: np.random.Generator):
        self._section, self._rng = section, rng

    def depth(self, head: int, factor: float) -> int:
        first, second = self._rng.random(2)
        if first >= self._section.probability * factor:
            return 0
        return 2 if second < self._section.second_probability else 1


class _DeepFork:
    def __init__(self, section: DeepFork, rng: np.random.Generator):
        self._section, self._rng = section, rng

    def depth(self, head: int, factor: float) -> int:
        return self._section.depth if self._rng.random() < self._section.probability * factor else 0


class _MiningRace:
    """One race at a time. While it runs, the rival finds a geometric number of blocks for each of the chain's.

    The rival has won when it has as many blocks as the chain has since the fork and the block in question has its
    confirmations: with no limit to its patience the probability is that of Rosenfeld (2012), `reversal_probability`.
    """

    def __init__(self, section: MiningRace, rng: np.random.Generator):
        self._section, self._rng = section, rng
        self._ours = self._theirs = 0
        self._running = False

    def depth(self, head: int, factor: float) -> int:
        section = self._section
        start = self._rng.random() < section.race_probability * factor
        # Blocks of the rival between two of the chain's: P(m) = q^m p. The head has a gap before it and one after it.
        before, after = (self._rng.geometric(1.0 - section.attacker_share, 2) - 1).tolist()
        if not self._running:
            if not start:
                return 0
            self._running, self._ours, self._theirs = True, 0, before
        self._ours += 1
        self._theirs += after
        if self._theirs >= self._ours >= section.confirmations:
            self._running = False
            return self._ours
        self._running = self._ours - self._theirs <= section.give_up
        return 0


class _Sequencer:
    def __init__(self, section: Sequencer, rng: np.random.Generator):
        self._section, self._rng = section, rng

    def depth(self, head: int, factor: float) -> int:
        lost = self._rng.random() < self._section.probability * factor
        return head % self._section.batch_blocks if lost else 0


class _Script:
    def __init__(self, section: Script, rng: np.random.Generator):
        self._depths = {reorg.block: reorg.depth for reorg in section.reorgs}

    def depth(self, head: int, factor: float) -> int:
        # A script's reorganisation happens once, though the branch that replaces it reaches the same head.
        return self._depths.pop(head, 0)


_SOURCES = {
    LateBlocks: _LateBlocks,
    DeepFork: _DeepFork,
    MiningRace: _MiningRace,
    Sequencer: _Sequencer,
    Script: _Script,
}


class ReorgSources:
    """All causes of a scenario; the deepest one counts.

    Parameters
    ----------
    section : Reorgs
    rng : numpy.random.Generator
        Parent of one stream per source.
    """

    def __init__(self, section: Reorgs, rng: np.random.Generator):
        self._section = section
        self._sources: list[ReorgSource] = [
            _SOURCES[type(source)](source, generator)
            for source, generator in zip(section.sources, rng.spawn(len(section.sources)), strict=True)
        ]

    @property
    def max_depth(self) -> int:
        """Blocks that may still be undone, counted from the head; 0 without any source."""
        return self._section.max_depth if self._sources else 0

    def depth(self, head: int, oldest: int, conditions: Conditions) -> int:
        """How many blocks to undo when `head` is the newest block.

        Parameters
        ----------
        head : int
        oldest : int
            The oldest block that may be undone: neither final nor part of the set-up.
        conditions : Conditions

        Raises
        ------
        UsageError
            If a script asks for more than may be undone; every other source stops there.
        """
        section = self._section
        factor = 1.0 + section.load_factor * max(0.0, 2.0 * conditions.fullness - 1.0)
        factor += section.crash_factor * conditions.drop
        limit = max(min(section.max_depth, head - oldest + 1), 0)
        deepest = 0
        for source in self._sources:
            depth = source.depth(head, factor)
            if depth > limit and isinstance(source, _Script):
                raise UsageError(
                    f"reorgs.sources: a reorganisation of depth {depth} at block {head} would undo block "
                    f"{head - depth + 1}, which is final or beyond max_depth; at most {limit} blocks can go there"
                )
            deepest = max(deepest, min(depth, limit))
        return deepest
