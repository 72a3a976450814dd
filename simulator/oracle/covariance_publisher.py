"""When the covariance of rule `parametric` is posted, and what: a decision per block, without a chain."""

import numpy as np

from simulator.oracle.joint_covariance import default_covariance, estimated_covariance
from simulator.oracle.policy import Estimates
from simulator.oracle.risk_model_update import RiskModelUpdate
from simulator.risk.contract_structs import contract_covariance
from simulator.scenario.oracle import Oracle

_STEP_SLACK = 1e-9
"""Share of the contract's limit on a step that is left for rounding to wads."""
_NEVER = -(1 << 62)


class CovariancePublisher:
    """Follows the estimates with the contract's own guards, so that an honest update is not refused.

    A matrix is due when none was posted, its heartbeat passed, or an entry is off its target by
    `parameters_deviation` of its two deviations or more; never within the least interval. Where the target is further
    than one step allows, what is posted lies on the straight line towards it: a mixture of two covariances is one.
    An update counts as accepted at its timestamp until `resolve` says otherwise.
    """

    def __init__(self, section: Oracle, n_assets: int):
        self._section = section
        self._model = section.model
        self._default = default_covariance(n_assets, self._model)
        # The last accepted matrix, its own timestamp, and the block time it was taken at.
        self._latest = self._previous = (self._default, _NEVER, _NEVER)

    def due(self, timestamp: int, estimates: Estimates) -> list[RiskModelUpdate]:
        """One update, or none."""
        section, (_, posted_at, accepted_at) = self._section, self._latest
        if timestamp - accepted_at < section.parameters_min_interval_seconds or timestamp <= posted_at:
            return []
        before, target = self.in_force(timestamp), estimated_covariance(estimates, self._model)
        deviation = np.sqrt(np.diag(before))
        away = np.abs(target - before) / np.outer(deviation, deviation)
        late = timestamp - posted_at >= section.parameters_heartbeat_seconds
        if not late and away.max() < section.parameters_deviation:
            return []
        share = min(1.0, self._model.max_step * (1 - _STEP_SLACK) / away.max()) if away.max() > 0 else 1.0
        values = before + share * (target - before)
        self._previous, self._latest = self._latest, (values, timestamp, timestamp)
        inputs = {
            "volatility": estimates.volatility.tolist(),
            "vol_of_vol": estimates.vol_of_vol.tolist(),
            "correlation": estimates.correlation.tolist(),
            "share_of_the_way": share,
        }
        arguments = (contract_covariance(values)[1], timestamp)
        return [
            RiskModelUpdate(
                "CovarianceOracle", "publish", arguments, timestamp, described(before), described(values), inputs
            )
        ]

    def resolve(self, update: RiskModelUpdate, accepted: bool, timestamp: int) -> None:
        """As the protocol says."""
        if accepted:
            self._latest = (self._latest[0], self._latest[1], timestamp)
        else:
            self._latest = self._previous

    def in_force(self, timestamp: int) -> np.ndarray:
        """What the contract answers at `timestamp`: (2 n_assets, 2 n_assets); once stale, on top of the default."""
        values, posted_at, _ = self._latest
        if posted_at == _NEVER or timestamp - posted_at <= self._section.parameters_max_age_seconds:
            return values
        return values + self._default


def described(covariance: np.ndarray) -> tuple[dict[str, float], ...]:
    """Deviations over the horizon and correlations, by asset: return_deviation, vol_deviation, spot_vol_correlation,
    and return_correlation_<j> with each asset j before it.
    """
    deviation = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(deviation, deviation)
    return tuple(
        {
            "return_deviation": float(deviation[i]),
            "vol_deviation": float(deviation[i + 1]),
            "spot_vol_correlation": float(correlation[i, i + 1]),
            **{f"return_correlation_{j // 2}": float(correlation[i, j]) for j in range(0, i, 2)},
        }
        for i in range(0, len(covariance), 2)
    )
