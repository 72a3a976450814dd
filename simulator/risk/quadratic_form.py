"""Cumulants of many delta-gamma profits at once, and their derivatives.

P = delta' x + x' G x / 2 for Gaussian moves x of covariance C, G diagonal. With A = G C and m = C delta the cumulants
are tr(A) / 2, tr(A^2) / 2 + delta' m, tr(A^3) + 3 m' G m and 3 tr(A^4) + 12 (G m)' C (G m), as in
contracts/libraries/QuadraticForm.sol.

Source: Mathai and Provost (1992), Quadratic forms in random variables, theorem 3.3.2.
"""

from dataclasses import dataclass

import numpy as np


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
    moved = delta @ covariance
    curved = gamma * moved
    a = gamma[:, :, None] * covariance
    square = a @ a
    across = np.swapaxes(square, 1, 2)
    return Cumulants(
        mean=gamma @ np.diag(covariance) / 2,
        variance=_dot(delta, moved) + np.trace(square, axis1=1, axis2=2) / 2,
        third=3 * _dot(curved, moved) + (across * a).sum(axis=(1, 2)),
        fourth=12 * _dot(curved, curved @ covariance) + 3 * (across * square).sum(axis=(1, 2)),
    )


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


def _dot(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", x, y)
