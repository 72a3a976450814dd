"""How many blocks a run keeps producing at its end, so that every settlement ends final."""

from simulator.errors import ScenarioError
from simulator.finality.no_finality import NoFinality
from simulator.finality.protocol import FinalityModel

DRAIN_LIMIT = 1_000_000
"""Beyond this the end of a run would cost more than the run: 139 days of 12 s blocks."""

_REMEDIES = {
    "optimistic_rollup": "post batches more often",
    "proof_of_stake": "let more of the stake vote",
    "proof_of_work": "weaken the attacker or accept a higher final probability",
}


def blocks_to_finality(model: FinalityModel, head: int, block: int | None = None) -> int:
    """Fewest blocks after `head` until `block` is final; by default until `head` itself is. 0 without finality.

    Raises
    ------
    ScenarioError
        If it takes more than `DRAIN_LIMIT` blocks.
    """
    if isinstance(model, NoFinality):
        return 0
    target = head if block is None else block

    def final_after(blocks: int) -> bool:
        return model.final_head(head + blocks) >= target

    if final_after(0):
        return 0
    if not final_after(DRAIN_LIMIT):
        raise ScenarioError(
            f"[finality] {model.name} takes more than {DRAIN_LIMIT:,} blocks to make a block final; "
            f"{_REMEDIES.get(model.name, 'shorten what it waits for')}"
        )
    too_few, enough = 0, DRAIN_LIMIT
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        if final_after(middle):
            enough = middle
        else:
            too_few = middle
    return enough
