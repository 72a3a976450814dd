"""The chance that a scenario's reorganisations undo a block before it is final."""

from simulator.finality.proof_of_work import reversal_probability as overtaken
from simulator.scenario.reorgs import DeepFork, LateBlocks, MiningRace, Reorgs, Sequencer, Source


def undo_probability(section: Reorgs, block: int, head: int, final: int | None) -> float:
    """Probability that `block` is undone after `head`, in calm: load and crash factors left out.

    1 - prod over heads h of prod over sources of 1 - P(depth at h >= h - block + 1), for h from `head` on and before
    `final`, down to `max_depth`. A mining race counts with the chance that one begins at the block times the exact one
    that the rival overtakes (Rosenfeld 2012). A script is no chance and counts nothing.

    Parameters
    ----------
    section : Reorgs
    block, head : int
        `block` <= `head`.
    final : int or None
        The head at which `block` becomes final; None if none does.
    """
    stands, last = 1.0, block + section.max_depth
    if final is not None:
        last = min(last, final)
    for source in section.sources:
        if isinstance(source, MiningRace):
            depth = head - block + 1
            if head < last:
                confirmations = max(depth, source.confirmations)
                stands *= 1.0 - source.race_probability * overtaken(source.attacker_share, confirmations)
            continue
        for each in range(head, last):
            stands *= 1.0 - _reaches(source, each, each - block + 1)
    return 1.0 - stands


def _reaches(source: Source, head: int, depth: int) -> float:
    """Probability that `source` undoes `depth` blocks or more at this head."""
    if isinstance(source, LateBlocks):
        return source.probability * (1.0, source.second_probability)[depth - 1] if depth <= 2 else 0.0
    if isinstance(source, DeepFork):
        return source.probability if depth <= source.depth else 0.0
    if isinstance(source, Sequencer):
        return source.probability if depth <= head % source.batch_blocks else 0.0
    return 0.0
