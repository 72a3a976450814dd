"""VaR and ES in closed form: Gaussian, Student-t, Cornish-Fisher, and the moments of a delta-gamma portfolio."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, ndtri, stdtrit

from simulator.errors import DataError
from simulator.risk.covariance import require_covariance
from simulator.risk.inputs import require_finite, require_level
from simulator.risk.tail import Tail


def gaussian_tail(level: float, mean: float = 0.0, deviation: float = 1.0) -> Tail:
    """VaR and ES of a Gaussian loss: mean + deviation z, mean + deviation phi(z) / (1 - level), z = Phi^-1(level).

    Parameters
    ----------
    level : float
        In (0, 1).
    mean, deviation : float
        Of the loss, in its unit; deviation >= 0. For h periods of independent returns give h mean, sqrt(h) deviation.

    Raises
    ------
    DataError

    Source: McNeil, Frey and Embrechts (2015), Quantitative Risk Management, examples 2.11 and 2.14.
    """
    z = ndtri(require_level(level))
    _require_deviation(deviation)
    return Tail(var=float(mean + deviation * z), es=float(mean + deviation * _normal_density(z) / (1.0 - level)))


def student_t_tail(level: float, freedom: float, mean: float = 0.0, deviation: float = 1.0) -> Tail:
    """VaR and ES of a Student-t loss of the given standard deviation.

    With q the quantile and f the density of Student's t with nu degrees of freedom, and s = deviation
    sqrt((nu - 2) / nu): VaR = mean + s q, ES = mean + s f(q) / (1 - level) (nu + q^2) / (nu - 1).

    Parameters
    ----------
    level : float
        In (0, 1).
    freedom : float
        nu > 2, so that the variance exists.
    mean, deviation : float
        Of the loss, in its unit; deviation >= 0.

    Raises
    ------
    DataError

    Source: McNeil, Frey and Embrechts (2015), Quantitative Risk Management, examples 2.11 and 2.15.
    """
    require_level(level)
    require_freedom(freedom)
    _require_deviation(deviation)
    q = stdtrit(freedom, level)
    log_density = (
        gammaln((freedom + 1) / 2)
        - gammaln(freedom / 2)
        - 0.5 * math.log(freedom * math.pi)
        - (freedom + 1) / 2 * math.log1p(q * q / freedom)
    )
    scale = deviation * math.sqrt((freedom - 2) / freedom)
    shortfall = math.exp(log_density) / (1.0 - level) * (freedom + q * q) / (freedom - 1)
    return Tail(var=float(mean + scale * q), es=float(mean + scale * shortfall))


def cornish_fisher_quantile(z, skew: float, excess_kurtosis: float):
    """The standardised quantile where the Gaussian has z, corrected for skew S and excess kurtosis K.

    z + (z^2 - 1) S / 6 + (z^3 - 3 z) K / 24 - (2 z^3 - 5 z) S^2 / 36

    Source: Cornish and Fisher (1937), Moments and cumulants in the specification of distributions, to second order.
    """
    s, k = skew, excess_kurtosis
    return z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36


@dataclass(frozen=True, slots=True)
class Moments:
    """Of a profit and loss: mean and deviation in its unit, skew and excess kurtosis as numbers."""

    mean: float
    deviation: float
    skew: float
    excess_kurtosis: float


def cornish_fisher_tail(level: float, pnl: Moments) -> Tail:
    """VaR and ES of a profit and loss known by its first four moments.

    VaR = -(mean + deviation q(z)) with q the Cornish-Fisher quantile and z = Phi^-1(1 - level). ES is the mean of VaR
    over all levels beyond, in closed form, since q is a cubic in a Gaussian and its moments below z are known:
    E[x] = -phi/a, E[x^2] = 1 - z phi/a, E[x^3] = -(z^2 + 2) phi/a, with a = 1 - level and phi = phi(z).

    Raises
    ------
    DataError
        Level outside (0, 1); or skew and kurtosis under which the expansion turns back on itself in the tail, so that a
        higher level would give a lower VaR (a book long much gamma, for one).

    Source: as `cornish_fisher_quantile`; Maillard (2012), A user's guide to the Cornish Fisher expansion (domain).
    """
    tail = 1.0 - require_level(level)
    _require_deviation(pnl.deviation)
    z = ndtri(tail)
    s, k = pnl.skew, pnl.excess_kurtosis
    _require_monotone(z, s, k)
    density = _normal_density(z) / tail
    first, second, third = -density, 1.0 - z * density, -(z * z + 2) * density
    below = first + (second - 1) * s / 6 + (third - 3 * first) * k / 24 - (2 * third - 5 * first) * s**2 / 36
    return Tail(
        var=float(-(pnl.mean + pnl.deviation * cornish_fisher_quantile(z, s, k))),
        es=float(-(pnl.mean + pnl.deviation * below)),
    )


def delta_gamma_moments(delta, gamma, covariance) -> Moments:
    """Moments of P = delta' x + x' gamma x / 2 for Gaussian moves x of mean zero.

    With C the covariance and A = gamma C, the cumulants are k1 = tr(A) / 2 and, from k = 2,
    (k - 1)! / 2 tr(A^k) + k! / 2 delta' C (A')^(k-2) delta.

    Parameters
    ----------
    delta : (n_factors,)
        Change of value per unit of move.
    gamma : (n_factors, n_factors)
        Second derivatives, symmetric.
    covariance : (n_factors, n_factors)
        Of the moves over the horizon.

    Raises
    ------
    DataError
        Shapes that differ, values that are not finite, a covariance that is not positive semi-definite.

    Source: Mathai and Provost (1992), Quadratic forms in random variables, theorem 3.3.2; Britten-Jones and Schaefer
    (1999), Non-linear value-at-risk, European Finance Review 2.
    """
    delta = require_finite(delta, "delta", 1)
    gamma = require_finite(gamma, "gamma", 2)
    covariance = require_covariance(covariance, len(delta))
    if gamma.shape != covariance.shape:
        raise DataError(f"gamma: shape {gamma.shape} for {len(delta)} deltas")
    if not np.allclose(gamma, gamma.T, rtol=1e-9, atol=0.0):
        raise DataError("gamma: not symmetric; second derivatives do not depend on the order")
    a = gamma @ covariance
    a2 = a @ a
    moved = covariance @ delta
    variance = np.trace(a2) / 2 + delta @ moved
    third = np.trace(a2 @ a) + 3 * moved @ gamma @ moved
    fourth = 3 * np.trace(a2 @ a2) + 12 * moved @ gamma @ covariance @ gamma @ moved
    riskless = variance <= 0
    return Moments(
        mean=float(np.trace(a) / 2),
        deviation=0.0 if riskless else math.sqrt(variance),
        skew=0.0 if riskless else float(third / variance**1.5),
        excess_kurtosis=0.0 if riskless else float(fourth / variance**2),
    )


def require_freedom(freedom: float) -> float:
    """Degrees of freedom under which Student's t has a variance: finite and above 2.

    Raises
    ------
    DataError
    """
    if not (math.isfinite(freedom) and freedom > 2):
        raise DataError(f"{freedom} degrees of freedom: more than 2 are needed for a variance")
    return float(freedom)


def _normal_density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _require_deviation(deviation: float) -> None:
    if not (math.isfinite(deviation) and deviation >= 0):
        raise DataError(f"deviation is {deviation}: it must be finite and not negative")


_FARTHEST = -8.0
"""A Gaussian quantile beyond which lies less than 1e-15 of probability, too little for ES to notice."""


def _require_monotone(z: float, skew: float, excess_kurtosis: float) -> None:
    """The slope of the expansion, a parabola in the Gaussian quantile, is positive from z to where nothing is left."""
    square = excess_kurtosis / 8 - skew**2 / 6
    linear = skew / 3
    constant = 1 - excess_kurtosis / 8 + 5 * skew**2 / 36
    far = min(z, _FARTHEST)
    vertex = -linear / (2 * square) if square > 0 else z
    flattest = [far, z, min(max(vertex, far), z)]
    if any((square * x + linear) * x + constant <= 0 for x in flattest):
        raise DataError(
            f"Cornish-Fisher: skew {skew:.4g} and excess kurtosis {excess_kurtosis:.4g} are outside its domain "
            "(the quantile is not monotone in the tail); use scenarios"
        )
