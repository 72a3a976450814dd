"""Bars refined to block time keep what the bars say."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.errors import ScenarioError
from simulator.market.bridge import HistoricalBridge
from simulator.market.process import Draws
from simulator.scenario.candles import read_csv
from simulator.scenario.load import load
from simulator.scenario.market import HistoricalPath

START = datetime(2020, 3, 12, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def path_over(bars, bar_seconds, step=12, seed=1, extremes=(), sigma=1.0):
    """The bridge at every block of the bars, and the block times."""
    section = HistoricalPath(process="historical", bars=bars, bar_seconds=bar_seconds, extremes=list(extremes))
    first = int(bars[0][0].timestamp())
    times = np.arange(first, int(bars[-1][0].timestamp()) + bar_seconds, step)
    rng = np.random.default_rng(seed)
    draws = Draws(sigma * rng.standard_normal(len(times) - 1), rng, np.random.default_rng(seed + 1))
    return times, HistoricalBridge(section).path(times, draws)


def bar(prices, hours=0.0):
    return (START + timedelta(hours=hours), prices[0], max(prices), min(prices), prices[1])


prices = st.floats(1.0, 1e5)
ranges = st.lists(prices, min_size=4, max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.lists(ranges, min_size=1, max_size=5), st.integers(4, 40), st.integers(0, 1000))
@example([[1.0, 1.0, 1.0, 1.0000000000222042]], 4, 0)
def test_every_bar_attains_its_open_high_low_and_close_exactly(rows, blocks, seed):
    bars = [bar(row, hours) for hours, row in enumerate(rows)]
    _, path = path_over(bars, 3600, step=3600 // blocks, seed=seed)
    per_bar = len(range(0, 3600, 3600 // blocks))
    starts = [round(int(np.ceil(3600 * k / (3600 // blocks)))) for k in range(len(bars) + 1)]
    assert per_bar >= 4
    for (_, open_, high, low, close), first, end in zip(bars, starts[:-1], starts[1:], strict=True):
        blocks_of_bar = path[first:end]
        assert (blocks_of_bar[0], blocks_of_bar.max(), blocks_of_bar.min(), blocks_of_bar[-1]) == (
            open_,
            high,
            low,
            close,
        )


def test_the_high_and_the_low_are_attained_strictly_inside_the_bar():
    _, path = path_over([(START, 100.0, 110.0, 90.0, 105.0)], 3600)
    assert 0 < path.argmax() < 299 and 0 < path.argmin() < 299


def test_the_high_the_low_and_the_ends_of_a_bar_are_a_tenth_of_it_apart():
    for seed in range(50):
        _, path = path_over([(START, 100.0, 110.0, 90.0, 105.0)], 3600, seed=seed)
        assert np.diff(sorted([0, path.argmin(), path.argmax(), 299])).min() >= 29


def test_a_bar_that_opens_at_its_high_does_not_return_to_it():
    for seed in range(20):
        _, path = path_over([(START, 110.0, 110.0, 90.0, 100.0)], 3600, seed=seed)
        assert np.flatnonzero(path == 110.0).tolist() == [0] and path.min() == 90.0


def test_more_extremes_than_blocks_are_refused():
    extremes = [(START + timedelta(seconds=12 * k), 100.0 + k) for k in (1, 2)]
    with pytest.raises(ScenarioError, match="more stated extremes than blocks"):
        path_over([(START, 100.0, 110.0, 90.0, 105.0)], 48, extremes=extremes)


def test_a_bar_of_three_blocks_keeps_its_farther_extreme():
    _, path = path_over([(START, 100.0, 103.0, 80.0, 101.0)], 36)
    assert path.tolist() == [100.0, 80.0, 101.0]


def test_bars_of_two_blocks_and_of_one_keep_open_and_close_or_the_open():
    row = (100.0, 103.0, 80.0, 101.0)
    _, two = path_over([(START, *row)], 24)
    assert two.tolist() == [100.0, 101.0]
    _, ones = path_over([(START, *row), (START + timedelta(seconds=12), 101.0, 102.0, 99.0, 100.5)], 12)
    assert ones.tolist() == [100.0, 101.0]


def test_bars_shorter_than_a_block_are_sampled_at_the_blocks():
    bars = [(START + timedelta(seconds=k), 100.0 + k, 101.0 + k, 99.0 + k, 100.5 + k) for k in range(36)]
    _, path = path_over(bars, 1)
    assert path.tolist() == [100.0, 112.0, 124.0]


def test_a_flat_bar_does_not_move():
    _, path = path_over([(START, 100.0, 100.0, 100.0, 100.0)], 3600)
    assert set(path) == {100.0}


def test_a_gap_is_bridged_between_its_ends():
    bars = [(START, 100.0, 101.0, 99.0, 100.5), (START + timedelta(hours=3), 110.0, 112.0, 108.0, 111.0)]
    _, path = path_over(bars, 3600)
    gap = path[300:900]
    assert (gap[0], gap[-1]) == (100.5, 110.0)
    assert gap.min() >= 100.5 and gap.max() <= 110.0
    assert len(np.unique(gap)) > 500


def test_block_returns_have_the_variance_of_the_range():
    # Parkinson (1980): variance of the bar is ln(high / low)^2 / (4 ln 2); anchors add their trend on top.
    bars = [(START + timedelta(hours=k), 100.0, 101.0, 99.0, 100.0) for k in range(200)]
    _, path = path_over(bars, 3600)
    returns = np.diff(np.log(path)).reshape(-1)
    expected = np.log(101 / 99) ** 2 / (4 * np.log(2)) / 299
    assert np.var(returns) == pytest.approx(expected, rel=0.1)


def test_a_bar_that_opens_at_its_low_and_closes_at_its_high_never_peaks_first():
    for seed in range(20):
        _, path = path_over([(START, 90.0, 110.0, 90.0, 110.0)], 3600, seed=seed, sigma=0.0)
        assert np.flatnonzero(path == 90.0).max() < np.flatnonzero(path == 110.0).min()


def test_low_comes_first_half_of_the_time_in_a_bar_that_closes_where_it_opened():
    bars = [(START + timedelta(hours=k), 100.0, 110.0, 90.0, 100.0) for k in range(400)]
    _, path = path_over(bars, 3600)
    low_first = np.mean([part.argmin() < part.argmax() for part in path.reshape(400, 300)])
    assert abs(low_first - 0.5) < 3 * 0.5 / np.sqrt(400)


def test_a_stated_extreme_fixes_the_time_of_the_low():
    low_at = START + timedelta(minutes=45)
    for seed in range(10):
        times, path = path_over([(START, 100.0, 110.0, 90.0, 95.0)], 3600, seed=seed, extremes=[(low_at, 90.0)])
        assert times[path.argmin()] == low_at.timestamp()
        assert path.max() == 110.0


def test_a_stated_point_inside_the_range_is_passed_and_both_extremes_remain():
    point = (START + timedelta(minutes=30), 100.0)
    for seed in range(10):
        times, path = path_over([(START, 105.0, 110.0, 90.0, 95.0)], 3600, seed=seed, extremes=[point])
        assert path[times == point[0].timestamp()] == 100.0
        assert (path.max(), path.min()) == (110.0, 90.0)


@pytest.mark.parametrize("name", ["eth_usdt_1h_2020-01_2020-06.csv", "btc_usdt_1h_2020-01_2020-06.csv"])
def test_real_hours_of_a_week_of_march_2020_are_kept(name):
    start, end = datetime(2020, 3, 9, tzinfo=UTC), datetime(2020, 3, 16, tzinfo=UTC)
    bar_seconds, bars = read_csv(DATA / name, start, end)
    assert (bar_seconds, len(bars)) == (3600, 168)
    _, path = path_over(bars, bar_seconds)
    parts = path.reshape(168, 300)
    ohlc = np.column_stack([parts[:, 0], parts.max(axis=1), parts.min(axis=1), parts[:, -1]])
    assert np.array_equal(ohlc, np.array([row[1:] for row in bars]))


@pytest.mark.parametrize(
    "name, start",
    [
        ("eth_usd_10m_gas_2020-03-12.csv", "2020-03-12T00:00:00Z"),
        ("eth_usdt_spot_5m_2025-10-09_2025-10-13.csv", "2025-10-10T18:05:00Z"),
        ("eth_usdt_1d_2017-08_2024-12.csv", "2024-03-05T12:00:00Z"),
    ],
)
def test_real_files_of_other_bar_sizes_stay_in_their_ranges(name, start):
    from simulator.market.paths import simulate

    overrides = [f"market.start={start}", "chain.blocks=600", "market.assets.ETH.listing={}"]
    scenario = load("quiet", overrides, {"ETH": DATA / name})
    bars = scenario.market.assets[0].path.bars
    _, path = simulate(scenario, np.random.SeedSequence(1))
    low, high = min(min(row[1:]) for row in bars), max(max(row[1:]) for row in bars)
    assert path.min() >= low and path.max() <= high and len(np.unique(path)) > 500
