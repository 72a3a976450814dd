"""Positions from a CSV file, and markets from an option chain."""

import json
from pathlib import Path

import pytest

from simulator.errors import DataError
from simulator.portfolio.imports import load_positions
from simulator.portfolio.margins import margins
from simulator.portfolio.positions_csv import read_positions
from simulator.risk.presets import preset

HEADER = "timestamp,symbol,optionType,strikePrice,expirationDate,underlyingPrice,markPrice,markIV\n"
ROWS = [
    "2022-01-27T00:59:57Z,ETH-4FEB22-2400-C,call,2400,2022-02-04T08:00:00Z,2481.0,0.06,90.0\n",
    "2022-01-27T00:59:58Z,ETH-4FEB22-2400-P,put,2400,2022-02-04T08:00:00Z,2483.0,0.03,92.0\n",
    "2022-01-27T00:59:59Z,ETH-4FEB22-2600-C,call,2600,2022-02-04T08:00:00Z,2482.0,0.03,88.0\n",
    "2022-01-27T00:59:59Z,ETH-25MAR22-3000-C,call,3000,2022-03-25T08:00:00Z,2500.0,0.05,85.0\n",
]
POSITIONS = """instrument,size,entry_price
ETH-4FEB22-2600-C,-2,
ETH-4FEB22-2400-P,1,
ETH-25MAR22,1,2450
ETH-PERPETUAL,-1,2500
CASH,5000,
"""
DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"


@pytest.fixture
def chain(tmp_path):
    path = tmp_path / "chain.csv"
    path.write_text(HEADER + "".join(ROWS))
    return path


@pytest.fixture
def positions(tmp_path):
    path = tmp_path / "positions.csv"
    path.write_text(POSITIONS)
    return path


def test_venue_names_become_positions(positions):
    cash, found = read_positions(positions)
    assert cash == 5000.0
    assert found[0] == {
        "type": "option", "underlying": "ETH", "expiry": "4FEB22", "strike": 2600.0, "kind": "call", "size": -2.0
    }  # fmt: skip
    assert found[2:] == [
        {"type": "future", "underlying": "ETH", "expiry": "25MAR22", "size": 1.0, "entry_price": 2450.0},
        {"type": "perpetual", "underlying": "ETH", "size": -1.0, "entry_price": 2500.0},
    ]


def test_a_chain_gives_marks_and_forwards(chain, positions):
    portfolio = load_positions(positions, chain)
    ether = portfolio.underlyings["ETH"]
    assert portfolio.time == 1_643_245_199
    assert ether.expiries["4FEB22"].forward == 2482.0
    # Call and put are quoted a second apart.
    assert ether.expiries["4FEB22"].volatilities == ((2400.0, pytest.approx(0.91)), (2600.0, 0.88))
    assert ether.spot == 2482.0
    assert portfolio.cash == 5000.0
    found = margins(portfolio, [preset("derive-pm2"), preset("deribit-pm")])
    assert all(each.maintenance > each.initial for each in found)


def test_a_later_time_leaves_out_what_expired(chain, positions, tmp_path):
    later = tmp_path / "later.csv"
    later.write_text("instrument,size\nETH-25MAR22-3000-C,1\n")
    portfolio = load_positions(later, chain, at=1_644_000_000)
    assert list(portfolio.underlyings["ETH"].expiries) == ["25MAR22"]
    with pytest.raises(DataError, match="unknown expiry of ETH '4FEB22'"):
        load_positions(positions, chain, at=1_644_000_000)
    with pytest.raises(DataError, match="every expiry has passed"):
        load_positions(later, chain, at=1_700_000_000)
    with pytest.raises(DataError, match="after the time of valuation"):
        load_positions(later, chain, at=1_600_000_000)


def test_the_market_may_be_a_portfolio_file(positions, tmp_path):
    market = tmp_path / "market.json"
    expiries = {"4FEB22": {"seconds": 500_000, "forward": 2482.0, "volatility": 0.9}, "25MAR22": {"seconds": 5_000_000,
                "forward": 2500.0}}  # fmt: skip
    data = {"time": 0, "cash": 100.0, "underlyings": {"ETH": {"spot": 2480.0, "expiries": expiries}}}
    market.write_text(json.dumps(data))
    portfolio = load_positions(positions, market)
    assert portfolio.cash == 5100.0
    assert len(portfolio.positions) == 4
    with pytest.raises(DataError, match="has its own time"):
        load_positions(positions, market, at=5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("instrument\nETH-PERPETUAL\n", "line 1: no column size (columns: instrument)"),
        ("instrument,size,side\nETH-PERPETUAL,1,buy\n", "line 1: unknown column 'side'"),
        ("instrument,size\nETH-PERPETUAL,\n", "line 2, column size: empty"),
        ("instrument,size\nETH-PERPETUAL,one\n", "line 2, column size: 'one' is not a number"),
        ("instrument,size\nETH-PERPETUAL,nan\n", "line 2, column size: 'nan' is not a number"),
        ("instrument,size\nETH-4FEB22-2600-X,1\n", "line 2, column instrument: 'ETH-4FEB22-2600-X' is none of"),
        ("instrument,size\nETH-5FEB22-2600-C,1\n", "positions[0].expiry: unknown expiry of ETH '5FEB22'"),
        ("instrument,size\nETH-4FEB22-2700-C,1\n", "volatilities: none for strike 2700 of positions[0]"),
        ("instrument,size\nBTC-PERPETUAL,1\n", "positions[0].underlying: unknown underlying 'BTC'"),
        ("instrument,size\n", "the portfolio is empty"),
    ],
)
def test_positions_that_cannot_be_used(text, said, chain, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        load_positions(path, chain)
    assert said in str(caught.value) and "mine.csv" in str(caught.value)


@pytest.mark.skipif(not DATA.is_dir(), reason="the market data of the project is not there")
def test_a_real_chain_is_a_market(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("instrument,size\nETH-4FEB22-2500-C,-2\nETH-PERPETUAL,1\n")
    portfolio = load_positions(path, DATA / "deribit_eth_option_chain_2022-01-27.csv")
    assert next(iter(portfolio.underlyings["ETH"].expiries)) == "4FEB22"
    assert margins(portfolio, [preset("deribit-pm")])[0].initial < 0
