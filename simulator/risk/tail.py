"""Value at risk and expected shortfall of a sample of losses, plain or weighted. Losses are positive."""

from dataclasses import dataclass

import numpy as np

from simulator.risk.inputs import require_finite, require_level, require_weights

_ROUNDING = 1e-12
"""Cumulated weights this close to the tail's share count as equal to it: 1 - 0.99 is not 0.01 in binary."""


@dataclass(frozen=True, slots=True)
class Tail:
    """VaR and ES of one loss distribution, or of many: floats, or arrays of one shape. Unit of the losses."""

    var: float | np.ndarray
    es: float | np.ndarray


def sample_tail(losses, level: float, weights=None) -> Tail:
    """VaR and ES of each sample along the last axis.

    VaR is the smallest loss l with P(L <= l) >= level. ES is the mean of the worst 1 - level share of probability; the
    scenario on the boundary counts with the part of its weight that falls inside. Defined so, ES is coherent for any
    sample, atoms included, and is never below VaR.

    Parameters
    ----------
    losses : (..., n_scenarios)
        Any unit, losses positive.
    level : float
        In (0, 1), 0.99 for 99 %.
    weights : (n_scenarios,), optional
        Probabilities up to a factor; equal if left out.

    Returns
    -------
    Tail
        Fields of shape (...).

    Raises
    ------
    DataError
        Level outside (0, 1), losses empty or not finite, unusable weights.

    Source: Acerbi and Tasche (2002), On the coherence of expected shortfall, J. Banking & Finance 26, definition 2.6;
    Rockafellar and Uryasev (2002), Conditional value-at-risk for general loss distributions, ibid., section 5.
    """
    if weights is None:
        ranked, weight = _worst(losses, level)
        worse = weight * np.arange(ranked.shape[-1])
    else:
        losses, level, order, weight, worse = _ranked(losses, level, weights)
        ranked = np.take_along_axis(losses, order, axis=-1)
    share = _share_in_tail(level, weight, worse)
    boundary = np.broadcast_to(_boundary(level, worse), (*ranked.shape[:-1], 1))
    var = np.take_along_axis(ranked, boundary, axis=-1)[..., 0]
    es = (ranked * share).sum(axis=-1) / share.sum(axis=-1)
    # A mean of equal losses may round to less than each of them.
    return Tail(var=var[()], es=np.maximum(es, var)[()])


def tail_weights(losses, level: float, weights=None) -> np.ndarray:
    """(..., n_scenarios), the weight of each scenario in ES: they sum to 1, and ES = sum of weight * loss.

    Parameters and errors as for `sample_tail`. Scenarios that tie at the boundary fill the tail in their order.
    """
    losses, level, order, weight, worse = _ranked(losses, level, weights)
    share = _share_in_tail(level, weight, worse)
    result = np.empty_like(losses)
    np.put_along_axis(result, order, share / share.sum(axis=-1, keepdims=True), axis=-1)
    return result


def boundary_scenario(losses, level: float, weights=None) -> np.ndarray:
    """(...), the index of the scenario whose loss is the VaR. Parameters and errors as for `sample_tail`."""
    _, level, order, _, worse = _ranked(losses, level, weights)
    return np.take_along_axis(order, _boundary(level, worse), axis=-1)[..., 0]


def _worst(losses, level: float) -> tuple[np.ndarray, float]:
    """The losses that can reach the tail of equally likely ones, from the worst on, and the weight of each.

    A partial sort, as a tail is a small part: on many samples it takes a fraction of the time of a whole one.
    """
    level = require_level(level)
    losses = np.atleast_1d(require_finite(losses, "losses"))
    n = losses.shape[-1]
    reach = min(n, int(n * (1.0 - level + _ROUNDING)) + 1)
    top = np.partition(losses, n - reach, axis=-1)[..., n - reach :]
    return np.sort(top, axis=-1)[..., ::-1], 1.0 / n


def _ranked(losses, level: float, weights):
    """Order from the worst loss on, the weight of each in that order, and the weight of all that are worse."""
    level = require_level(level)
    losses = np.atleast_1d(require_finite(losses, "losses"))
    probabilities = require_weights(weights, losses.shape[-1])
    order = np.argsort(-losses, axis=-1, kind="stable")
    weight = probabilities[order]
    return losses, level, order, weight, np.cumsum(weight, axis=-1) - weight


def _share_in_tail(level: float, weight: np.ndarray | float, worse: np.ndarray) -> np.ndarray:
    return np.clip(1.0 - level - worse, 0.0, weight)


def _boundary(level: float, worse: np.ndarray) -> np.ndarray:
    return (worse <= 1.0 - level + _ROUNDING).sum(axis=-1, keepdims=True) - 1
