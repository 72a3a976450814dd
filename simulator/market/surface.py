"""The implied-volatility surface around the simulated price."""

import math

import numpy as np

from simulator.market.process import YEAR_SECONDS
from simulator.scenario.market import Surface

SHORTEST_TAU = 60 / YEAR_SECONDS
"""Times to expiry are taken as at least a minute, where a smile is still finite."""
ATM_TAU = 30 / 365
"""The maturity at which one number stands for the surface, as in volatility indices."""


class RealisedVolatility:
    """EWMA of squared log returns per year of one asset, with a half-life in time."""

    def __init__(self, initial: float, half_life_seconds: float):
        self._variance = initial**2
        self._half_life = half_life_seconds

    @property
    def value(self) -> float:
        """Annualised volatility."""
        return math.sqrt(self._variance)

    def update(self, log_return: float, seconds: float) -> None:
        """Take in a return over `seconds`."""
        keep = 0.5 ** (seconds / self._half_life)
        self._variance = keep * self._variance + (1 - keep) * log_return**2 * YEAR_SECONDS / seconds


class VolatilitySurface:
    """ATM term structure and smiles, free of static arbitrage.

    ATM variance reverts: total variance is theta(tau) = l^2 tau + (s^2 - l^2) d (1 - exp(-tau / d)), with s the
    short-dated ATM vol (realised vol times risk premium, within floor and cap), l `long_run` and d the decay time: the
    expected variance of a mean-reverting process such as Heston's. It rises with tau, and short expiries react most.

    The smile is SSVI with phi = eta / sqrt(theta (1 + theta)), eta `curvature` and rho `skew`; free of butterfly and
    calendar arbitrage while eta (1 + |rho|) <= 2 (Gatheral and Jacquier 2014, Quantitative Finance 14, sections 4 and
    4.1, the power law with gamma = 1/2). It is given in raw SVI, their eq. 3.3.
    """

    def __init__(self, section: Surface):
        self._section = section
        self._decay = section.term_decay_days / 365
        self._long_variance = section.long_run**2

    def short_volatility(self, realised: float) -> float:
        """ATM vol of the shortest expiries for a realised vol."""
        s = self._section
        return min(max(s.risk_premium * realised, s.atm_floor), s.atm_cap)

    def total_variance(self, short_volatility: float, tau: float) -> float:
        """ATM total variance at `tau` years."""
        excess = short_volatility**2 - self._long_variance
        return self._long_variance * tau - excess * self._decay * math.expm1(-tau / self._decay)

    def atm_volatility(self, short_volatility: float, tau: float = ATM_TAU) -> float:
        """ATM vol at `tau` years."""
        return math.sqrt(self.total_variance(short_volatility, tau) / tau)

    def smile(self, short_volatility: float, forward: float, tau: float) -> np.ndarray:
        """Raw SVI at `tau` years (at least `SHORTEST_TAU`): (7,) a, b, rho, m, sigma, forward, tau."""
        tau = max(tau, SHORTEST_TAU)
        theta = self.total_variance(short_volatility, tau)
        rho = self._section.skew
        phi = self._section.curvature / math.sqrt(theta * (1 + theta))
        root = math.sqrt(1 - rho**2)
        return np.array([theta * root**2 / 2, theta * phi / 2, rho, -rho / phi, root / phi, forward, tau])
