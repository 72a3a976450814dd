"""Procyclicality of margin series, and haircuts: properties and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DataError
from simulator.risk.haircut import basket_haircut, exposure_after_collateral, scaled_haircut
from simulator.risk.historical import ewma_volatility
from simulator.risk.procyclicality import ewma_response, n_day, peak_to_trough, with_buffer_released

repeatable = settings(deadline=None, derandomize=True)
SERIES = st.lists(st.floats(0.01, 1e6), min_size=3, max_size=60)
FRACTION = st.floats(0, 1)


@repeatable
@given(SERIES)
def test_no_rise_over_days_exceeds_peak_to_trough(margin):
    for days in range(1, len(margin)):
        assert n_day(margin, days).ratio <= peak_to_trough(margin) * (1 + 1e-12)


@repeatable
@given(SERIES, st.floats(0.01, 100))
def test_ratios_do_not_depend_on_size_and_cash_does(margin, size):
    scaled = np.array(margin) * size
    assert peak_to_trough(scaled) == pytest.approx(peak_to_trough(margin))
    assert n_day(scaled, 2).ratio == pytest.approx(n_day(margin, 2).ratio)
    assert n_day(scaled, 2).cash == pytest.approx(size * n_day(margin, 2).cash, abs=1e-6 * size)


@repeatable
@given(SERIES)
def test_a_buffer_never_leaves_less_than_the_model_asks_and_calms_the_rise(margin):
    called = with_buffer_released(margin)
    assert (called >= margin).all()
    assert peak_to_trough(called) <= peak_to_trough(margin) * (1 + 1e-12)


def test_the_response_is_that_of_the_volatility_recursion():
    returns = np.full((31, 1), 0.02)
    returns[0] = 0.0
    volatility = ewma_volatility(returns, 0.94)[1:, 0]
    start = volatility[0]
    assert volatility / start == pytest.approx(ewma_response(0.94, np.arange(31), 0.02 / start), rel=1e-12)


def test_steady_margin_has_no_procyclicality():
    assert peak_to_trough([5.0, 5.0]) == 1
    assert n_day([5.0, 5.0], 1).cash == 0


@repeatable
@given(FRACTION, st.floats(1, 60), st.floats(1, 60))
def test_haircuts_of_daily_revaluation_scale_by_the_root_of_the_holding_period(haircut, horizon, holding):
    scaled = scaled_haircut(haircut, horizon, holding)
    assert scaled == pytest.approx(haircut * np.sqrt(holding / horizon))
    assert scaled_haircut(scaled, holding, horizon) == pytest.approx(haircut, abs=1e-12)


@repeatable
@given(st.floats(0, 1e6), st.floats(0, 1e6), FRACTION, FRACTION)
def test_more_haircut_never_lowers_the_exposure(exposure, collateral, low, more):
    assert exposure_after_collateral(exposure, collateral, low + more) >= exposure_after_collateral(
        exposure, collateral, low
    )


def test_a_basket_has_the_mean_haircut_of_its_assets():
    assert basket_haircut([0.25, 0.75], [0.0, 0.2]) == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: peak_to_trough([1.0, 0.0]), "margin: 0.0 has no ratio"),
        (lambda: peak_to_trough([]), "margin: empty"),
        (lambda: n_day([1.0, 2.0], 2), "give from 1 to 1"),
        (lambda: ewma_response(1.0, 1), "decay 1.0"),
        (lambda: ewma_response(0.9, -1), "before the step"),
        (lambda: with_buffer_released([1.0], -0.1), "buffer is -0.1"),
        (lambda: scaled_haircut(-0.1, 10, 5), "haircut is -0.1"),
        (lambda: scaled_haircut(0.1, 0, 5), "horizon is 0"),
        (lambda: scaled_haircut(0.1, 10, 5, 0.5), "revaluation every 0.5"),
        (lambda: basket_haircut([0.5, 0.4], [0.1, 0.1]), "summing to 1"),
        (lambda: exposure_after_collateral(float("nan"), 1.0, 0.1), "nan at 0"),
    ],
)
def test_unusable_values_get_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
