"""Quantities in sentences."""

import pytest

from simulator.explain import words
from simulator.explain.bids import readable


@pytest.mark.parametrize(
    ("value", "text"),
    [(15141.73, "15,142 USD"), (-0.001, "0.00 USD"), (12.5, "12.50 USD"), (-1126.2, "-1,126 USD")],
)
def test_money_has_cents_below_a_thousand(value, text):
    assert words.amount(value, "USD") == text


@pytest.mark.parametrize(("value", "text"), [(6.278, "6.278"), (1200.0, "1,200"), (0.00001, "1e-05"), (0.0, "0")])
def test_a_size_that_is_not_zero_never_reads_as_zero(value, text):
    assert words.size(value) == text


@pytest.mark.parametrize(("seconds", "text"), [(45, "45 s"), (1020, "17 min 00 s"), (4260, "1 h 11 min")])
def test_spans_have_two_units_at_most(seconds, text):
    assert words.span(seconds) == text


def test_fixed_point_in_a_revert_reason_is_read_as_a_number():
    reason = "PaymentAboveLimit(payment=-14590.13413391703607958e18, limit=-14875.6599e18)"
    assert readable(reason) == "PaymentAboveLimit(payment=-14,590.1341, limit=-14,875.6599)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(43.21, "43.2 gwei"), (1.982, "1.98 gwei"), (200.0, "200 gwei"), (8e-9, "under 0.001 gwei"), (0.0, "0 gwei")],
)
def test_gas_has_three_digits_or_a_decimal(value, text):
    assert words.gwei(value) == text


def test_a_range_of_one_price_is_that_price():
    assert words.gwei_range(60.11, 60.12) == "60.1 gwei"
    assert words.gwei_range(60.1, 87.2) == "60.1 to 87.2 gwei"


@pytest.mark.parametrize(
    ("value", "text"), [(0.0132, "0.0132 ETH"), (1.359e-5, "0.000014 ETH"), (1e-9, "under 0.000001 ETH")]
)
def test_a_fee_is_never_in_powers_of_ten(value, text):
    assert words.coin(value, "ETH") == text


@pytest.mark.parametrize(
    ("ratio", "text"), [(1.174, "17.4 % above"), (0.97, "3.0 % below"), (1.0002, "the same as"), (5.2, "5.2 times")]
)
def test_an_amount_is_above_or_below_another(ratio, text):
    assert words.against(ratio) == text
