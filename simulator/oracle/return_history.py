"""The returns that the oracle has seen, with the volatility it expected of each."""

import numpy as np

from simulator.market.process import YEAR_SECONDS
from simulator.oracle.bars import Bars


class ReturnHistory:
    """Log returns of bars, oldest first, brought to the length of one bar by the square root of time.

    Parameters
    ----------
    bar_seconds : float
    n_series : int
    """

    def __init__(self, bar_seconds: float, n_series: int):
        self.bar_seconds = bar_seconds
        self._n_series = n_series
        self._returns: list[np.ndarray] = []
        self._expected: list[np.ndarray] = []

    def add(self, bars: Bars, volatility: np.ndarray) -> None:
        """Take in the next bar of every series and the volatility ((n_series,), annualised) expected before it."""
        self._returns.append(np.log(bars.close / bars.open) * np.sqrt(self.bar_seconds / bars.seconds))
        self._expected.append(volatility)

    def __len__(self) -> int:
        return len(self._returns)

    def returns(self, window: int) -> np.ndarray:
        """The last `window` returns of a bar: (at most window, n_series)."""
        return np.array(self._returns[-window:]).reshape(-1, self._n_series)

    def standardised(self, window: int) -> np.ndarray:
        """The same, each over the standard deviation expected of it: of variance 1 if the expectation was right."""
        expected = np.array(self._expected[-window:]).reshape(-1, self._n_series)
        # A price that never moved is expected not to; what it then does is not infinitely surprising.
        return self.returns(window) / np.maximum(expected * self._root_bar, 1e-12)

    def volatility(self) -> np.ndarray:
        """(n_series,), annualised root mean square of all returns; zero before the first."""
        squares = self.returns(len(self) or 1) ** 2
        return np.sqrt(squares.sum(axis=0) / max(len(squares), 1)) / self._root_bar

    def worst_volatility(self, hours: float) -> np.ndarray:
        """(n_series,), the same of the window of that length where it is largest; of all returns if they are fewer."""
        n = max(1, round(hours * 3600 / self.bar_seconds))
        if len(self) <= n:
            return self.volatility()
        total = np.vstack([np.zeros(self._n_series), np.cumsum(self.returns(len(self)) ** 2, axis=0)])
        return np.sqrt((total[n:] - total[:-n]).max(axis=0) / n) / self._root_bar

    @property
    def _root_bar(self) -> float:
        """Annualised volatility times this is the standard deviation of a bar."""
        return float(np.sqrt(self.bar_seconds / YEAR_SECONDS))
