"""Geometric Brownian motion."""

import numpy as np

from simulator.market.process import Draws, from_log_returns, year_fraction
from simulator.scenario.market import GBM


class GeometricBrownianMotion:
    """dS / S = drift dt + volatility dW, sampled exactly.

    Log steps are normal with mean (drift - volatility^2 / 2) dt and variance volatility^2 dt.
    """

    def __init__(self, section: GBM):
        self._section = section

    def path(self, times: np.ndarray, draws: Draws) -> np.ndarray:
        dt = year_fraction(times)
        drift, volatility = self._section.drift, self._section.volatility
        returns = (drift - volatility**2 / 2) * dt + volatility * np.sqrt(dt) * draws.normals
        return from_log_returns(self._section.initial, returns)
