"""GARCH fits against the `arch` library on the S&P 500 it ships, and on series made with known parameters."""

import math

import arch.data.sp500
import numpy as np
import pytest
from arch import arch_model

from simulator.oracle.bars import Bars
from simulator.oracle.garch_fit import GarchFit, fit_garch
from simulator.oracle.garch_volatility import WINDOW, GarchVolatility, GjrGarchVolatility

DAY, YEAR = 86_400, 365 * 86_400


@pytest.fixture(scope="module")
def index():
    """Daily log returns of the S&P 500, 1999 to 2018: 5,030 of them."""
    return np.diff(np.log(arch.data.sp500.load()["Adj Close"].to_numpy()))


@pytest.mark.parametrize("asymmetric", [False, True])
def test_a_fit_is_the_one_of_arch_in_its_own_units(index, asymmetric):
    """arch in per cent, as its documentation does; parameters agree to what its optimiser leaves open."""
    theirs = arch_model(100 * index, mean="Zero", vol="GARCH", p=1, o=int(asymmetric), q=1, dist="t").fit(disp="off")
    ours = fit_garch(index, asymmetric)
    assert ours.omega == pytest.approx(theirs.params["omega"] / 1e4, rel=5e-3)
    assert ours.alpha == pytest.approx(theirs.params["alpha[1]"], abs=5e-4)
    assert ours.beta == pytest.approx(theirs.params["beta[1]"], abs=5e-4)
    assert ours.nu == pytest.approx(theirs.params["nu"], rel=2e-3)
    assert ours.gamma == pytest.approx(theirs.params.get("gamma[1]", 0.0), abs=1e-3)
    assert ours.log_likelihood == pytest.approx(theirs.loglikelihood + len(index) * math.log(100), rel=1e-5)


@pytest.mark.parametrize("asymmetric", [False, True])
def test_the_variance_of_tomorrow_is_the_forecast_of_arch(index, asymmetric):
    theirs = arch_model(100 * index, mean="Zero", vol="GARCH", p=1, o=int(asymmetric), q=1, dist="t").fit(disp="off")
    forecast = theirs.forecast(horizon=1).variance.iloc[-1, 0] / 1e4
    assert fit_garch(index, asymmetric).filtered(index) == pytest.approx(forecast, rel=5e-3)


def test_equities_fall_with_more_noise_than_they_rise(index):
    """The leverage effect that Glosten, Jagannathan and Runkle found in equities: gamma above alpha, a better fit."""
    plain, asymmetric = fit_garch(index, False), fit_garch(index, True)
    assert asymmetric.gamma > asymmetric.alpha
    assert asymmetric.log_likelihood > plain.log_likelihood + 50


def simulated(model: GarchFit, n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    errors = rng.standard_t(model.nu, n) * math.sqrt((model.nu - 2) / model.nu)
    returns, variance = np.empty(n), model.long_run_variance
    for step, error in enumerate(errors):
        returns[step] = math.sqrt(variance) * error
        variance = model.next_variance(variance, returns[step])
    return returns


def test_the_parameters_of_a_simulated_series_are_found():
    truth = GarchFit(1e-6, 0.05, 0.08, 0.89, 7.0, 0.0, 0)
    fit = fit_garch(simulated(truth, 40_000, seed=3), asymmetric=True)
    # Four standard errors at this length, from repetitions with other seeds.
    assert (fit.alpha, fit.gamma, fit.beta) == pytest.approx((0.05, 0.08, 0.89), abs=0.02)
    assert fit.persistence == pytest.approx(truth.persistence, abs=0.01)
    assert fit.nu == pytest.approx(7.0, rel=0.12)
    assert math.sqrt(fit.long_run_variance / truth.long_run_variance) == pytest.approx(1.0, abs=0.05)


def bars(returns):
    """One day for each row of returns, (n, n_series)."""
    for row in np.atleast_2d(returns):
        close = np.exp(row)
        yield Bars(DAY, np.ones(len(row)), np.maximum(close, 1), np.minimum(close, 1), close)


@pytest.mark.parametrize("kind", [GarchVolatility, GjrGarchVolatility])
def test_between_calibrations_each_bar_costs_one_step_and_gives_what_filtering_all_of_them_would(index, kind):
    estimator = kind(0.94, DAY, np.array([0.2]))
    for day in bars(index[:WINDOW, None]):
        estimator.update(day)
    estimator.calibrate()
    for day in bars(index[WINDOW : WINDOW + 300, None]):
        estimator.update(day)
    fit = fit_garch(index[:WINDOW], kind.asymmetric)
    expected = math.sqrt(fit.filtered(index[: WINDOW + 300]) * YEAR / DAY)
    assert estimator.volatility[0] == pytest.approx(expected, rel=1e-12)
    assert estimator.calibration(0)["persistence"] == fit.persistence


def test_a_short_history_falls_back_to_ewma_and_says_so(index):
    estimator, ewma = GarchVolatility(0.94, DAY, np.array([0.2])), []
    variance = 0.2**2
    for day, move in zip(bars(index[:249, None]), index, strict=False):
        estimator.update(day)
        variance = 0.94 * variance + 0.06 * move**2 * YEAR / DAY
        ewma.append(variance)
    estimator.calibrate()
    assert estimator.calibration(0) == {"fallback": "ewma", "because": "249 of 250 returns"}
    assert estimator.volatility[0] == pytest.approx(math.sqrt(ewma[-1]), rel=1e-12)


def test_each_series_has_a_fit_of_its_own_or_none():
    truth = GarchFit(1e-6, 0.08, 0.0, 0.9, 8.0, 0.0, 0)
    returns = np.column_stack([simulated(truth, 1000, seed=1), np.zeros(1000)])
    estimator = GarchVolatility(0.94, DAY, np.array([0.2, 0.2]))
    for day in bars(returns):
        estimator.update(day)
    estimator.calibrate()
    assert estimator.calibration(0)["observations"] == 1000
    assert estimator.calibration(1) == {"fallback": "ewma", "because": "the price did not move"}


def test_a_variance_that_only_grows_is_refused_as_not_stationary():
    returns = 0.001 * 2.0 ** (np.arange(1500) / 100) * np.random.default_rng(0).standard_normal(1500)
    assert "not stationary: persistence" in fit_garch(returns, asymmetric=False)
