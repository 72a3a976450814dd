"""Moments of the processes against their closed forms, within four standard errors."""

import numpy as np
import pytest

from simulator.market.gbm import GeometricBrownianMotion
from simulator.market.heston import HestonVariance
from simulator.market.merton import MertonJumpDiffusion
from simulator.market.process import YEAR_SECONDS, Draws
from simulator.scenario.market import GBM, Heston, MertonJump

PATHS = 40_000


def final_log_returns(process, years, steps, seed=7, paths=PATHS):
    rng, own, common = (np.random.default_rng(np.random.SeedSequence([seed, k])) for k in range(3))
    step = years * YEAR_SECONDS / steps
    path = process.path(np.arange(steps + 1) * step, Draws(rng.standard_normal((steps, paths)), own, common))
    return np.log(path[-1] / path[0])


def assert_moments(sample, mean, variance):
    n = len(sample)
    assert abs(sample.mean() - mean) < 4 * sample.std() / np.sqrt(n)
    squares = (sample - sample.mean()) ** 2
    assert abs(squares.mean() - variance) < 4 * squares.std() / np.sqrt(n)


def test_gbm_log_return_is_normal_with_the_ito_correction():
    process = GeometricBrownianMotion(GBM(process="gbm", initial=100, drift=0.1, volatility=0.8))
    sample = final_log_returns(process, years=0.5, steps=5)
    assert_moments(sample, (0.1 - 0.8**2 / 2) * 0.5, 0.8**2 * 0.5)
    kurtosis = np.mean((sample - sample.mean()) ** 4) / sample.var() ** 2
    assert abs(kurtosis - 3) < 4 * np.sqrt(24 / PATHS)


MERTON = MertonJump(
    process="merton", initial=100, drift=0.05, volatility=0.4, intensity=6, jump_mean=-0.05, jump_volatility=0.1
)


def test_merton_mean_variance_and_skewness_are_those_of_a_compound_poisson():
    t = 0.5
    k = np.exp(-0.05 + 0.1**2 / 2) - 1
    mean = (0.05 - 6 * k - 0.4**2 / 2) * t + 6 * t * -0.05
    variance = 0.4**2 * t + 6 * t * (0.05**2 + 0.1**2)
    sample = final_log_returns(MertonJumpDiffusion(MERTON), years=t, steps=20)
    assert_moments(sample, mean, variance)
    third = 6 * t * (-(0.05**3) - 3 * 0.05 * 0.1**2)
    cubes = (sample - sample.mean()) ** 3
    assert abs(cubes.mean() - third) < 4 * cubes.std() / np.sqrt(PATHS)


def test_merton_price_is_a_martingale_after_its_drift():
    growth = np.exp(final_log_returns(MertonJumpDiffusion(MERTON), years=0.5, steps=20))
    assert abs(growth.mean() - np.exp(0.05 * 0.5)) < 4 * growth.std() / np.sqrt(PATHS)


HESTON = Heston(
    process="heston",
    initial=100,
    drift=0.1,
    volatility=0.9,
    long_volatility=0.6,
    reversion=3.0,
    vol_of_vol=0.8,
    correlation=-0.7,
)


def heston_mean_and_variance(t):
    """Of ln(S_t / S_0): mean from E[v], variance by numerical integration of the moment equations."""
    v0, theta, kappa, xi, rho = 0.9**2, 0.6**2, 3.0, 0.8, -0.7
    steps = 20_000
    dt = t / steps
    v, var_v, cov, var_x, integral = v0, 0.0, 0.0, 0.0, 0.0
    for _ in range(steps):
        integral += v * dt
        d_cov = -kappa * cov - var_v / 2 + rho * xi * v
        d_var_x = v - cov
        d_var_v = -2 * kappa * var_v + xi**2 * v
        v += kappa * (theta - v) * dt
        cov, var_x, var_v = cov + d_cov * dt, var_x + d_var_x * dt, var_v + d_var_v * dt
    return 0.1 * t - integral / 2, var_x


def test_heston_log_return_has_the_mean_and_variance_of_its_moment_equations():
    mean, variance = heston_mean_and_variance(0.25)
    sample = final_log_returns(HestonVariance(HESTON), years=0.25, steps=500, paths=20_000)
    assert_moments(sample, mean, variance)


def test_heston_price_is_a_martingale_after_its_drift():
    growth = np.exp(final_log_returns(HestonVariance(HESTON), years=0.25, steps=500, paths=20_000))
    assert abs(growth.mean() - np.exp(0.1 * 0.25)) < 4 * growth.std() / np.sqrt(20_000)


def test_heston_without_vol_of_vol_at_its_long_run_is_gbm():
    flat = HESTON.model_copy(update={"vol_of_vol": 1e-12, "volatility": 0.6})
    times = np.arange(101) * 12.0
    normals = np.random.default_rng(1).standard_normal(100)
    draws = Draws(normals, np.random.default_rng(2), np.random.default_rng(3))
    gbm = GeometricBrownianMotion(GBM(process="gbm", initial=100, drift=0.1, volatility=0.6))
    assert HestonVariance(flat).path(times, draws) == pytest.approx(gbm.path(times, draws), rel=1e-9)
