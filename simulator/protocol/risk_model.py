"""The risk model in force on chain, from its contract's events: a covariance or a scenario set."""

import numpy as np

from simulator.chain.events import Event
from simulator.risk.scenario_codec import decode

WAD = 1e18


class RiskModelIndex:
    """What a margin rule with a model of its own reads besides prices and risk parameters."""

    def __init__(self):
        self._default: np.ndarray | None = None
        self._last: np.ndarray | None = None
        self._published_at = 0
        self._max_age = 0
        self._postings: dict[str, list[bytes]] = {}
        self._shocks: np.ndarray | None = None

    def apply(self, event: Event) -> bool:
        """Apply one event of CovarianceOracle or ScenarioSets; whether it changed anything."""
        handler = _HANDLERS.get(event.name)
        if handler is not None:
            handler(self, event.args)
        return handler is not None

    def _defaults_set(self, e) -> None:
        self._default = self._last = _matrix(e.defaults[1])
        self._published_at, self._max_age = 0, e.maxAge

    def _published(self, e) -> None:
        self._last, self._published_at = _matrix(e.lower), e.timestamp

    def _guards_set(self, e) -> None:
        self._max_age = e.guards[0]

    def _committed(self, e) -> None:
        self._postings[e.publisher] = []

    def _chunk_posted(self, e) -> None:
        self._postings[e.publisher].append(bytes(e.chunk))

    def _activated(self, e) -> None:
        self._shocks = decode(b"".join(self._postings.pop(e.publisher)))[1]
        self._published_at = e.commitment[1]

    @property
    def shocks(self) -> np.ndarray | None:
        """(n_scenarios, n_assets, 2), the set in force; None if there is none."""
        return self._shocks

    def shocks_fresh(self, now: int) -> bool:
        """Whether the set in force, if there is one, is no older than its maximum age."""
        return self._shocks is None or now <= self._published_at + self._max_age

    def covariance(self, now: int) -> np.ndarray | None:
        """(2 n_assets, 2 n_assets) in force; once stale, the sum of the last and the default. None if there is none."""
        if self._last is not None and self._published_at and now > self._published_at + self._max_age:
            return self._last + self._default
        return self._last


_HANDLERS = {
    "CovarianceDefaultsSet": RiskModelIndex._defaults_set,
    "CovariancePublished": RiskModelIndex._published,
    "GuardsSet": RiskModelIndex._guards_set,
    "SetCommitted": RiskModelIndex._committed,
    "ChunkPosted": RiskModelIndex._chunk_posted,
    "SetActivated": RiskModelIndex._activated,
}


def _matrix(lower) -> np.ndarray:
    """The symmetric matrix with this lower triangle, in wads."""
    size = int((2 * len(lower)) ** 0.5)
    matrix = np.zeros((size, size))
    matrix[np.tril_indices(size)] = np.array(lower, dtype=float) / WAD
    return matrix + np.tril(matrix, -1).T
