"""[reorgs]: blocks that are undone and built again before they are final."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator

from simulator.scenario.section import Section

MAX_DEPTH = 256
"""Deepest reorganisation a run can take: so many of its newest blocks wait in memory before they are recorded."""


class LateBlocks(Section):
    """Proof of stake: a block that comes late is orphaned by the next proposer, sometimes with its parent."""

    source: Literal["late_blocks"]
    probability: float = Field(0.005, ge=0, le=1)
    second_probability: float = Field(0.05, ge=0, le=1)


class DeepFork(Section):
    """A rare fork of `depth` blocks: 7 on the beacon chain on 25 May 2022."""

    source: Literal["deep_fork"]
    probability: float = Field(1e-5, ge=0, le=1)
    depth: int = Field(7, ge=1, le=MAX_DEPTH)


class MiningRace(Section):
    """Proof of work: with `race_probability` per block a miner with `attacker_share` of the hash rate starts a branch.

    The branch replaces the chain when it has as many blocks as the chain has since the fork, `confirmations` at least.
    The miner gives up `give_up` blocks behind.
    """

    source: Literal["mining_race"]
    attacker_share: float = Field(0.1, gt=0, lt=0.5)
    race_probability: float = Field(0.01, ge=0, le=1)
    confirmations: int = Field(1, ge=1, le=MAX_DEPTH)
    give_up: int = Field(12, ge=1)


class Sequencer(Section):
    """A rollup's sequencer loses the blocks that no batch on L1 has yet: every `batch_blocks` one is posted."""

    source: Literal["sequencer"]
    probability: float = Field(1e-4, ge=0, le=1)
    batch_blocks: int = Field(50, ge=1)


class ScriptedReorg(Section):
    """With `block` as the head the newest `depth` blocks are undone. Numbers as recorded: the set-up's blocks count."""

    block: int = Field(ge=1)
    depth: int = Field(ge=1, le=MAX_DEPTH)


class Script(Section):
    """Reorganisations at given blocks."""

    source: Literal["scripted"]
    reorgs: list[ScriptedReorg] = Field(min_length=1)

    @field_validator("reorgs")
    @classmethod
    def _rising(cls, reorgs: list[ScriptedReorg]) -> list[ScriptedReorg]:
        for before, after in pairwise(reorgs):
            if after.block <= before.block:
                raise ValueError(f"blocks must rise, got {after.block} after {before.block}")
        return reorgs


Source = Annotated[LateBlocks | DeepFork | MiningRace | Sequencer | Script, Field(discriminator="source")]


class Reorgs(Section):
    """Without sources no block is ever undone.

    Probabilities are multiplied by 1 + `load_factor` max(0, 2 fullness - 1) + `crash_factor` drop, with fullness the
    share of the gas limit used by the last block and drop the largest fall of an asset in ten minutes: reorganisations
    come with load and with crashes. None goes deeper than `max_depth`, or below what is final. `unseen` is the share of
    the undone transactions that the builders of the other branch have not received: those wait for the block after it.
    """

    sources: list[Source] = []
    load_factor: float = Field(0.0, ge=0)
    crash_factor: float = Field(0.0, ge=0)
    unseen: float = Field(0.2, ge=0, le=1)
    max_depth: int = Field(64, ge=1, le=MAX_DEPTH)
