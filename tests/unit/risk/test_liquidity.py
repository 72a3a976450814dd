"""The cost of closing what is large against its market."""

import numpy as np
import pytest

from simulator.errors import DataError
from simulator.risk.liquidity import (
    close_out_days,
    close_out_multiplier,
    depth_cost,
    impact_cost,
    liquidity_horizon_es,
)


def test_a_days_volume_at_a_fifth_of_the_market_takes_five_days():
    assert close_out_days([[100.0, -50.0]], [100.0, 500.0], 0.2) == pytest.approx(np.array([[5.0, 0.5]]))


def test_closing_evenly_has_a_third_of_the_variance_of_holding_on():
    assert close_out_multiplier(12.0, 1.0) == pytest.approx(2.0)
    # Small positions need no more than the margin period covers.
    assert close_out_multiplier([0.0, 2.9], 1.0).tolist() == [1.0, 1.0]
    days, trades = 10, 2000
    left = 1 - np.arange(1, trades + 1) / trades
    walk = np.sqrt((left**2).sum() / trades * days)
    assert close_out_multiplier(days, 1.0) == pytest.approx(walk, rel=1e-3)


def test_a_days_volume_costs_a_daily_deviation_by_the_square_root_law():
    assert impact_cost(100.0, 2000.0, 0.04, 100.0) == pytest.approx(100 * 2000 * 0.04)
    # Four times the position costs eight times as much.
    assert impact_cost(-400.0, 2000.0, 0.04, 100.0) == pytest.approx(8 * 100 * 2000 * 0.04)


def test_walking_a_whole_even_book_costs_half_its_band():
    assert depth_cost(50.0, 2000.0, 50.0, 0.01) == pytest.approx(50 * 2000 * 0.005)
    assert depth_cost(100.0, 2000.0, 50.0, 0.01) == pytest.approx(4 * depth_cost(-50.0, 2000.0, 50.0, 0.01))


def test_one_horizon_for_all_is_the_square_root_of_time():
    assert liquidity_horizon_es([3.0, 3.0], [10.0, 40.0]) == pytest.approx(6.0)
    assert liquidity_horizon_es([3.0, 0.0], [10.0, 40.0]) == pytest.approx(3.0)
    many = liquidity_horizon_es([[3.0, 1.0], [2.0, 1.0], [1.0, 1.0]], [10.0, 20.0, 40.0])
    assert many == pytest.approx([np.sqrt(9 + 4 + 2), 2.0])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: close_out_days(1.0, 0.0, 0.1), "daily volume: 0.0"),
        (lambda: close_out_days(1.0, 1.0, 0.0), "participation 0.0"),
        (lambda: close_out_multiplier(-1.0, 1.0), "-1.0 is negative"),
        (lambda: impact_cost(float("nan"), 1.0, 0.1, 1.0), "quantity: nan"),
        (lambda: impact_cost(1.0, 1.0, -0.1, 1.0), "volatility -0.1"),
        (lambda: depth_cost(1.0, 1.0, 0.0, 0.1), "depth: 0.0"),
        (lambda: liquidity_horizon_es([1.0, 1.0], [20.0, 10.0]), "must rise"),
        (lambda: liquidity_horizon_es([1.0], [10.0, 20.0]), "1 values for 2 horizons"),
    ],
)
def test_unusable_markets_get_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
