"""What the mechanisms ask for an account, by hand-worked cases. (The contracts: integration/test_protocol_mirrors.)"""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator.protocol.liquidation_terms import (
    Auction,
    Lot,
    discount_at,
    dutch_terms,
    english_terms,
    fixed_terms,
    lot_fraction,
)
from simulator.scenario.protocol import Liquidation

FIXED = Liquidation(mechanism="fixed", discount=0.1, close_factor=0.5, full_close_threshold=0.25)
DUTCH = Liquidation(
    start_discount=0.05, knee_discount=0.3, knee_seconds=600, auction_seconds=3600, insolvent_seconds=1800,
    buffer=0.15, fund_fee=0.02,
)  # fmt: skip
START = 1_700_000_000


def test_a_fixed_discount_is_on_the_requirement_taken_over():
    terms = fixed_terms(FIXED, equity=90.0, maintenance=-10.0)  # requirement 100
    assert (terms.price, terms.max_fraction) == (80.0, 0.5)


def test_with_little_equity_left_all_of_it_may_go():
    assert fixed_terms(FIXED, equity=25.0, maintenance=-75.0).max_fraction == 1.0
    assert fixed_terms(FIXED, equity=25.1, maintenance=-74.9).max_fraction == 0.5


def test_a_fixed_discount_beyond_the_equity_is_paid_by_the_fund():
    assert fixed_terms(FIXED, equity=4.0, maintenance=-96.0).price == pytest.approx(-6.0)


@pytest.mark.parametrize(
    ("elapsed", "discount"), [(0, 0.05), (300, 0.175), (600, 0.3), (2100, 0.65), (3600, 1.0), (9999, 1.0)]
)
def test_the_discount_of_an_auction_rises_fast_then_slowly(elapsed, discount):
    assert discount_at(DUTCH, elapsed) == pytest.approx(discount)


def test_an_auction_asks_for_equity_less_the_discount():
    terms = dutch_terms(DUTCH, Auction(START), START + 600, equity=90.0, maintenance=-10.0)
    assert terms.price == pytest.approx(63.0)


def test_a_bid_may_restore_the_buffer_and_no_more():
    """Selling f leaves MM = -10 + f (100 + 63 - 90 - 2) = -10 + 71 f, to equal 15 (1 - f): f = 25 / 86."""
    terms = dutch_terms(DUTCH, Auction(START), START + 600, equity=90.0, maintenance=-10.0)
    assert terms.max_fraction == pytest.approx(25 / 86)


def test_an_account_whose_price_is_less_than_the_penalty_goes_as_a_whole():
    """No slice would raise its margin: what is paid for it goes to the fund."""
    terms = dutch_terms(DUTCH, Auction(START), START + 600, equity=1.0, maintenance=-99.0)
    assert terms.max_fraction == 1.0


def test_an_insolvent_account_is_first_given_away_then_paid_for_up_to_its_requirement():
    auction = Auction(START, insolvent_at=START + 100)
    for elapsed, price in ((0, 0.0), (900, -60.0), (1800, -120.0), (9000, -120.0)):
        terms = dutch_terms(DUTCH, auction, START + 100 + elapsed, equity=-20.0, maintenance=-120.0)
        assert (terms.price, terms.max_fraction) == (pytest.approx(price), 1.0)


def test_insolvency_that_nobody_declared_starts_now():
    assert dutch_terms(DUTCH, Auction(START), START + 900, equity=-20.0, maintenance=-120.0).price == 0.0


def test_an_auction_that_ran_out_pays_although_there_is_equity():
    terms = dutch_terms(DUTCH, Auction(START), START + 3600 + 900, equity=5.0, maintenance=-95.0)
    assert terms.price == pytest.approx(-47.5)


def test_insolvency_declared_after_the_auction_ran_out_counts_from_when_it_did():
    auction = Auction(START, insolvent_at=START + 4000)
    assert dutch_terms(DUTCH, auction, START + 3600 + 450, equity=-1.0, maintenance=-100.0).price == pytest.approx(-25)


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.integers(0, 3599))
def test_the_largest_bid_brings_the_account_to_its_buffer_or_takes_all_of_it(equity, shortfall, elapsed):
    requirement = equity + shortfall
    terms = dutch_terms(DUTCH, Auction(START), START + elapsed, equity, -shortfall)
    assert 0 < terms.max_fraction <= 1
    assume(terms.max_fraction < 1)
    f, fee = terms.max_fraction, min(0.02 * requirement, terms.price)
    after = -shortfall + f * (requirement + terms.price - equity - fee)
    assert after == pytest.approx(0.15 * (1 - f) * requirement, rel=1e-6, abs=1e-9 * requirement)


ENGLISH = Liquidation(mechanism="english", lot=50.0, min_increment=0.03, bid_seconds=600, auction_seconds=3600)


def test_a_lot_carries_a_fixed_part_of_the_requirement_or_all_that_is_left():
    assert lot_fraction(ENGLISH, equity=90.0, maintenance=-110.0) == 0.25  # requirement 200
    assert lot_fraction(ENGLISH, equity=10.0, maintenance=-40.0) == 1.0


def test_a_first_bid_for_a_lot_may_be_zero_while_the_account_has_equity():
    terms = english_terms(ENGLISH, Lot(1, 0.25, START), equity=90.0, maintenance=-110.0)
    assert (terms.worth, terms.reserve, terms.least) == (22.5, 0.0, 0.0)


def test_the_fund_brings_a_lot_without_equity_up_to_its_requirement():
    terms = english_terms(ENGLISH, Lot(1, 0.25, START), equity=-20.0, maintenance=-220.0)
    assert (terms.worth, terms.reserve, terms.least) == (-5.0, -55.0, -55.0)


def test_a_raise_is_by_the_increment_above_the_reserve_of_the_first_bid():
    led = Lot(1, 0.25, START, bidder=9, payment=45.0, reserve=-55.0, stands_until=START)
    assert english_terms(ENGLISH, led, equity=90.0, maintenance=-110.0).least == pytest.approx(48.0)


def test_bidding_is_over_when_the_best_bid_has_stood_or_the_auction_has_lasted():
    assert not Lot(1, 1.0, START + 3600).is_over(START + 3599)
    assert Lot(1, 1.0, START + 3600).is_over(START + 3600)
    led = Lot(1, 1.0, START + 3600, bidder=9, stands_until=START + 600)
    assert not led.is_over(START + 599)
    assert led.is_over(START + 600)
