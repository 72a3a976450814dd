"""Backtest of ES: Acerbi and Szekely's second statistic, with critical values by simulation.

Source: Acerbi and Szekely (2014), Back-testing expected shortfall, Risk 27(11), test 2.
"""

import numpy as np
from scipy.special import ndtri, stdtrit

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_level
from simulator.risk.parametric import gaussian_tail, require_freedom, student_t_tail


def acerbi_szekely(losses, var, es, level: float) -> float:
    """Z2 = 1 - sum over exceptions of loss / ES, over T (1 - level). Zero in the mean if the model is right.

    Negative where exceptions are more or worse than forecast; -1 if twice as many of the expected size.

    Parameters
    ----------
    losses, var, es : (n_times,)
        In one unit, losses positive; forecasts made before each loss. An exception is a loss above its VaR.
    level : float
        Of the forecasts, in (0, 1).

    Raises
    ------
    DataError
        Lengths that differ, values not finite, an ES that is not above 0 or below its VaR.
    """
    level = require_level(level)
    losses, var, es = (require_finite(v, n, 1) for v, n in ((losses, "losses"), (var, "VaR"), (es, "ES")))
    if not losses.shape == var.shape == es.shape:
        raise DataError(f"{len(var)} forecasts of VaR and {len(es)} of ES for {len(losses)} losses")
    if (es <= 0).any() or (es < var).any():
        raise DataError("ES: every forecast must be above 0 and not below its VaR")
    hit = losses > var
    return float(1.0 - (losses[hit] / es[hit]).sum() / (len(losses) * (1.0 - level)))


def null_distribution(
    observations: int, level: float, rng: np.random.Generator, simulations: int = 10_000, freedom: float | None = None
) -> np.ndarray:
    """(simulations,), Z2 of a right model, ascending: the p-value of z is the share of them at or below z.

    Losses are independent, Gaussian or Student-t, and VaR and ES their true ones. Z2 does not depend on scale, so one
    distribution serves forecasts whose volatility moves. Only the tail's losses are drawn, a binomial number each time.

    Parameters
    ----------
    observations : int
        T, at least 1.
    level : float
        In (0, 1).
    rng : numpy.random.Generator
    simulations : int
        At least 1.
    freedom : float, optional
        Of Student's t, above 2; Gaussian if left out.

    Raises
    ------
    DataError
    """
    level = require_level(level)
    if observations < 1 or simulations < 1:
        raise DataError(f"{observations} observations and {simulations} simulations: at least 1 of each is needed")
    if freedom is None:
        shortfall, scale = gaussian_tail(level).es, 1.0
    else:
        scale = np.sqrt((require_freedom(freedom) - 2) / freedom)
        shortfall = student_t_tail(level, freedom).es
    counts = rng.binomial(observations, 1.0 - level, simulations)
    beyond = (1.0 - level) * (1.0 - rng.random(counts.sum()))
    losses = -ndtri(beyond) if freedom is None else -scale * stdtrit(freedom, beyond)
    owner = np.repeat(np.arange(simulations), counts)
    sums = np.bincount(owner, weights=losses, minlength=simulations)
    return np.sort(1.0 - sums / (observations * (1.0 - level) * shortfall))


def p_value(statistic: float, null: np.ndarray) -> float:
    """Probability of a statistic at or below this one under the null; never 0, as the sample itself counts once."""
    return float((np.searchsorted(null, statistic, side="right") + 1) / (len(null) + 1))


def critical_value(null: np.ndarray, size: float) -> float:
    """The statistic below which a test of this size rejects: the `size` quantile of the null distribution."""
    return float(np.quantile(null, require_level(size)))
