"""Thinning long series for the eye, so that a report of any length stays small and opens fast."""

from itertools import pairwise

import numpy as np

# A figure is at most about 1,100 pixels wide; more points than this hardly show, and each costs bytes.
POINTS = 800


def thin(values: np.ndarray, points: int = POINTS) -> np.ndarray:
    """Indices of `values` to keep: of each of points/4 equal stretches the first, least, greatest and last.

    Extremes survive, which plain decimation would lose: the bottom of a crash is what the figure is for.

    Parameters
    ----------
    values : (n,)
        NaN is never chosen as an extreme.

    Returns
    -------
    (k,) increasing indices, k <= points; all of them if n <= points.
    """
    if len(values) <= points:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), points // 4 + 1).astype(int)
    kept = []
    for start, stop in pairwise(edges):
        stretch = values[start:stop]
        kept += [start, stop - 1]
        if np.isfinite(stretch).any():
            kept += [start + int(np.nanargmin(stretch)), start + int(np.nanargmax(stretch))]
    return np.unique(kept)


def thin_evenly(length: int, points: int) -> np.ndarray:
    """At most `points` evenly spaced indices of `length`, first and last among them."""
    return np.unique(np.linspace(0, max(length - 1, 0), min(length, points)).astype(int))


def milliseconds(timestamps: np.ndarray) -> np.ndarray:
    """UTC seconds as Plotly's date axes read numbers: milliseconds of the epoch."""
    return np.asarray(timestamps, dtype=np.float64) * 1000.0
