"""Contagion through mutual claims: who can pay whom, and how far one distress reaches."""

from dataclasses import dataclass

import numpy as np


def clearing_vector(
    liabilities: np.ndarray, external_assets: np.ndarray, external_liabilities: np.ndarray | None = None
) -> np.ndarray:
    """What each node pays when all settle at once: the greatest solution of p = min(p_bar, e + P^T p).

    Found by fictitious default: assume that nobody defaults, solve for what the defaulters so far can pay, add those
    who default on that, repeat. Ends after at most n rounds, exactly.

    Parameters
    ----------
    liabilities : (n, n)
        Row i owes column j, all of equal rank; the diagonal is zero.
    external_assets : (n,)
        e, not negative.
    external_liabilities : (n,), optional
        Owed to nobody in the system, of the same rank; zero by default.

    Returns
    -------
    (n,)
        Payments p, where p_bar is the sum of all that a node owes and P = liabilities / p_bar. A node defaults where
        p < p_bar.

    References
    ----------
    Eisenberg and Noe (2001), Systemic risk in financial systems, section 3.1.
    """
    owed = liabilities.sum(axis=1) + (0.0 if external_liabilities is None else external_liabilities)
    shares = np.divide(liabilities, owed[:, None], out=np.zeros_like(liabilities, dtype=float), where=owed[:, None] > 0)
    paid = owed.astype(float)
    defaulted = np.zeros(len(owed), dtype=bool)
    while True:
        # Rounding must not make a node that can just pay default.
        short = external_assets + shares.T @ paid < owed * (1 - 1e-12)
        if not (short & ~defaulted).any():
            return paid
        defaulted |= short
        among = np.eye(defaulted.sum()) - shares[np.ix_(defaulted, defaulted)].T
        received = external_assets[defaulted] + shares[np.ix_(~defaulted, defaulted)].T @ owed[~defaulted]
        paid[defaulted] = np.linalg.solve(among, received)


@dataclass(frozen=True, slots=True)
class DebtRank:
    """stress : (n,) final share of each buffer that is lost. additional : weighted stress beyond the first shock."""

    stress: np.ndarray
    additional: float


def debt_rank(exposures: np.ndarray, buffers: np.ndarray, weights: np.ndarray, shock: np.ndarray) -> DebtRank:
    """How far distress spreads when each node passes on what first reaches it, once.

    h_i(t + 1) = min(1, h_i(t) + sum_j W_ij h_j(t)) over the nodes j that are newly distressed at t, with
    W_ij = min(1, exposure_ij / buffer_i). The result counts sum_i v_i (h_i - shock_i), v = weights / sum of weights.

    Parameters
    ----------
    exposures : (n, n)
        Row i loses it if column j fails.
    buffers : (n,)
        Equity that absorbs losses.
    weights : (n,)
        Importance of each node, such as its assets; any scale.
    shock : (n,)
        First loss as a share of each buffer, in [0, 1].

    References
    ----------
    Battiston, Puliga, Kaushik, Tasca and Caldarelli (2012), DebtRank: too central to fail?, methods.
    """
    impact = np.minimum(1.0, exposures / buffers[:, None])
    stress = shock.astype(float)
    spent = np.zeros(len(stress), dtype=bool)
    active = stress > 0
    while active.any():
        spent |= active
        stress = np.minimum(1.0, stress + impact[:, active] @ stress[active])
        active = (stress > 0) & ~spent
    return DebtRank(stress, float(weights @ (stress - shock) / weights.sum()))
