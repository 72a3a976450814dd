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
