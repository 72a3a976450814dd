"""Changes of regime, returns remembered, bars from before the start."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_of_one_price import START, OnePriceMarket, scenario

from simulator.errors import DataError
from simulator.oracle.bars import Bars
from simulator.oracle.engine import OracleEngine
from simulator.oracle.history import read_history
from simulator.oracle.regime import RegimeDetector
from simulator.oracle.return_history import ReturnHistory
from simulator.scenario.load import load

HOUR, YEAR = 3600, 365 * 86_400
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def bar(returns, seconds=HOUR):
    close = np.exp(np.atleast_1d(np.asarray(returns, dtype=float)))
    return Bars(seconds, np.ones(len(close)), np.maximum(close, 1), np.minimum(close, 1), close)


def scaled(volatility):
    return volatility * np.sqrt(HOUR / YEAR)


def test_volatility_two_and_a_half_times_as_high_is_a_change_of_regime_and_reported_once():
    detector = RegimeDetector(3.0, HOUR, np.array([0.5, 0.5]))
    changes = [detector.update(bar([scaled(0.5), scaled(0.5)])).tolist() for _ in range(50)]
    changes += [detector.update(bar([scaled(1.25), scaled(0.5)])).tolist() for _ in range(300)]
    assert [False, True] not in changes and [True, True] not in changes
    assert changes.index([True, False]) == 54
    assert sum(first for first, _ in changes) == 1


def test_calm_after_a_storm_is_a_change_too():
    detector = RegimeDetector(3.0, HOUR, np.array([2.0]))
    assert any(detector.update(bar(scaled(0.5)))[0] for _ in range(30))


def test_normal_returns_of_one_volatility_seldom_look_like_a_change():
    rng = np.random.default_rng(2)
    detector = RegimeDetector(3.0, HOUR, np.full(200, 0.6))
    alarms = sum(detector.update(bar(scaled(0.6) * rng.standard_normal(200))).sum() for _ in range(500))
    assert alarms / (200 * 500) == pytest.approx(0.009, abs=0.002)


def test_the_volatility_of_the_past_is_its_root_mean_square_and_the_worst_is_of_its_worst_window():
    history = ReturnHistory(HOUR, 1)
    for volatility in [0.4] * 30 + [1.6] * 10 + [0.4] * 30:
        history.add(bar(scaled(volatility)), np.array([0.8]))
    assert history.volatility()[0] == pytest.approx(np.sqrt((60 * 0.16 + 10 * 2.56) / 70))
    assert history.worst_volatility(10)[0] == pytest.approx(1.6)
    assert history.worst_volatility(20)[0] == pytest.approx(np.sqrt((0.16 + 2.56) / 2))
    assert history.worst_volatility(1000)[0] == pytest.approx(history.volatility()[0])
    assert history.standardised(5)[:, 0] == pytest.approx(np.full(5, 0.5))


@given(st.floats(0.1, 10))
def test_a_bar_of_another_length_is_brought_to_that_of_one(length):
    history = ReturnHistory(HOUR, 1)
    history.add(bar(scaled(0.7) * np.sqrt(length), seconds=length * HOUR), np.array([0.7]))
    assert history.volatility()[0] == pytest.approx(0.7)


def candles(folder, first, count, minutes=30):
    rows = ["timestamp_utc,open,high,low,close"]
    for place in range(count):
        time = datetime.fromtimestamp(first + place * minutes * 60, UTC)
        rows.append(f"{time:%Y-%m-%dT%H:%M:%SZ},{100 + place},{102 + place},{99 + place},{101 + place}")
    path = folder / "bars.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def test_bars_of_a_file_are_joined_and_none_reaches_beyond_the_start(tmp_path):
    file = candles(tmp_path, START - 4 * HOUR, 20)
    bars = read_history({"A0": file}, ["A0"], START, HOUR)
    assert len(bars) == 4
    assert [float(one[0]) for one in (bars[0].open, bars[0].high, bars[0].low, bars[0].close)] == [100, 103, 99, 102]
    assert bars[-1].close[0] == 108


def test_an_incomplete_bar_is_left_out(tmp_path):
    file = candles(tmp_path, START - 4 * HOUR + 1800, 7)
    assert [one.open[0] for one in read_history({"A0": file}, ["A0"], START, HOUR)] == [101, 103, 105]


def test_bars_too_long_to_make_the_oracles_or_too_late_are_refused(tmp_path):
    file = candles(tmp_path, START - 4 * HOUR, 8)
    with pytest.raises(DataError, match="bars of 1800 s do not make bars of 2700 s"):
        read_history({"A0": file}, ["A0"], START, 2700)
    with pytest.raises(DataError, match="no 3600 s bar before the start is complete"):
        read_history({"A0": file}, ["A0"], START - 4 * HOUR, HOUR)


def test_with_a_history_the_fit_is_there_from_the_first_block():
    files = {symbol: str(DATA / f"{symbol.lower()}_usdt_1h_2020-01_2020-06.csv") for symbol in ("ETH", "BTC")}
    overrides = [f'oracle.history.{symbol}="{file}"' for symbol, file in files.items()]
    crash = load("black-thursday", [*overrides, 'oracle.volatility=["garch", "ewma"]', "chain.blocks=10"])
    engine, market = OracleEngine(crash, []), OnePriceMarket()
    engine.observe(market.quote(0, [194.0, 7900.0]), market)
    fits = engine.estimates.calibrations["garch"]
    assert [fit["observations"] for fit in fits] == [1697, 1697]
    assert fits[0]["persistence"] == pytest.approx(0.994, abs=0.002)
    assert engine.estimates.calibrated_for == "start"


def observed(hours, volatility, **oracle):
    """Estimates hour by hour of a price that swings by a volatility."""
    engine, market = OracleEngine(scenario(**oracle), []), OnePriceMarket()
    spot, seen = 200.0, []
    engine.observe(market.quote(0, spot), market)
    for hour in range(1, hours + 1):
        spot *= np.exp(scaled(volatility(hour)) * (1 if hour % 2 else -1))
        engine.observe(market.quote(hour * HOUR, spot), market)
        seen.append(engine.estimates)
    return seen


def test_the_oracle_calibrates_on_schedule():
    seen = observed(24, lambda hour: 0.8, recalibration_seconds=6 * HOUR)
    assert sorted({estimates.calibrated_at - START for estimates in seen}) == [
        hour * HOUR for hour in (0, 6, 12, 18, 24)
    ]
    assert {estimates.calibrated_for for estimates in seen} == {"start", "schedule"}


def test_the_oracle_calibrates_when_the_regime_changes():
    seen = observed(20, lambda hour: 0.8 if hour <= 10 else 4.0)
    assert [estimates.calibrated_for for estimates in seen[:10]] == ["start"] * 10
    assert seen[-1].calibrated_for == "regime"
    assert 10 * HOUR < seen[-1].calibrated_at - START <= 13 * HOUR
