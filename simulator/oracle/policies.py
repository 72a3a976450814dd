"""From the scenario's names to policies and their steps."""

from collections.abc import Callable
from typing import Any

from simulator.oracle.policy import BasePolicy, FixedPolicy, PolicyStep, RiskPolicy, VolScaledPolicy
from simulator.oracle.policy_steps import LongRunFloor, ReleasableBuffer, SpeedLimit, StressedWeight
from simulator.oracle.tail_policy import TailPolicy
from simulator.scenario.oracle import Policy

BASES: dict[str, Callable[[Policy], BasePolicy]] = {
    "fixed": FixedPolicy,
    "vol_scaled": VolScaledPolicy,
    "var_targeted": lambda section: TailPolicy(section, expected_shortfall=False),
    "es_targeted": lambda section: TailPolicy(section, expected_shortfall=True),
}
STEPS: dict[str, Callable[[Any], PolicyStep]] = {
    "floor": LongRunFloor,
    "stressed_weight": StressedWeight,
    "buffer": ReleasableBuffer,
    "speed_limit": SpeedLimit,
}


def risk_policy(section: Policy) -> RiskPolicy:
    """The policy that a scenario asks for, in its first state."""
    steps = [STEPS[step.step](step) for step in section.steps]
    return RiskPolicy(BASES[section.kind](section), steps, section.floor, section.cap)
