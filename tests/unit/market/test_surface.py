"""The volatility surface is free of arbitrage and reacts as markets do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.market.surface import SHORTEST_TAU, RealisedVolatility, VolatilitySurface
from simulator.scenario.market import Surface

YEAR = 365 * 86_400
STRIKES = np.linspace(-3.0, 3.0, 601)

skews = st.floats(-0.9, 0.9)


@st.composite
def surfaces(draw):
    skew = draw(skews)
    curvature = draw(st.floats(0.05, 2.0)) / (1 + abs(skew))
    section = Surface(
        skew=skew, curvature=curvature, long_run=draw(st.floats(0.3, 1.5)), term_decay_days=draw(st.floats(1, 60))
    )
    return VolatilitySurface(section)


def total_variance(smile, k):
    a, b, rho, m, sigma = smile[:5]
    return a + b * (rho * (k - m) + np.sqrt((k - m) ** 2 + sigma**2))


def gatheral_g(smile, k):
    """Positive where the implied density is (Gatheral and Jacquier 2014, eq. 2.1), derivatives in closed form."""
    _, b, rho, m, sigma = smile[:5]
    root = np.sqrt((k - m) ** 2 + sigma**2)
    w, first, second = total_variance(smile, k), b * (rho + (k - m) / root), b * sigma**2 / root**3
    return (1 - k * first / (2 * w)) ** 2 - first**2 / 4 * (1 / w + 0.25) + second / 2


@settings(max_examples=100, deadline=None)
@given(surfaces(), st.floats(0.4, 4.0), st.floats(1e-6, 2.0))
def test_no_butterfly_arbitrage(surface, short, tau):
    smile = surface.smile(short, 100.0, tau)
    assert np.all(total_variance(smile, STRIKES) > 0)
    assert np.all(gatheral_g(smile, STRIKES) >= -1e-9)


@settings(max_examples=100, deadline=None)
@given(surfaces(), st.floats(0.4, 4.0), st.floats(1e-5, 1.0), st.floats(1.01, 20.0))
def test_no_calendar_arbitrage(surface, short, tau, factor):
    near, far = (surface.smile(short, 100.0, t) for t in (tau, tau * factor))
    assert np.all(total_variance(far, STRIKES) >= total_variance(near, STRIKES) - 1e-12)


@given(surfaces(), st.floats(0.4, 4.0), st.floats(0.001, 2.0))
def test_raw_svi_at_the_money_gives_the_atm_volatility(surface, short, tau):
    smile = surface.smile(short, 100.0, tau)
    assert math.sqrt(total_variance(smile, 0.0) / smile[6]) == pytest.approx(surface.atm_volatility(short, tau))


def test_raw_svi_agrees_with_the_ssvi_formula():
    surface = VolatilitySurface(Surface(skew=-0.3, curvature=1.0))
    theta, k = surface.total_variance(1.2, 0.1), 0.25
    phi = 1.0 / math.sqrt(theta * (1 + theta))
    # Gatheral and Jacquier (2014), eq. 4.1.
    expected = theta / 2 * (1 - 0.3 * phi * k + math.sqrt((phi * k - 0.3) ** 2 + 1 - 0.3**2))
    assert total_variance(surface.smile(1.2, 100.0, 0.1), k) == pytest.approx(expected)


def test_puts_cost_more_volatility_than_calls_under_negative_skew():
    smile = VolatilitySurface(Surface(skew=-0.3)).smile(0.8, 100.0, 30 / 365)
    assert total_variance(smile, -0.3) > total_variance(smile, 0.3)


def test_short_expiries_react_more_than_long_ones():
    surface = VolatilitySurface(Surface(long_run=0.8))
    rises = [
        surface.atm_volatility(3.0, days / 365) - surface.atm_volatility(0.8, days / 365) for days in (1, 7, 30, 180)
    ]
    assert rises == sorted(rises, reverse=True) and rises[0] > 4 * rises[-1]


def test_a_calm_market_at_the_long_run_has_a_flat_term_structure():
    surface = VolatilitySurface(Surface(long_run=0.8))
    assert [surface.atm_volatility(0.8, tau) for tau in (0.01, 0.1, 1.0)] == pytest.approx([0.8] * 3)


def test_floor_and_cap_bound_the_short_end():
    surface = VolatilitySurface(Surface(atm_floor=0.5, atm_cap=3.0, risk_premium=1.0))
    assert (surface.short_volatility(0.1), surface.short_volatility(9.0)) == (0.5, 3.0)


def test_time_to_expiry_stops_at_a_minute():
    smile = VolatilitySurface(Surface()).smile(0.8, 100.0, -1.0)
    assert smile[6] == SHORTEST_TAU == 60 / YEAR and np.all(np.isfinite(smile))


def test_realised_volatility_converges_to_that_of_its_returns():
    realised = RealisedVolatility(0.3, half_life_seconds=3600)
    step = 0.9 * math.sqrt(12 / YEAR)
    for block in range(6000):
        realised.update(step if block % 2 else -step, 12)
    assert realised.value == pytest.approx(0.9, rel=1e-4)


def test_realised_variance_forgets_half_in_a_half_life():
    realised = RealisedVolatility(1.0, half_life_seconds=3600)
    for _ in range(300):
        realised.update(0.0, 12)
    assert realised.value**2 == pytest.approx(0.5)
