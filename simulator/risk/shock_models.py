"""Joint distributions of log returns over a risk horizon, as maps from uniform numbers.

Each model turns rows of independent uniforms in (0, 1), `dimension` of them, into rows of log returns. So any way to
place points in the unit cube (pseudo-random, antithetic, low-discrepancy) serves any model. All have mean zero: over a
horizon of days the drift is far below its own error of estimation.
"""

import math
from typing import Protocol

import numpy as np
from scipy.special import chdtri, gammaln, ndtri, stdtr, stdtrit

from simulator.errors import DataError
from simulator.risk.covariance import require_covariance, symmetric_root
from simulator.risk.inputs import require_finite, require_positive
from simulator.risk.parametric import require_freedom


class ShockModel(Protocol):
    """A joint distribution of the log returns of several assets."""

    @property
    def dimension(self) -> int:
        """How many uniforms one scenario takes."""

    def returns(self, uniforms: np.ndarray) -> np.ndarray:
        """(n, n_assets), log returns, of uniforms (n, dimension) in (0, 1)."""


class GaussianShocks:
    """Log returns normal(0, covariance).

    Parameters
    ----------
    covariance : (n_assets, n_assets)
        Over the horizon; `covariance_over` builds it.

    Raises
    ------
    DataError
    """

    def __init__(self, covariance):
        self._root = symmetric_root(_square_covariance(covariance))

    @property
    def dimension(self) -> int:
        """One uniform per asset."""
        return len(self._root)

    def returns(self, uniforms: np.ndarray) -> np.ndarray:
        """(n, n_assets), log returns."""
        return ndtri(uniforms) @ self._root


class StudentTCopulaShocks:
    """Student-t margins of the given variances, joined by a Student-t copula: assets crash together.

    Parameters
    ----------
    covariance : (n_assets, n_assets)
        Over the horizon, with a positive diagonal. The copula takes its correlations; with `margin_freedom` equal to
        `freedom` the returns are multivariate t and the covariance is exact, otherwise it is so on the diagonal only.
    freedom : float
        Of the copula, above 2. The fewer, the stronger the dependence in the tails.
    margin_freedom : (n_assets,)
        Of each margin, above 2.

    Raises
    ------
    DataError

    Source: Demarta and McNeil (2005), The t copula and related copulas, International Statistical Review 73(1).
    """

    def __init__(self, covariance, freedom: float, margin_freedom):
        covariance = _square_covariance(covariance)
        self._deviation = np.sqrt(np.diag(covariance))
        if (self._deviation == 0).any():
            raise DataError("covariance: an asset without variance has no place in a copula")
        self._root = symmetric_root(covariance / np.outer(self._deviation, self._deviation))
        self._freedom = require_freedom(freedom)
        self._margin_freedom = require_finite(margin_freedom, "margin freedom", 1)
        if len(self._margin_freedom) != len(covariance):
            raise DataError(f"margin freedom: {len(self._margin_freedom)} of them for {len(covariance)} assets")
        for value in self._margin_freedom:
            require_freedom(value)

    @property
    def dimension(self) -> int:
        """One uniform per asset and one for the common mixing variable."""
        return len(self._root) + 1

    def returns(self, uniforms: np.ndarray) -> np.ndarray:
        """(n, n_assets), log returns."""
        mixing = chdtri(self._freedom, uniforms[:, -1:]) / self._freedom
        student = ndtri(uniforms[:, :-1]) @ self._root / np.sqrt(mixing)
        nu = self._margin_freedom
        other = nu != self._freedom
        if other.any():
            # By the tail on the near side: t's distribution function rounds to 1 far on the right.
            near = stdtrit(nu[other], stdtr(self._freedom, -np.abs(student[:, other])))
            student[:, other] = np.copysign(near, student[:, other])
        return self._deviation * np.sqrt((nu - 2) / nu) * student


class MertonShocks:
    """Gaussian returns plus a Poisson number of jumps that hit all assets at once, less the mean of the jumps.

    The covariance of returns is covariance + expected_jumps (jump_mean jump_mean' + jump_covariance).

    Parameters
    ----------
    covariance : (n_assets, n_assets)
        Of the diffusion over the horizon.
    expected_jumps : float
        Intensity times horizon; above 0, at most 50.
    jump_mean : (n_assets,)
        Of a jump in log price.
    jump_covariance : (n_assets, n_assets)
        Of a jump in log prices.

    Raises
    ------
    DataError

    Source: Merton (1976), Option pricing when underlying stock returns are discontinuous, J. Financial Economics 3.
    """

    MAX_EXPECTED_JUMPS = 50.0
    """Beyond some tens the sum of jumps is as good as Gaussian, and a Gaussian model says it better."""

    def __init__(self, covariance, expected_jumps: float, jump_mean, jump_covariance):
        self._root = symmetric_root(_square_covariance(covariance))
        n = len(self._root)
        self._jump_mean = require_finite(jump_mean, "jump mean", 1)
        if len(self._jump_mean) != n:
            raise DataError(f"jump mean: {len(self._jump_mean)} of them for {n} assets")
        self._jump_root = symmetric_root(require_covariance(jump_covariance, n, "jump covariance"))
        self._expected = require_positive(expected_jumps, "expected jumps")
        if self._expected > self.MAX_EXPECTED_JUMPS:
            raise DataError(f"expected jumps are {expected_jumps}: at most {self.MAX_EXPECTED_JUMPS:.0f}")
        self._count_distribution = _poisson_distribution(self._expected)

    @property
    def dimension(self) -> int:
        """One uniform per asset for diffusion, one for the number of jumps, one per asset for their sizes."""
        return 2 * len(self._root) + 1

    def returns(self, uniforms: np.ndarray) -> np.ndarray:
        """(n, n_assets), log returns."""
        n = len(self._root)
        count = np.searchsorted(self._count_distribution, uniforms[:, n : n + 1]).astype(float)
        # The sum of k normal jumps is normal(k mean, k covariance).
        jumps = (count - self._expected) * self._jump_mean
        jumps += np.sqrt(count) * (ndtri(uniforms[:, n + 1 :]) @ self._jump_root)
        return ndtri(uniforms[:, :n]) @ self._root + jumps


def _square_covariance(covariance) -> np.ndarray:
    covariance = require_finite(covariance, "covariance", 2)
    return require_covariance(covariance, len(covariance))


def _poisson_distribution(mean: float) -> np.ndarray:
    """P(N <= k) for k from 0 up to where it is 1 in double precision."""
    k = np.arange(int(mean + 12 * math.sqrt(mean) + 30))
    return np.cumsum(np.exp(k * math.log(mean) - mean - gammaln(k + 1)))
