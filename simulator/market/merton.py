"""Merton's jump diffusion."""

import numpy as np

from simulator.market.process import Draws, from_log_returns, year_fraction
from simulator.scenario.market import MertonJump


class MertonJumpDiffusion:
    """dS / S = (drift - intensity k) dt + volatility dW + (J - 1) dN, ln J ~ normal(jump_mean, jump_volatility^2).

    k = exp(jump_mean + jump_volatility^2 / 2) - 1 compensates the jumps, so that E[S_t] = S_0 exp(drift t). Sampled
    exactly. Jumps are systemic: assets of one intensity jump at the same times, by the same standard normals.

    Source: Merton (1976), Option pricing when underlying stock returns are discontinuous, J. Financial Economics 3.
    """

    def __init__(self, section: MertonJump):
        self._section = section

    def path(self, times: np.ndarray, draws: Draws) -> np.ndarray:
        s, dt = self._section, year_fraction(times)
        clock, sizes = draws.common.spawn(2)
        counts = clock.poisson(s.intensity * dt, draws.normals.shape)
        # The sum of n normal log jumps is normal(n mean, n variance).
        jumps = counts * s.jump_mean + np.sqrt(counts) * s.jump_volatility * sizes.standard_normal(counts.shape)
        compensator = s.intensity * np.expm1(s.jump_mean + s.jump_volatility**2 / 2)
        drift = (s.drift - compensator - s.volatility**2 / 2) * dt
        return from_log_returns(s.initial, drift + s.volatility * np.sqrt(dt) * draws.normals + jumps)
