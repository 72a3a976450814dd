"""Price-time priority on the quote-driven venue."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.errors import UsageError
from simulator.market.instruments import Kind, Listed
from simulator.market.matching import Order, Quote, Venue

PERP = Listed(0, Kind.PERPETUAL, 0, 0.0, "ETH-PERP", lot=0.01, tick=0.05)
TAKER = 99


def venue(*quotes):
    book = Venue([PERP, PERP])
    for quote in quotes:
        book.replace(quote)
    return book


def fills(book, size, limit=None, taker=TAKER):
    return [(m.maker, m.size, m.price) for m in book.submit(Order(taker, 0, size, limit))]


def test_the_best_price_trades_first():
    book = venue(Quote(1, 0, 99.0, 101.0, 5, 5), Quote(2, 0, 99.5, 100.5, 5, 5))
    assert fills(book, 7) == [(2, 5.0, 100.5), (1, 2.0, 101.0)]
    assert fills(book, -7) == [(2, -5.0, 99.5), (1, -2.0, 99.0)]


def test_at_one_price_the_earlier_quote_trades_first():
    book = venue(Quote(2, 0, 99.0, 101.0, 5, 5), Quote(1, 0, 99.0, 101.0, 5, 5))
    assert [maker for maker, *_ in fills(book, 7)] == [2, 1]


@pytest.mark.parametrize("changed, first", [({"ask_size": 4}, 1), ({"ask_size": 6}, 2), ({"bid": 98.0}, 2)])
def test_a_replaced_quote_keeps_its_place_only_if_it_is_no_better(changed, first):
    mine = Quote(1, 0, 99.0, 101.0, 5, 5)
    book = venue(mine, Quote(2, 0, 99.0, 101.0, 5, 5), dataclasses.replace(mine, **changed))
    assert fills(book, 1)[0][0] == first


def test_a_limit_stops_the_fill_and_the_rest_is_dropped():
    book = venue(Quote(1, 0, 99.0, 101.0, 5, 5), Quote(2, 0, 98.0, 102.0, 5, 5))
    assert fills(book, 20, limit=101.5) == [(1, 5.0, 101.0)]
    assert fills(book, 20) == [(2, 5.0, 102.0)]
    assert fills(book, 20) == []


def test_an_account_never_trades_with_itself():
    book = venue(Quote(1, 0, 99.0, 101.0, 5, 5), Quote(2, 0, 98.0, 102.0, 5, 5))
    assert fills(book, 5, taker=1) == [(2, 5.0, 102.0)]


def test_a_preview_changes_nothing():
    book = venue(Quote(1, 0, 99.0, 101.0, 5, 5))
    assert book.preview(Order(TAKER, 0, 3)) == book.preview(Order(TAKER, 0, 3)) == book.submit(Order(TAKER, 0, 3))
    assert fills(book, 9) == [(1, 2.0, 101.0)]


def test_prices_round_away_from_the_taker_and_sizes_down():
    book = venue(Quote(1, 0, 99.03, 100.98, 0.999, 0.999))
    assert fills(book, 0.019) == [(1, 0.01, 101.0)]
    assert fills(book, -0.5) == [(1, -0.5, 99.0)]


def test_a_size_below_a_lot_and_a_zero_bid_do_not_trade():
    assert fills(venue(Quote(1, 0, 99.0, 101.0, 5, 5)), 0.009) == []
    assert fills(venue(Quote(1, 0, 0.0, 0.05, 5, 5)), -1) == []


def test_clearing_withdraws_the_quotes_of_that_instrument_alone():
    book = venue(Quote(1, 0, 99.0, 101.0, 5, 5), Quote(1, 1, 99.0, 101.0, 5, 5))
    book.clear(0)
    assert fills(book, 1) == [] and book.submit(Order(TAKER, 1, 1))


@pytest.mark.parametrize("bad", [{"bid": 102.0}, {"bid": -1.0}, {"ask": float("nan")}, {"ask_size": -1.0}])
def test_a_quote_that_cannot_be_is_refused(bad):
    with pytest.raises(UsageError, match="quote needs"):
        venue(dataclasses.replace(Quote(1, 0, 99.0, 101.0, 5, 5), **bad))


@given(st.integers(1, 10**6), st.integers(1, 10**7))
def test_sizes_and_prices_are_exact_decimals_on_chain(lots, ticks):
    book = venue(Quote(1, 0, 0.0, ticks * 0.05, 0, lots * 0.01))
    (match,) = book.submit(Order(TAKER, 0, lots * 0.01))
    assert (match.size_wad, match.price_wad) == (lots * 10**16, ticks * 5 * 10**16)
    assert (match.size, match.price) == (lots / 100, ticks / 20)


sizes = st.floats(-50, 50)
quotes = st.lists(
    st.tuples(st.integers(1, 4), st.floats(1, 100), st.floats(0, 5), st.floats(0, 20), st.floats(0, 20)), max_size=8
)


@given(quotes, sizes)
def test_fills_never_exceed_the_order_or_the_offers_and_prices_only_worsen(rows, size):
    book = venue(*(Quote(maker, 0, bid, bid + spread, b, a) for maker, bid, spread, b, a in rows))
    matches = book.submit(Order(TAKER, 0, size))
    filled = sum(match.size for match in matches)
    assert abs(filled) <= abs(size) + 1e-9 and filled * size >= 0
    prices = [match.price for match in matches]
    assert prices == sorted(prices, reverse=size < 0)
    assert len({match.maker for match in matches}) == len(matches)
