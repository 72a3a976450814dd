"""What the risk statistics accept: finite samples, levels inside (0, 1), weights that can be normalised."""

import numpy as np

from simulator.errors import DataError


def require_level(level: float) -> float:
    """The confidence level, 0.99 for 99 %.

    Raises
    ------
    DataError
        Outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise DataError(f"level {level} is outside (0, 1): give a fraction such as 0.99")
    return float(level)


def require_finite(values, name: str, dimensions: int | None = None) -> np.ndarray:
    """The values as a float array.

    Parameters
    ----------
    values : array_like
    name : str
        What they are, for the message.
    dimensions : int, optional
        How many axes they must have.

    Raises
    ------
    DataError
        Empty, of other dimensions, or with a NaN or infinite value; the message gives the first such position.
    """
    array = np.asarray(values, dtype=float)
    if dimensions is not None and array.ndim != dimensions:
        raise DataError(f"{name}: an array of {dimensions} dimension(s) is needed, not one of shape {array.shape}")
    if array.size == 0:
        raise DataError(f"{name}: empty, at least one value is needed")
    finite = np.isfinite(array)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        place = f" at {where[0] if len(where) == 1 else where}" if where else ""
        raise DataError(f"{name}: {array[where]}{place}; remove or fill what is not finite")
    return array


def require_positive(value: float, name: str) -> float:
    """A finite number above zero.

    Raises
    ------
    DataError
    """
    if not (np.isfinite(value) and value > 0):
        raise DataError(f"{name} is {value}: it must be finite and above 0")
    return float(value)


def require_weights(weights, n: int) -> np.ndarray:
    """Probabilities of n scenarios: `weights` divided by their sum, or 1 / n each if None.

    Raises
    ------
    DataError
        Not n of them, negative, not finite, or all zero.
    """
    if weights is None:
        return np.full(n, 1.0 / n)
    array = require_finite(weights, "weights", 1)
    if len(array) != n:
        raise DataError(f"weights: {len(array)} of them for {n} scenarios")
    if (array < 0).any():
        raise DataError(f"weights: {array.min()} is negative")
    total = array.sum()
    if total == 0:
        raise DataError("weights: all are zero, at least one scenario must count")
    return array / total
