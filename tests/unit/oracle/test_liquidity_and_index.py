"""What a liquidation costs, and volatility that comes from files."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_of_one_price import START, OnePriceMarket, scenario

from simulator.errors import DataError
from simulator.market.impact import SquareRootImpact
from simulator.market.option_chain import read_option_chain
from simulator.market.svi_fit import fit_chain
from simulator.market.volatility_index import atm_volatility, read_volatility_index
from simulator.oracle.engine import OracleEngine
from simulator.oracle.liquidity import LiquidationCost
from simulator.scenario.market import Impact
from simulator.scenario.oracle import Liquidity

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
DVOL, CHAIN = DATA / "dvol_btc_1d_2022-11_2024-12.csv", DATA / "deribit_eth_option_chain_2022-01-27.csv"
ONE = np.ones(1)


def test_the_cost_is_the_mean_impact_of_the_markets_own_law():
    """A position sold in a thousand pieces into the simulated market pays, on average, what the add-on asks for."""
    volume, size, daily = 1e6, 2e4, 0.04
    market = SquareRootImpact(Impact(coefficient=1.5, permanent_share=0.0), volume)
    paid = []
    for _ in range(1000):
        market.add_flow(-size / 1000, daily)
        paid.append(-market.displacement)
    cost = LiquidationCost(Liquidity(half_spread=0.001, position=size * 50.0), 12, 1.5, [volume])
    rate = cost.rate(50.0 * ONE, daily * np.sqrt(365) * ONE)[0]
    assert rate - 0.001 == pytest.approx(np.mean(paid), rel=1e-3)


def test_without_a_position_the_cost_depends_on_no_size():
    """A tenth of the volume for half a day at 4 % a day: (2/3) 0.04 sqrt(0.05) above the half-spread."""
    rates = LiquidationCost(Liquidity(half_spread=0.001, participation=0.1), 12, 1.0, [1e6, 1.0]).rate(
        np.array([200.0, 8000.0]), np.full(2, 0.04 * np.sqrt(365))
    )
    assert rates == pytest.approx(np.full(2, 0.001 + 2 / 3 * 0.04 * np.sqrt(0.05)))


@given(st.floats(1, 1e6), st.floats(0, 5), st.floats(1.01, 10))
def test_a_fall_of_the_price_or_a_rise_of_volatility_makes_a_liquidation_dearer(spot, volatility, factor):
    cost = LiquidationCost(Liquidity(position=1e6), 12, 1.0, [1e5])
    here = cost.rate(spot * ONE, volatility * ONE)[0]
    assert cost.rate(spot / factor * ONE, volatility * ONE)[0] >= here
    assert cost.rate(spot * ONE, factor * volatility * ONE)[0] >= here


def test_an_index_is_read_in_fractions_and_holds_until_its_next_value():
    index = read_volatility_index(DVOL)
    first = 1667692800  # 2022-11-06
    assert index.at(first) == index.at(first + 86_399) == pytest.approx(0.5676)
    assert index.at(first + 86_400) == pytest.approx(0.5948)


def test_an_index_is_not_known_before_its_first_value():
    with pytest.raises(DataError, match=r"dvol_btc.*: begins at 2022-11-06T00:00Z, after 2020-03-12T00:00Z"):
        read_volatility_index(DVOL).at(START)


def test_an_option_chain_is_one_value_of_an_index():
    """The later expiry is nearest to 30 days; at the money its options are at 83 to 84 %."""
    index = read_volatility_index(CHAIN)
    assert index.at(index.times[0]) == pytest.approx(0.835, abs=0.01)


def test_between_expiries_total_variance_is_interpolated():
    near, far = fit_chain(read_option_chain(CHAIN))
    middle = (near.smile[6] + far.smile[6]) / 2
    variances = [atm_volatility([fit]) ** 2 * fit.smile[6] for fit in (near, far)]
    assert atm_volatility([near, far], middle) ** 2 * middle == pytest.approx(np.mean(variances))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("timestamp_utc,dvol\n2022-11-06T00:00:00Z,high\n", "line 2: '2022-11-06T00:00:00Z,high' is not an ISO 8601"),
        ("timestamp_utc,dvol\n2022-11-06T00:00:00Z,-5\n", r"line 2: volatility -5 must lie in \(0, 1000\) per cent"),
        ("timestamp_utc,dvol\n", "no values in it"),
        ("time,dvol\n1,2\n", "line 1: an index has the columns timestamp_utc and a volatility"),
        (
            "timestamp_utc,dvol\n2022-11-06T00:00:00Z,50\n2022-11-06T00:00:00Z,51\n",
            "line 3, column timestamp_utc: not later than the row above",
        ),
    ],
)
def test_a_bad_index_is_named(tmp_path, text, fault):
    path = tmp_path / "index.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=fault):
        read_volatility_index(path)


@pytest.mark.parametrize(("from_file", "expected"), [(False, [0.8, 0.9]), (True, [0.6, 0.7])])
def test_implied_volatility_is_the_markets_or_that_of_a_file(tmp_path, from_file, expected):
    path = tmp_path / "index.csv"
    path.write_text("timestamp_utc,index\n2020-03-11T00:00:00Z,60\n2020-03-12T00:20:00Z,70\n", encoding="utf-8")
    files = {"A0": str(path)} if from_file else {}
    engine, market = OracleEngine(scenario(volatility=["implied"], implied_files=files), []), OnePriceMarket()
    engine.observe(market.quote(0, 200.0, vol=0.8), market)
    seen = [engine.volatility[0]]
    engine.observe(market.quote(1800, 201.0, vol=0.85), market)
    assert engine.volatility[0] == seen[0]
    engine.observe(market.quote(3600, 202.0, vol=0.9), market)
    assert [*seen, engine.volatility[0]] == pytest.approx(expected)
