"""What portfolios hold day by day, and what they lose."""

import numpy as np
import pytest

from simulator.backtest.book import NOTIONAL, build_book
from simulator.backtest.portfolios import Kind, Leg, Portfolio, standard_portfolios
from simulator.errors import DataError
from simulator.risk.pricing import black76

STRADDLE = Portfolio("straddle", (Leg(0, Kind.CALL, -1.0), Leg(0, Kind.PUT, -1.0)))
LONG = Portfolio("long", (Leg(0, Kind.PERPETUAL, 1.0),))


def test_a_long_perpetual_loses_what_the_price_falls(short_history):
    book = build_book([LONG], short_history, 60, 1)
    for day in (60, 75, 158):
        fall = 1 - short_history.close[day + 1, 0] / short_history.close[day, 0]
        assert book.losses(day, 1)[0] / book.notional(day)[0] == pytest.approx(fall)


def test_long_and_short_cancel(short_history):
    short = Portfolio("short", (Leg(0, Kind.PERPETUAL, -1.0),))
    losses = build_book([LONG, short], short_history, 60, 1).losses(80, 1)
    assert losses.sum() == pytest.approx(0, abs=1e-9 * NOTIONAL)


def test_options_are_struck_at_the_money_and_rolled_when_they_end(short_history):
    book = build_book([STRADDLE], short_history, 60, 1)
    opened, held, rolled = book.instruments(60), book.instruments(89), book.instruments(90)
    assert opened.strike == pytest.approx(np.repeat(short_history.close[60, 0], 2))
    assert (held.strike == opened.strike).all() and (held.expiry == opened.expiry).all()
    assert rolled.strike == pytest.approx(np.repeat(short_history.close[90, 0], 2))
    assert opened.expiry[0] - short_history.time[60] == 30 * 86_400


def test_an_option_that_ends_with_the_horizon_pays_its_intrinsic_value(short_history):
    book = build_book([STRADDLE], short_history, 60, 1)
    strike, spot, last = short_history.close[60, 0], short_history.close[89, 0], short_history.close[90, 0]
    unit = NOTIONAL / strike
    before = sum(black76(call, spot, strike, short_history.implied[89, 0], 1 / 365) for call in (True, False))
    assert book.losses(89, 1)[0] == pytest.approx(unit * (abs(last - strike) - before))


def test_no_option_ends_within_a_longer_horizon(short_history):
    book = build_book([STRADDLE], short_history, 60, 5)
    for day in range(60, 150):
        assert (book.instruments(day).expiry >= short_history.time[day] + 5 * 86_400).all()


def test_a_horizon_beyond_the_shortest_option_is_refused(short_history):
    weekly = Portfolio("weekly", (Leg(0, Kind.CALL, -1.0, 1.0, 7.0),))
    with pytest.raises(DataError, match="an option of 7 days ends within the horizon of 10 days"):
        build_book([weekly], short_history, 60, 10)


def test_a_covered_call_loses_with_the_coin_and_gains_with_the_call(short_history):
    covered = next(each for each in standard_portfolios(("BTC",)) if each.name.startswith("covered"))
    coin = Portfolio("coin", (Leg(0, Kind.COIN, 1.0),))
    call = Portfolio("call", (Leg(0, Kind.CALL, -1.0, 1.1),))
    both, one, other = build_book([covered, coin, call], short_history, 60, 1).losses(70, 1)
    assert both == pytest.approx(one + other)
    assert one == pytest.approx(NOTIONAL / short_history.close[60, 0] * -np.diff(short_history.close[70:72, 0])[0])


def test_collateral_counts_in_the_notional(short_history):
    coin = Portfolio("coin", (Leg(0, Kind.COIN, 1.0), Leg(0, Kind.PERPETUAL, -1.0)))
    assert build_book([coin], short_history, 60, 1).notional(60)[0] == pytest.approx(2 * NOTIONAL)
