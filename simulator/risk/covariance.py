"""Covariance over a horizon, and its root."""

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_positive

_RELATIVE_TOLERANCE = 1e-9
"""Rounding that a symmetric or positive semi-definite matrix may show, relative to its largest entry."""


def covariance_over(volatility, correlation, years: float) -> np.ndarray:
    """(n, n), covariance of log returns over a horizon: volatility_i volatility_j correlation_ij years.

    Parameters
    ----------
    volatility : (n,)
        Annualised over 365 days, a fraction, not negative.
    correlation : (n, n)
        Symmetric, positive semi-definite, ones on the diagonal.
    years : float
        Above 0. Variance grows in proportion: returns are taken as independent in time.

    Raises
    ------
    DataError
    """
    volatility = require_finite(volatility, "volatility", 1)
    if (volatility < 0).any():
        raise DataError(f"volatility: {volatility.min()} is negative")
    correlation = require_covariance(correlation, len(volatility), "correlation")
    if not np.allclose(np.diag(correlation), 1.0, rtol=0.0, atol=_RELATIVE_TOLERANCE):
        raise DataError("correlation: the diagonal must be 1")
    return np.outer(volatility, volatility) * correlation * require_positive(years, "years")


def require_covariance(matrix, n: int, name: str = "covariance") -> np.ndarray:
    """The matrix as floats, (n, n).

    Raises
    ------
    DataError
        Another shape, values not finite, not symmetric, or not positive semi-definite.
    """
    matrix = require_finite(matrix, name, 2)
    if matrix.shape != (n, n):
        raise DataError(f"{name}: shape {matrix.shape}, {(n, n)} is needed")
    slack = _RELATIVE_TOLERANCE * np.abs(matrix).max()
    if np.abs(matrix - matrix.T).max() > slack:
        raise DataError(f"{name}: not symmetric")
    smallest = np.linalg.eigvalsh(matrix)[0]
    if smallest < -n * slack:
        raise DataError(f"{name}: not positive semi-definite, its smallest eigenvalue is {smallest:.3g}; shrink it")
    return matrix


def symmetric_root(covariance: np.ndarray) -> np.ndarray:
    """(n, n), the one symmetric positive semi-definite R with R R = covariance. Singular matrices have one too.

    Unlike a Cholesky or an eigenvector factor it does not depend on the order of assets or on an eigenvector's sign, so
    the same normals give the same moves on every machine.
    """
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
