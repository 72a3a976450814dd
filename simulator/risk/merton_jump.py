"""European options when the price also jumps: Merton's series of Black-76 values.

Jumps arrive at a rate and multiply the price by a lognormal factor; the forward is compensated for their mean. Given n
of them the price is lognormal, so the value is Black-76 averaged over a Poisson number of jumps.
"""

import numpy as np
from scipy.stats import poisson

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_positive
from simulator.risk.pricing import black76

_NEGLECTED = 1e-16
"""Probability of more jumps than the series counts."""


def merton_option(
    is_call,
    forward,
    strike,
    volatility,
    years: float,
    intensity: float,
    jump_mean: float,
    jump_deviation: float,
    discount=1.0,
):
    """Present value under Merton's jump diffusion; arguments broadcast, those of time and of jumps are numbers.

    Parameters
    ----------
    is_call, forward, strike, volatility, discount : as `black76`; volatility is that of the diffusion.
    years : float, above 0.
    intensity : float, expected jumps per year, not negative.
    jump_mean, jump_deviation : float, of the logarithm of a jump's factor.

    Raises
    ------
    DataError

    Source: R. Merton (1976), Option pricing when underlying stock returns are discontinuous, J. Financial Economics 3,
    equation 19.
    """
    years = require_positive(years, "years")
    require_finite([intensity, jump_mean, jump_deviation], "jump parameters")
    if intensity < 0 or jump_deviation < 0:
        raise DataError(f"jumps: intensity {intensity} and deviation {jump_deviation} must not be negative")
    expected = intensity * years
    growth = np.exp(jump_mean + jump_deviation**2 / 2)
    last = int(poisson.isf(_NEGLECTED, expected * max(1.0, growth))) + 1
    value = 0.0
    for n, probability in enumerate(poisson.pmf(np.arange(last + 1), expected)):
        deviation = np.sqrt(np.asarray(volatility, dtype=float) ** 2 + n * jump_deviation**2 / years)
        moved = forward * np.exp(n * np.log(growth) - expected * (growth - 1))
        value = value + probability * black76(is_call, moved, strike, deviation, years, discount)
    return value
