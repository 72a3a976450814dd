"""Raw SVI against the worked example of Gatheral and Jacquier, and fitted to a real option chain."""

from pathlib import Path

import numpy as np
import pytest

from simulator.market.option_chain import read_option_chain
from simulator.market.surface import VolatilitySurface
from simulator.market.svi_arbitrage import arbitrage, butterfly, calendar_gap, total_variance, wing_slope
from simulator.market.svi_fit import fit_chain, fit_smile
from simulator.scenario.market import Surface

CHAIN = Path(__file__).resolve().parents[3] / "shared" / "data" / "deribit_eth_option_chain_2022-01-27.csv"
VOGT = np.array([-0.0410, 0.1331, 0.3060, 0.3586, 0.4153, 1.0, 1.0])
"""Example 3.1 of Gatheral and Jacquier (2014), by Axel Vogt: positive everywhere, and yet arbitrageable."""
VOGT_JUMP_WINGS = [0.01742625, -0.1752111, 0.6997381, 1.316798, 0.0116249]
"""The same smile in their section 5: variance and skew at the money, put slope, call slope, least variance."""


def jump_wings(smile):
    """v, psi, p, c and the least variance of a raw smile: their eq. 3.5, with tau = 1."""
    a, b, rho, m, sigma = smile[:5]
    w = total_variance(smile, 0.0)
    skew = b / np.sqrt(w) / 2 * (-m / np.hypot(m, sigma) + rho)
    wings = b / np.sqrt(w) * np.array([1 - rho, 1 + rho])
    return [w, skew, *wings, a + b * sigma * np.sqrt(1 - rho**2)]


def test_the_published_example_has_a_butterfly_at_the_published_place():
    assert jump_wings(VOGT) == pytest.approx(VOGT_JUMP_WINGS, rel=2e-6)
    k = np.linspace(-1.5, 1.5, 3001)
    assert total_variance(VOGT, k).min() > 0
    negative = k[butterfly(VOGT, k) < 0]
    # Their figure 1: the density is negative between about 0.6 and 1.1, and nowhere else.
    assert 0.5 < negative.min() < negative.max() < 1.3
    assert "butterfly arbitrage" in arbitrage(VOGT)


def test_the_density_integrates_to_one_and_its_mean_is_the_forward():
    """g(k) is the density of k up to phi(d2) / sqrt(w): a check of all its derivatives at once."""
    smile = np.array([0.02, 0.1, -0.3, 0.05, 0.3, 1.0, 1.0])
    k = np.linspace(-12, 12, 40_001)
    w = total_variance(smile, k)
    d2 = -k / np.sqrt(w) - np.sqrt(w) / 2
    density = butterfly(smile, k) * np.exp(-(d2**2) / 2) / np.sqrt(2 * np.pi * w)
    assert np.trapezoid(density, k) == pytest.approx(1.0, abs=1e-6)
    assert np.trapezoid(density * np.exp(k), k) == pytest.approx(1.0, abs=1e-6)


def test_wings_steeper_than_two_are_arbitrage():
    assert wing_slope(np.array([0.1, 1.5, 0.5, 0.0, 0.3])) == 2.25
    assert "Lee" in arbitrage(np.array([0.1, 1.5, 0.5, 0.0, 0.3, 1.0, 1.0]))


def test_a_fit_recovers_the_smile_that_made_the_volatilities():
    made = VolatilitySurface(Surface()).smile(0.9, 2500.0, 20 / 365)
    k = np.linspace(-0.6, 0.6, 25)
    fit = fit_smile(2500 * np.exp(k), np.sqrt(total_variance(made, k) / made[6]), 2500.0, made[6])
    assert fit.worst < 1e-5
    assert not arbitrage(fit.smile)


def test_a_fit_to_arbitrageable_volatilities_is_itself_free_of_arbitrage():
    k = np.linspace(-1.5, 1.5, 31)
    fit = fit_smile(np.exp(k), np.sqrt(total_variance(VOGT, k)), 1.0, 1.0)
    assert fit.least_density >= 0
    assert fit.rmse < 0.01


def test_an_expiry_below_the_one_before_is_lifted_over_it():
    before = np.array([0.01, 0.1, -0.2, 0.0, 0.2, 1.0, 0.1])
    k = np.linspace(-0.5, 0.5, 21)
    lower = 0.9 * np.sqrt(total_variance(before, k) / 0.12)
    fit = fit_smile(np.exp(k), lower, 1.0, 0.12, earlier=before)
    assert calendar_gap(before, fit.smile).min() >= -1e-15


@pytest.fixture(scope="module")
def chain():
    return read_option_chain(CHAIN)


def test_a_real_chain_is_fitted_within_the_spread_of_its_quotes(chain):
    """Ether on Deribit, eight and fifteen days out; strikes from 0.4 to 2.2 times the forward."""
    near, far = fit_chain(chain)
    assert (near.quotes, far.quotes) == (28, 27)
    # Root mean square errors in volatility, weighted by vega: 1.0 and 0.6 points. Quotes near the money are two wide.
    assert near.weighted_rmse < 0.011 and far.weighted_rmse < 0.006
    # Unweighted, the kinks of far calls count in full (130 % from strike 4000 to 4400): 3.4 and 1.1 points.
    assert near.rmse < 0.035 and far.rmse < 0.011
    for fit in (near, far):
        assert fit.least_density >= 0
        rows = chain.at_expiry(fit.expiry)
        k = np.log(rows.strike / fit.smile[5])
        volatility = np.sqrt(total_variance(fit.smile, k) / fit.smile[6])
        close = (np.abs(k) < 0.2) & np.isfinite(rows.bid_volatility) & np.isfinite(rows.ask_volatility)
        inside = (rows.bid_volatility <= volatility) & (volatility <= rows.ask_volatility)
        assert close.sum() >= 15 and inside[close].mean() > 0.93


def test_expiries_of_a_real_chain_do_not_cross(chain):
    near, far = fit_chain(chain)
    assert calendar_gap(near.smile, far.smile).min() >= -1e-15
