"""Volatility out of prices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DataError
from simulator.risk.implied_volatility import implied_volatility
from simulator.risk.pricing import black76, black76_vega


@given(st.floats(0.5, 2.0), st.floats(0.05, 3.0), st.floats(0.003, 2.0), st.floats(0.8, 1.0), st.booleans())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_volatility_of_a_price_is_the_one_it_was_made_with(moneyness, volatility, years, discount, call):
    price = black76(call, 2000.0, 2000.0 * moneyness, volatility, years, discount)
    vega = black76_vega(2000.0, 2000.0 * moneyness, volatility, years, discount)
    # A price in double precision knows its volatility to some units in its last place over vega.
    known = 1e-10 + 1e-12 * 2000.0 / max(vega, 1e-300)
    if known < 0.01:
        assert implied_volatility(price, call, 2000.0, 2000.0 * moneyness, years, discount) == pytest.approx(
            volatility, abs=known
        )


def test_a_whole_chain_at_once():
    strikes = np.linspace(1000, 4000, 31)
    call = strikes > 2000
    prices = black76(call, 2000.0, strikes, 0.7, 0.25)
    assert implied_volatility(prices, call, 2000.0, strikes, 0.25) == pytest.approx(np.full(31, 0.7), rel=1e-10)


def test_an_intrinsic_price_has_no_volatility():
    assert implied_volatility([5.0, 0.0], True, [105.0, 95.0], 100.0, 1.0).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4.0, True, 105.0, 100.0, 1.0), "below intrinsic value, an arbitrage; option 0 has 4.0"),
        (([5.0, 101.0], True, 100.0, 100.0, 1.0), "not below that of the underlying or strike; option 1 has 101.0"),
        ((float("nan"), True, 100.0, 100.0, 1.0), "price must be finite; option 0 has nan"),
        ((5.0, True, 100.0, 0.0, 1.0), "strike must be finite and above 0"),
        ((5.0, True, 100.0, 100.0, 0.0), "years must be finite and above 0"),
    ],
)
def test_prices_that_no_volatility_makes_get_one_clear_line(arguments, message):
    with pytest.raises(DataError, match=message):
        implied_volatility(*arguments)
