"""When risk parameters are posted, and what: a decision per block, without a chain."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.oracle.policies import risk_policy
from simulator.oracle.policy import Estimates
from simulator.oracle.speed_limit import RiskSet, approach
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.oracle import Oracle
from simulator.wads import WAD, wad


@dataclass(frozen=True, slots=True)
class ParameterUpdate:
    """One call of IRiskParameters.publish.

    values, before : wads; what is posted, and what was in force as far as the publisher knows
    inputs : the estimates; under `policy` what each step made of them; under `target_<parameter>` what all of it wanted
        before the contract's limit on a step; fractions
    """

    underlying: int
    timestamp: int
    values: RiskSet
    before: RiskSet
    inputs: dict[str, Any]

    @property
    def arguments(self) -> tuple[int, RiskSet, int]:
        """Arguments of the contract's `publish`."""
        return self.underlying, self.values, self.timestamp


@dataclass(frozen=True, slots=True)
class _Accepted:
    """The last values the contract took: their own timestamp, and the block time it took them at."""

    values: RiskSet
    timestamp: int
    accepted_at: int


class ParameterPublisher:
    """Decides which risk parameters to post, following the contract's own guards.

    An asset is due when nothing was ever posted, its heartbeat passed, or a parameter is off its target by
    `parameters_deviation` of it or more; never within the least interval. What is posted is as near to the target as
    the contract's speed limit allows, so a large change takes several updates. An update counts as accepted at its
    timestamp until `resolve` says otherwise.
    """

    def __init__(self, section: Oracle, n_assets: int):
        self._section = section
        self._policy = risk_policy(section.policy)
        self._max_step = wad(section.policy.max_step)
        self._default = RiskSet(*(wad(getattr(section.policy.default, name)) for name in RISK_COLUMNS))
        never = _Accepted(self._default, _NEVER, _NEVER)
        self._latest = [never] * n_assets
        self._previous = [never] * n_assets

    def due(self, timestamp: int, estimates: Estimates) -> list[ParameterUpdate]:
        """What to post at `timestamp` (UTC seconds), counted as posted; at most one update for each asset."""
        section = self._section
        open_to_update = [
            asset
            for asset, latest in enumerate(self._latest)
            if timestamp - latest.accepted_at >= section.parameters_min_interval_seconds
            and timestamp > latest.timestamp
        ]
        if not open_to_update:
            return []
        targets = self._policy.targets(estimates)
        updates = []
        for asset in open_to_update:
            before, target = self.in_force(asset, timestamp), targets[asset]
            off = np.abs(np.array(before) / WAD - target) >= section.parameters_deviation * target
            late = timestamp - self._latest[asset].timestamp >= section.parameters_heartbeat_seconds
            if late or (off & (target > 0)).any():
                values = approach(before, RiskSet(*map(wad, target.tolist())), self._max_step)
                inputs = (
                    estimates.inputs(asset)
                    | {"policy": self._policy.explain(asset)}
                    | {f"target_{name}": value for name, value in zip(RISK_COLUMNS, target.tolist(), strict=True)}
                )
                self._previous[asset] = self._latest[asset]
                self._latest[asset] = _Accepted(values, timestamp, timestamp)
                updates.append(ParameterUpdate(asset, timestamp, values, before, inputs))
        return updates

    def resolve(self, update: ParameterUpdate, accepted: bool, timestamp: int) -> None:
        """Learn what the contract did with the last update of its asset, in a block at `timestamp` (UTC seconds)."""
        asset = update.underlying
        if accepted:
            self._latest[asset] = _Accepted(update.values, update.timestamp, timestamp)
        else:
            self._latest[asset] = self._previous[asset]

    def in_force(self, asset: int, timestamp: int) -> RiskSet:
        """What the contract answers at `timestamp`: the last values, once stale the larger of each and its default."""
        latest = self._latest[asset]
        if timestamp - latest.timestamp <= self._section.parameters_max_age_seconds:
            return latest.values
        return RiskSet(*map(max, latest.values, self._default))


_NEVER = -(1 << 62)
"""So long ago that every heartbeat and interval has passed."""
