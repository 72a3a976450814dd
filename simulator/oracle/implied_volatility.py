"""The market's own forecast as an estimate: the at-the-money volatility it quotes, or an index from a file."""

from collections.abc import Mapping

import numpy as np

from simulator.market.volatility_index import VolatilityIndex
from simulator.oracle.bars import Bars


class ImpliedVolatility:
    """At-the-money implied volatility of about a month, as of the end of the last bar.

    Parameters
    ----------
    timestamp, initial : int, (n_series,)
        The start, UTC seconds, and what the market quotes then, annualised.
    indices : mapping of int to VolatilityIndex
        Series whose volatility is that of an index, whatever the simulated market quotes.
    """

    def __init__(self, timestamp: int, initial: np.ndarray, indices: Mapping[int, VolatilityIndex]):
        self._indices = dict(indices)
        self.observe(timestamp, initial)
        self._volatility = self._seen

    def observe(self, timestamp: int, quoted: np.ndarray) -> None:
        """Take in what is quoted ((n_series,), annualised) at `timestamp` (UTC seconds)."""
        self._seen = quoted.copy()
        for series, index in self._indices.items():
            self._seen[series] = index.at(timestamp)

    def update(self, bars: Bars) -> None:
        """A bar ended: what was seen last counts from now on."""
        self._volatility = self._seen

    @property
    def volatility(self) -> np.ndarray:
        """(n_series,), annualised."""
        return self._volatility
