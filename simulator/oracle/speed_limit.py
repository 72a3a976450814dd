"""The contract's bound on a step, in its own integers, so that an honest update is never refused for its size."""

from typing import NamedTuple

from simulator.wads import WAD

MIN_STEP = WAD // 100
"""RiskParameters.MIN_STEP: what a member may always move, so that one at zero can leave it."""


class RiskSet(NamedTuple):
    """Risk parameters as the contract takes them: wads, in the order of contracts/interfaces/Types.sol."""

    spot_shock: int
    vol_up: int
    vol_down: int
    haircut: int
    liquidity_add_on: int
    multiplier: int


def step_limit(value: int, max_step: int) -> int:
    """How far a member that is `value` now may move: RiskParameters.stepLimit."""
    return max(value * max_step // WAD, MIN_STEP)


def approach(current: RiskSet, target: RiskSet, max_step: int) -> RiskSet:
    """The nearest to `target` that one update may reach from `current`, member by member; all wads."""
    limits = (step_limit(value, max_step) for value in current)
    return RiskSet(
        *(min(max(goal, now - limit), now + limit) for now, goal, limit in zip(current, target, limits, strict=True))
    )
