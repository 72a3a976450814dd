"""What a price process is: from correlated normals to a path at given times."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

YEAR_SECONDS = 365 * 86_400
"""Volatilities are annualised over 365 days: these markets never close."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Randomness handed to a process.

    normals : (n_times - 1,) or (n_times - 1, n_paths), standard normal step by step, correlated across assets
    own : generator of this asset alone
    common : generator with the same state for every asset, for what strikes all of them at once (jumps, the times of
        a bar's extremes)
    """

    normals: np.ndarray
    own: np.random.Generator
    common: np.random.Generator


class PriceProcess(Protocol):
    """A way for a price to move. The first n times of a path do not depend on how many follow."""

    def path(self, times: np.ndarray, draws: Draws) -> np.ndarray:
        """Prices at `times` ((n_times,), UTC seconds, evenly spaced), shaped like the normals with one row more."""


def year_fraction(times: np.ndarray) -> float:
    """The step between `times` in years; zero if there is only one."""
    return float(times[1] - times[0]) / YEAR_SECONDS if len(times) > 1 else 0.0


def from_log_returns(initial: float, returns: np.ndarray) -> np.ndarray:
    """Prices from `initial` along log `returns`, with one row more."""
    start = np.zeros((1, *returns.shape[1:]))
    return initial * np.exp(np.concatenate([start, np.cumsum(returns, axis=0)]))
