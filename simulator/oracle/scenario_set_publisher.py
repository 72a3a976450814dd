"""When the scenario set of rule `expected-shortfall` is posted, and what: a decision per block, without a chain."""

import numpy as np

from simulator.oracle.covariance_publisher import described
from simulator.oracle.joint_covariance import estimated_covariance
from simulator.oracle.joint_scenarios import estimated_scenarios
from simulator.oracle.policy import Estimates
from simulator.oracle.risk_model_update import RiskModelUpdate
from simulator.risk.scenario_codec import encode, posted
from simulator.scenario.oracle import Oracle

_NEVER = -(1 << 62)


class ScenarioSetPublisher:
    """Draws a new set when none was posted, the heartbeat passed, or an entry of the estimated covariance is
    `parameters_deviation` of its two deviations off the one behind the last set; never within the least interval.

    A set takes several calls: commit, post each chunk, activate. They count as accepted until `resolve` says otherwise
    of the last one. One draw differs from the next, even in a market that stands still: by the square root of two over
    the number of scenarios in a deviation.

    Parameters
    ----------
    section : Oracle
    n_assets : int
    rng : numpy.random.Generator
    """

    def __init__(self, section: Oracle, n_assets: int, rng: np.random.Generator):
        self._section = section
        self._model = section.model
        self._rng = rng
        nothing = tuple(dict.fromkeys(of, 0.0) for of in described(np.eye(2 * n_assets)))
        # Covariance behind the last set, what is said of that set, and when it was posted.
        self._latest = self._previous = (None, nothing, _NEVER)

    def due(self, timestamp: int, estimates: Estimates) -> list[RiskModelUpdate]:
        """The calls of one set, or none."""
        section, (behind, before, posted_at) = self._section, self._latest
        if timestamp - posted_at < max(section.parameters_min_interval_seconds, 1):
            return []
        target = estimated_covariance(estimates, self._model)
        late = timestamp - posted_at >= section.parameters_heartbeat_seconds
        if not late and not self._is_off(behind, target):
            return []
        shocks = estimated_scenarios(estimates, self._model, self._rng)
        after = described(np.cov(shocks.reshape(len(shocks), -1), rowvar=False))
        self._previous, self._latest = self._latest, (target, after, timestamp)
        inputs = {
            "volatility": estimates.volatility.tolist(),
            "vol_of_vol": estimates.vol_of_vol.tolist(),
            "correlation": estimates.correlation.tolist(),
            "method": self._model.method,
            "scenarios": len(shocks),
        }
        posting = posted(encode(shocks), timestamp, round(self._model.horizon_hours * 3600))
        calls = [
            ("commit", (posting.commitment,)),
            *[("post", (number, chunk)) for number, chunk in enumerate(posting.chunks)],
            (LAST_CALL, ()),
        ]
        return [
            RiskModelUpdate("ScenarioSets", function, arguments, timestamp, before, after, inputs)
            for function, arguments in calls
        ]

    def resolve(self, update: RiskModelUpdate, accepted: bool, timestamp: int) -> None:
        """As the protocol says."""
        if update.function == LAST_CALL and not accepted:
            self._latest = self._previous

    def _is_off(self, behind: np.ndarray, target: np.ndarray) -> bool:
        deviation = np.sqrt(np.diag(behind))
        away = np.abs(target - behind) / np.outer(deviation, deviation)
        return bool(away.max() >= self._section.parameters_deviation)


LAST_CALL = "activate"
"""What puts a set in force."""
