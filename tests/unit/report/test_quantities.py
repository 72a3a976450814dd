"""How numbers read."""

import math

import pytest

from simulator.report.quantities import count, duration, moment, money, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.8, "1,234,568 USD"),
        (12.345, "12.35 USD"),
        (-0.001, "0.00 USD"),
        (-2500.4, "-2,500 USD"),
        (0, "0.00 USD"),
    ],
)
def test_money_has_separators_and_its_unit(value, text):
    assert money(value, "USD") == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0437, "4.4 %"), (0.0, "0.0 %"), (0.00002, "<0.1 %"), (-0.00002, "−<0.1 %")]
)
def test_a_share_that_is_not_zero_never_reads_as_zero(value, text):
    assert percent(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(12, "12 s"), (96, "1 min 36 s"), (3600, "1 h 00 min"), (172_800, "48 h 00 min")]
)
def test_durations_have_two_parts_at_most(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(59.7, "1 min 00 s"), (3599.6, "1 h 00 min"), (7199.9, "2 h 00 min")])
def test_durations_carry_when_they_round_up(seconds, text):
    assert duration(seconds) == text


def test_moments_are_utc():
    assert moment(1_584_057_600) == "2020-03-13 00:00:00"


@pytest.mark.parametrize("show", [count, duration, moment, money, percent])
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_was_not_measured_is_said_so(show, value):
    assert show(value) == "n/a"
