"""Joint moves estimated from daily prices, without a look ahead."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from simulator.errors import DataError
from simulator.portfolio.load import parse
from simulator.portfolio.margins import margins
from simulator.portfolio.price_moves import with_price_moves
from simulator.risk.presets import preset

START = datetime(2024, 1, 1, tzinfo=UTC)


def candles(path, closes, step=timedelta(days=1)):
    rows = [
        f"{START + day * step:%Y-%m-%dT%H:%M:%SZ},{close},{close * 1.01},{close * 0.99},{close}\n"
        for day, close in enumerate(closes)
    ]
    path.write_text("timestamp_utc,open,high,low,close\n" + "".join(rows))
    return path


def held(days: int, *symbols: str):
    positions = [{"type": "perpetual", "underlying": symbol, "size": 1.0} for symbol in symbols]
    underlyings = {symbol: {"spot": 100.0} for symbol in symbols}
    time = int((START + timedelta(days=days)).timestamp())
    return parse({"time": time, "underlyings": underlyings, "positions": positions}, "test")


def walk(days: int, volatility: float, seed: int) -> np.ndarray:
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, volatility, days)))


def test_variances_are_those_of_the_prices(tmp_path):
    files = {
        "ETH": candles(tmp_path / "eth.csv", walk(400, 0.04, 1)),
        "BTC": candles(tmp_path / "btc.csv", walk(400, 0.02, 2)),
    }
    joint = with_price_moves(held(400, "ETH", "BTC"), files).joint
    deviation = np.sqrt(np.diag(joint.covariance))
    assert deviation[[0, 2]] == pytest.approx([0.04, 0.02], rel=0.4)
    assert np.linalg.eigvalsh(joint.covariance).min() >= 0
    assert np.array(joint.shocks).shape == (399, 2, 2)
    assert np.array(joint.shocks)[:, 0, 0].std() > np.array(joint.shocks)[:, 1, 0].std()


def test_what_came_after_does_not_matter(tmp_path):
    prices = walk(200, 0.03, 3)
    crashed = np.concatenate([prices[:150], prices[150:] / 10])
    calm = {"ETH": candles(tmp_path / "calm.csv", prices)}
    crash = {"ETH": candles(tmp_path / "crash.csv", crashed)}
    assert with_price_moves(held(150, "ETH"), calm) == with_price_moves(held(150, "ETH"), crash)
    assert with_price_moves(held(151, "ETH"), calm) != with_price_moves(held(151, "ETH"), crash)


def test_at_most_512_scenarios_are_posted(tmp_path):
    joint = with_price_moves(held(700, "ETH"), {"ETH": candles(tmp_path / "eth.csv", walk(700, 0.03, 4))}).joint
    assert len(joint.shocks) == 512


def test_rules_without_a_grid_can_then_value_the_portfolio(tmp_path):
    portfolio = with_price_moves(held(300, "ETH"), {"ETH": candles(tmp_path / "eth.csv", walk(300, 0.03, 5))})
    found = margins(portfolio, [preset("parametric"), preset("expected-shortfall")], "both")
    for each in found:
        assert 0.04 * 100 < each.equity - each.initial < 0.3 * 100


def test_prices_that_cannot_be_used(tmp_path):
    prices = {"ETH": candles(tmp_path / "eth.csv", walk(100, 0.03, 6))}
    with pytest.raises(DataError, match="no prices of BTC; give --prices BTC=FILE"):
        with_price_moves(held(100, "ETH", "BTC"), prices)
    with pytest.raises(DataError, match=r"eth\.csv: 50 days in common before the time of the portfolio; 61 are needed"):
        with_price_moves(held(50, "ETH"), prices)
    hourly = {"ETH": candles(tmp_path / "hourly.csv", walk(100, 0.03, 6), timedelta(hours=1))}
    with pytest.raises(DataError, match=r"hourly\.csv: bars of 3600 s; daily bars"):
        with_price_moves(held(100, "ETH"), hourly)
