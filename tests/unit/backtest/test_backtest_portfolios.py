"""Portfolios of a backtest by name, at random, from a file."""

import json
from pathlib import Path

import pytest

from simulator.backtest import choose_portfolios
from simulator.backtest.portfolio_file import read_portfolio
from simulator.backtest.portfolios import MAX_RANDOM, Kind, random_portfolios, standard_portfolios
from simulator.errors import DataError, UsageError

ASSETS = ("BTC", "ETH")
EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


def test_the_standard_set_covers_every_asset_and_both_sides():
    names = [each.name for each in standard_portfolios(ASSETS)]
    assert len(names) == len(set(names)) == 12
    assert {"long-perpetual-btc", "short-perpetual-eth", "spread-btc-eth", "spread-eth-btc"} <= set(names)


def test_one_asset_has_no_spread():
    assert not any("spread-btc" in each.name for each in standard_portfolios(("BTC",)) if each.is_linear)


def test_random_portfolios_follow_their_seed():
    assert random_portfolios(ASSETS, 20, 1) == random_portfolios(ASSETS, 20, 1)
    assert random_portfolios(ASSETS, 20, 1) != random_portfolios(ASSETS, 20, 2)
    assert random_portfolios(ASSETS, 20, 1)[:5] == random_portfolios(ASSETS, 5, 1)


def test_random_portfolios_hold_something_of_size():
    for portfolio in random_portfolios(ASSETS, 100, 3):
        assert portfolio.legs and all(0.1 <= abs(leg.amount) <= 1 for leg in portfolio.legs)


def test_a_name_chooses_one_of_the_set():
    assert [each.name for each in choose_portfolios("put-spread-eth", ASSETS, 1)] == ["put-spread-eth"]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("put-spred-eth", "unknown portfolio 'put-spred-eth'; did you mean 'put-spread-eth'?"),
        ("random:many", "'many' is no number of portfolios"),
        ("random:-3", "'-3' is no number of portfolios"),
        ("random:0", f"from 1 to {MAX_RANDOM}"),
        (f"random:{MAX_RANDOM + 1}", f"from 1 to {MAX_RANDOM}"),
    ],
)
def test_other_choices_are_refused(choice, said):
    with pytest.raises(UsageError) as caught:
        choose_portfolios(choice, ASSETS, 1)
    assert said in str(caught.value)


@pytest.fixture
def portfolio(tmp_path):
    """Writes a portfolio file: two BTC perpetuals, three short calls a tenth out of the money, ten coins of ETH."""

    def _write(**changes):
        call = {"type": "option", "underlying": "BTC", "expiry": "M", "strike": 44_000.0, "kind": "call", "size": -3.0}
        expiry = {"seconds": 2_592_000, "forward": 40_000.0, "volatility": 0.6}
        content = {
            "time": "2024-01-01T00:00:00Z",
            "underlyings": {
                "BTC": {"spot": 40_000.0, "expiries": {"M": expiry}},
                "ETH": {"spot": 2_000.0},
            },
            "positions": [{"type": "perpetual", "underlying": "BTC", "size": 2.0}, call],
            "collateral": [{"name": "ETH", "amount": 10.0, "price": 2_000.0, "haircut": {"maintenance": 0.1}}],
        }
        path = tmp_path / "mine.json"
        path.write_text(json.dumps(content | changes))
        return path

    return _write


def test_a_file_keeps_its_proportions_moneyness_and_tenor(portfolio):
    held = read_portfolio(portfolio(), ASSETS)
    perpetual, call, coin = held.legs
    assert [leg.kind for leg in held.legs] == [Kind.PERPETUAL, Kind.CALL, Kind.COIN]
    gross = 2 * 40_000 + 3 * 40_000 + 10 * 2_000
    assert [leg.amount * gross for leg in held.legs] == pytest.approx([80_000, -120_000, 20_000])
    assert (call.moneyness, call.tenor_days) == (pytest.approx(1.1), 30.0)
    assert (perpetual.asset, coin.asset) == (0, 1)


def test_positions_without_prices_are_refused(portfolio):
    with pytest.raises(DataError, match=r"positions\[0\]: no prices of BTC; give --prices BTC=FILE"):
        read_portfolio(portfolio(), ("ETH",))


def test_a_file_that_holds_nothing_is_refused(portfolio):
    stable = [{"name": "USDC", "amount": 10.0, "price": 1.0, "haircut": {"maintenance": 0.1}}]
    with pytest.raises(DataError, match="holds nothing that moves with BTC or ETH"):
        read_portfolio(portfolio(positions=[], collateral=stable), ASSETS)


def test_risk_arrays_have_no_past():
    with pytest.raises(DataError, match="a risk array has no past"):
        read_portfolio(EXAMPLES / "span-covered-write.json", ASSETS)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.json: cannot be read"):
        choose_portfolios(str(tmp_path / "nowhere.json"), ASSETS, 1)
