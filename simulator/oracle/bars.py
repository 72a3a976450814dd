"""Open, high, low and close of several series, built from one observation per block."""

from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError


@dataclass(frozen=True, slots=True)
class Bars:
    """One bar of each series. `seconds` is its length; open, high, low, close: (n_series,), positive."""

    seconds: float
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray


class BarBuilder:
    """Bars that end at multiples of `bar_seconds` after the first observation.

    The first observation at or after a bar's end closes it and opens the next, so that no move falls between bars. A
    bar is longer than `bar_seconds` where observations are further apart.
    """

    def __init__(self, bar_seconds: int):
        self._bar_seconds = bar_seconds
        self._start: int | None = None

    def add(self, timestamp: int, values: np.ndarray) -> Bars | None:
        """Take in `values` ((n_series,), positive) at `timestamp` (UTC seconds); returns the bars this completes.

        Raises
        ------
        DataError
            If a value is not positive and finite, or time does not advance.
        """
        if not (np.isfinite(values) & (values > 0)).all():
            raise DataError(f"oracle observed {values.tolist()} at {timestamp}; prices must be positive and finite")
        if self._start is None:
            self._start = self._opened = self._last = timestamp
            self._end = timestamp + self._bar_seconds
            self._begin(values)
            return None
        if timestamp <= self._last:
            raise DataError(f"oracle observed time {timestamp} after {self._last}; observations must move forward")
        self._last = timestamp
        np.maximum(self._high, values, out=self._high)
        np.minimum(self._low, values, out=self._low)
        if timestamp < self._end:
            return None
        bars = Bars(float(timestamp - self._opened), self._open, self._high, self._low, values.copy())
        self._opened = timestamp
        self._end += ((timestamp - self._end) // self._bar_seconds + 1) * self._bar_seconds
        self._begin(values)
        return bars

    def _begin(self, values: np.ndarray) -> None:
        self._open, self._high, self._low = values.copy(), values.copy(), values.copy()
