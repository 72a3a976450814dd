"""Cumulants of many delta-gamma profits at once, and their derivatives.

P = delta' x + x' G x / 2 for Gaussian moves x of covariance C, G diagonal. With A = G C and m = C delta the cumulants
are tr(A) / 2, tr(A^2) / 2 + delta' m, tr(A^3) + 3 m' G m and 3 tr(A^4) + 12 (G m)' C (G m), as in
contracts/libraries/QuadraticForm.sol.

Sums over many accounts run in one fixed order, so that an account's do not depend on the others or on the machine.

Source: Mathai and Provost (1992), Quadratic forms in random variables, theorem 3.3.2.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit


@dataclass(frozen=True, slots=True)
class Cumulants:
    """First to fourth, in powers of the unit of the profit. Each array: (n_accounts,)."""

    mean: np.ndarray
    variance: np.ndarray
    third: np.ndarray
    fourth: np.ndarray


def cumulants_of(delta: np.ndarray, gamma: np.ndarray, covariance: np.ndarray) -> Cumulants:
    """Cumulants of each account's profit.

    Parameters
    ----------
    delta, gamma : (n_accounts, n_factors)
        Change of value per unit of move, and the diagonal of G.
    covariance : (n_factors, n_factors)
    """
    delta, gamma, covariance = (np.ascontiguousarray(part, dtype=np.float64) for part in (delta, gamma, covariance))
    return Cumulants(*_cumulants(delta, gamma, covariance))


@njit(cache=True)
def _cumulants(delta, gamma, covariance):
    """(4, n_accounts), the members of `Cumulants` in order."""
    accounts, factors = delta.shape
    result = np.zeros((4, accounts))
    moved, curved = np.empty(factors), np.empty(factors)
    a, square = np.empty((factors, factors)), np.empty((factors, factors))
    for account in range(accounts):
        for i in range(factors):
            moved[i] = 0.0
            for j in range(factors):
                moved[i] += covariance[i, j] * delta[account, j]
                a[i, j] = gamma[account, i] * covariance[i, j]
            curved[i] = gamma[account, i] * moved[i]
        for i in range(factors):
            for j in range(factors):
                square[i, j] = 0.0
                for k in range(factors):
                    square[i, j] += a[i, k] * a[k, j]
        mean, variance, third, fourth = 0.0, 0.0, 0.0, 0.0
        for i in range(factors):
            mean += a[i, i] / 2
            variance += delta[account, i] * moved[i] + square[i, i] / 2
            third += 3 * curved[i] * moved[i]
            for j in range(factors):
                third += square[i, j] * a[j, i]
                fourth += 12 * curved[i] * covariance[i, j] * curved[j] + 3 * square[i, j] * square[j, i]
        result[0, account], result[1, account], result[2, account], result[3, account] = mean, variance, third, fourth
    return result


@dataclass(frozen=True, slots=True)
class Gradient:
    """Derivatives of the four cumulants of one profit, by row: (4, n_factors) each."""

    delta: np.ndarray
    gamma: np.ndarray


def gradient_of(delta: np.ndarray, gamma: np.ndarray, covariance: np.ndarray) -> Gradient:
    """Derivatives of one account's cumulants by its deltas and gammas, each (n_factors,).

    By delta: 0, 2 m, 6 C G m, 24 C G C G m. By the diagonal of G: diag of C / 2, C G C, 3 C G C G C, 12 C G C G C G C;
    plus, from the third on, 3 m^2 and 24 m (C G m).
    """
    moved = covariance @ delta
    once = covariance @ (gamma * moved)
    twice = covariance @ (gamma * once)
    second = covariance @ (gamma[:, None] * covariance)
    third = covariance @ (gamma[:, None] * second)
    fourth = covariance @ (gamma[:, None] * third)
    return Gradient(
        delta=np.stack([np.zeros_like(delta), 2 * moved, 6 * once, 24 * twice]),
        gamma=np.stack(
            [
                np.diag(covariance) / 2,
                np.diag(second),
                3 * np.diag(third) + 3 * moved**2,
                12 * np.diag(fourth) + 24 * moved * once,
            ]
        ),
    )
