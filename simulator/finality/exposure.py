"""What a liquidation can still lose: how likely it is undone, for how long, what that can cost, and whom."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from simulator.finality.drain import blocks_to_finality
from simulator.finality.jump_risk import JumpDiffusion
from simulator.finality.no_finality import NoFinality
from simulator.finality.protocol import FinalityModel
from simulator.finality.reorg_risk import undo_probability
from simulator.finality.settlement import Settlement
from simulator.scenario.reorgs import Reorgs


class Bearer(StrEnum):
    """Whose loss it is if what changed hands comes back worth less."""

    LIQUIDATOR = "liquidator"
    FUND = "insurance fund"
    ACCOUNTS = "all accounts"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A liquidation seen from a head.

    reversal_probability : that it is undone before it is final. NaN where neither the finality rule nor the scenario's
        reorganisations put a number on it.
    blocks_to_final : until the head that makes it final if all goes as the rule has it; None if none does.
    amount : what changed hands and would go back, |payment| + fee, quote currency.
    value_at_risk : the most that amount's worth can fall by until then, of the prices that it may follow; NaN if it is
        never final.
    bearer : who paid. The liquidator, or, where it was paid, the insurance fund; all accounts if the fund had nothing.
    """

    reversal_probability: float
    blocks_to_final: int | None
    amount: float
    value_at_risk: float
    bearer: Bearer


def exposure(
    settlement: Settlement,
    head: int,
    model: FinalityModel,
    reorgs: Reorgs,
    dynamics: Iterable[JumpDiffusion],
    block_seconds: float,
    level: float = 0.99,
) -> Exposure:
    """What `settlement`, included at or before `head`, can lose. `dynamics`: of each price that its worth may follow.

    Raises
    ------
    ScenarioError
        If finality takes longer than any run waits for it.
    """
    block, amount = settlement.included_block, abs(settlement.payment) + settlement.fee
    blocks = None if isinstance(model, NoFinality) else blocks_to_finality(model, head, block)
    at_risk = math.nan
    if blocks is not None:
        seconds = blocks * block_seconds
        at_risk = max(each.value_at_risk(amount, seconds, level) for each in dynamics) if blocks else 0.0
    chance = model.reversal_probability(block, head)
    if math.isnan(chance) and reorgs.sources:
        final = None if blocks is None else head + blocks
        chance = undo_probability(reorgs, block, head, final)
    return Exposure(chance, blocks, amount, at_risk, _bearer(settlement))


def _bearer(settlement: Settlement) -> Bearer:
    if settlement.payment >= 0:
        return Bearer.LIQUIDATOR
    return Bearer.ACCOUNTS if settlement.socialised and not settlement.from_fund else Bearer.FUND
