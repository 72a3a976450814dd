"""Scenario sets by Monte Carlo, and how far their VaR and ES can be trusted."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_weights
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.shock_models import ShockModel
from simulator.risk.tail import sample_tail

BATCHES = 16
"""Independent parts of a simulation. Their spread gives a standard error that is itself known to some 18 %."""

_SMALLEST_UNIFORM = 2.0**-53
"""The spacing of the generator's uniforms, so that one less the smallest is still below 1."""
_SOBOL_SPACING = 2.0**-30
"""scipy's Sobol points are multiples of 2^-30, zero included."""


class Sampling(StrEnum):
    """How points are placed in the unit cube."""

    INDEPENDENT = "independent"
    ANTITHETIC = "antithetic"
    """Each point u with its mirror 1 - u: what is odd in the shocks cancels."""
    SOBOL = "sobol"
    """Scrambled Sobol points, scrambled afresh in each batch (Owen 1998): error falls faster than 1 / sqrt(n)."""


@dataclass(frozen=True, slots=True)
class TailEstimate:
    """VaR and ES of a simulation with their standard errors, all in the unit of the losses: floats, or arrays."""

    var: float | np.ndarray
    es: float | np.ndarray
    var_error: float | np.ndarray
    es_error: float | np.ndarray


def simulate(
    model: ShockModel, scenarios: int, rng: np.random.Generator, sampling: Sampling = Sampling.INDEPENDENT
) -> ScenarioSet:
    """Equally weighted scenarios, `BATCHES` independent parts of equal size one after the other.

    Parameters
    ----------
    model : ShockModel
    scenarios : int
        A positive multiple of 16; of 32 if antithetic; 16 times a power of 2 if Sobol.
    rng : numpy.random.Generator
        The only source of chance.
    sampling : Sampling

    Raises
    ------
    DataError
        A number of scenarios that the sampling cannot make.
    """
    size, rest = divmod(scenarios, BATCHES)
    if scenarios <= 0 or rest:
        raise DataError(f"{scenarios} scenarios: a positive multiple of {BATCHES} is needed")
    if sampling == Sampling.ANTITHETIC and size % 2:
        raise DataError(f"{scenarios} antithetic scenarios: a multiple of {2 * BATCHES} is needed, for whole pairs")
    if sampling == Sampling.SOBOL and size & (size - 1):
        raise DataError(
            f"{scenarios} Sobol scenarios: {BATCHES} times a power of 2 is needed, such as "
            f"{BATCHES << size.bit_length()}, for balanced points"
        )
    uniforms = [_points(sampling, size, model.dimension, rng) for _ in range(BATCHES)]
    return ScenarioSet(model.returns(np.concatenate(uniforms)), None)


def estimate_tail(losses, level: float, weights=None) -> TailEstimate:
    """VaR and ES of simulated losses, in the order of `simulate`, with the standard errors of batch means.

    The estimates are those of the whole sample; the error of each is the standard deviation of the batches' own
    estimates over sqrt(BATCHES). That holds for dependent points too, antithetic or Sobol, as batches are independent.

    Parameters
    ----------
    losses : (..., n_scenarios)
        Losses positive, of one portfolio or of many in the same scenarios.
    level : float
        In (0, 1).
    weights : (n_scenarios,), optional
        Of the scenarios, as `importance` gives them; equal if left out.

    Raises
    ------
    DataError
        Losses not finite, level outside (0, 1), unusable weights, or so few losses that a batch has no whole one in its
        tail.

    Source: Glasserman (2003), Monte Carlo Methods in Financial Engineering, sections 5.4 and A.1.
    """
    losses = np.atleast_1d(require_finite(losses, "losses"))
    count = losses.shape[-1]
    whole = sample_tail(losses, level, weights)
    if count % BATCHES:
        raise DataError(f"{count} losses: for an error a multiple of {BATCHES} is needed")
    parts = np.moveaxis(losses.reshape(*losses.shape[:-1], BATCHES, -1), -2, 0)
    probability = require_weights(weights, count).reshape(BATCHES, -1)
    probability = probability / probability.sum(axis=1, keepdims=True)
    worst = max(float(p[part.argmax(axis=-1)].max()) for part, p in zip(parts, probability, strict=True))
    if worst > 1 - level + 1e-9:
        raise DataError(
            f"{count} losses: the worst of a batch alone has a probability of {worst:.2g}, more than the tail at level "
            f"{level}; for an error at least {int(np.ceil(count * worst / (1 - level) - 1e-9))} are needed"
        )
    tails = [
        sample_tail(part, level, None if weights is None else p) for part, p in zip(parts, probability, strict=True)
    ]
    return TailEstimate(whole.var, whole.es, _error([t.var for t in tails]), _error([t.es for t in tails]))


def _points(sampling: Sampling, size: int, dimension: int, rng: np.random.Generator) -> np.ndarray:
    """(size, dimension), in the open interval (0, 1): a zero would be an infinite normal."""
    if sampling == Sampling.SOBOL:
        from scipy.stats import qmc  # half a second to import, and only rules that simulate need it

        return qmc.Sobol(dimension, scramble=True, seed=rng).random(size) + _SOBOL_SPACING / 2
    count = size // 2 if sampling == Sampling.ANTITHETIC else size
    points = np.clip(rng.random((count, dimension)), _SMALLEST_UNIFORM, None)
    return np.concatenate([points, 1 - points]) if sampling == Sampling.ANTITHETIC else points


def _error(batch_estimates: list) -> float | np.ndarray:
    return np.std(batch_estimates, axis=0, ddof=1) / np.sqrt(BATCHES)
