"""Potential future exposure of accounts and of the house."""

import numpy as np
import pytest
from scipy.special import ndtri
from valued_books import book, contracts

from simulator.errors import DataError
from simulator.risk.covariance import covariance_over
from simulator.risk.exposure import FactorPaths, exposure_profile
from simulator.risk.montecarlo import BATCHES, Sampling
from simulator.risk.pricing import black76
from simulator.risk.shock_models import GaussianShocks
from simulator.risk.state import CALL, PERPETUAL, PUT
from simulator.risk.workload import Workload

VOLATILITY = np.array([0.8, 0.6])
CORRELATION = np.array([[1.0, 0.7], [0.7, 1.0]])
YEARS = np.array([0.05, 0.1, 0.3])
LONG_PERPETUAL = ({0: 1.0}, -2000.0)


def paths(n=BATCHES * 2**10, sampling=Sampling.SOBOL):
    return FactorPaths(
        lambda years: GaussianShocks(covariance_over(VOLATILITY, CORRELATION, years)), n, sampling=sampling
    )


def profile(c, b, years=YEARS, seed=1, **options):
    return exposure_profile(c, b, paths(), years, np.random.default_rng(seed), **options)


def deviation(years):
    return VOLATILITY[0] * np.sqrt(years)


def owed(years):
    """E max(0, 2000 - F): a put, on the mean of a price whose log has mean zero."""
    return black76(False, 2000 * np.exp(deviation(years) ** 2 / 2), 2000, VOLATILITY[0], years)


PERPETUALS = contracts((PERPETUAL, 0, 0.0, 0.0, 0.0), (PERPETUAL, 1, 0.0, 0.0, 0.0))


def test_the_exposure_to_a_bought_perpetual_is_a_put_and_its_quantile_that_of_the_price():
    found = profile(PERPETUALS, book(LONG_PERPETUAL))
    assert found.expected[0] == pytest.approx(owed(YEARS), rel=0.01)
    assert found.potential[0] == pytest.approx(2000 * (1 - np.exp(-ndtri(0.975) * deviation(YEARS))), rel=0.02)
    assert found.peak[0] == found.potential[0, -1]


def test_margin_calls_leave_the_move_of_the_margin_period_at_every_date():
    period = 2 / 365
    found = profile(PERPETUALS, book(LONG_PERPETUAL), margin_period=period)
    drift = np.exp(0.5 * VOLATILITY[0] ** 2 * (YEARS - period))  # the mean price that the period starts from
    assert found.expected[0] == pytest.approx(owed(period) * drift, rel=0.05)


def test_margin_held_lowers_exposure_and_enough_of_it_ends_it():
    b = book(LONG_PERPETUAL, LONG_PERPETUAL, LONG_PERPETUAL)
    found = profile(PERPETUALS, b, margin_period=2 / 365, margin=[0.0, 100.0, 1e5])
    assert (found.expected[0] > found.expected[1]).all() and (found.expected[2] == 0).all()


def test_an_option_that_has_paid_owes_the_same_ever_after():
    c = contracts((CALL, 0, 2000.0, 0.8, 0.1))
    found = profile(c, book(({0: -1.0}, 0.0)))
    assert found.expected[0, 1] == pytest.approx(found.expected[0, 2], rel=1e-12)
    payoff = black76(True, 2000 * np.exp(deviation(0.1) ** 2 / 2), 2000, VOLATILITY[0], 0.1)
    assert found.expected[0, 1] == pytest.approx(payoff, rel=0.02)


def test_an_expiry_between_the_dates_pays_by_the_price_of_its_own_day():
    c = contracts((PUT, 0, 2000.0, 0.8, 0.07))
    found = profile(c, book(({0: -1.0}, 0.0)), np.array([0.3]))
    assert found.expected[0, 0] == pytest.approx(owed(0.07), rel=0.02)


def test_coins_paid_by_an_inverse_option_go_on_moving_with_their_price():
    """A call of strike near zero pays almost one coin; to have sold it owes one coin for good."""
    c = contracts((CALL, 0, 1e-6, 0.8, 0.05, {"inverse": True}))
    found = profile(c, book(({0: -1.0}, 2000.0)), np.array([0.3]))
    years = 0.3
    call = black76(True, 2000 * np.exp(deviation(years) ** 2 / 2), 2000, VOLATILITY[0], years)
    assert found.expected[0, 0] == pytest.approx(call, rel=0.02)


def test_the_house_adds_means_and_gains_from_opposite_accounts():
    short = ({0: -1.0}, 2000.0)
    found = profile(PERPETUALS, book(LONG_PERPETUAL, short))
    assert found.house_expected == pytest.approx(found.expected.sum(axis=0))
    assert (found.house_potential < found.potential.sum(axis=0)).all()
    assert (found.house_error > 0).all()


def test_how_the_work_is_cut_does_not_change_a_profile():
    b = book(LONG_PERPETUAL, ({0: -1.0}, 2500.0), ({1: 0.1}, -3000.0, [0.2, 0.0]))
    whole = profile(PERPETUALS, b, workload=Workload(threads=1))
    cut = profile(PERPETUALS, b, workload=Workload(memory=1000, threads=1))
    shared = profile(PERPETUALS, book(*[LONG_PERPETUAL] * 40), workload=Workload(threads=3))
    alone = profile(PERPETUALS, book(*[LONG_PERPETUAL] * 40), workload=Workload(threads=1))
    for one, other in ((whole, cut), (shared, alone)):
        for name in ("expected", "potential", "house_expected", "house_potential"):
            assert (getattr(one, name) == getattr(other, name)).all()


def test_collateral_in_another_coin_protects_less_the_more_it_falls_along():
    held, worth = ({0: -1.0}, -300.0, [0.0, 0.025]), contracts((PUT, 0, 2000.0, 0.8, 0.2))

    def expected(correlation):
        matrix = np.array([[1.0, correlation], [correlation, 1.0]])
        model = FactorPaths(lambda y: GaussianShocks(covariance_over(VOLATILITY, matrix, y)), BATCHES * 2**9)
        return exposure_profile(worth, book(held), model, YEARS, np.random.default_rng(2)).expected[0, -1]

    assert expected(0.95) > 1.2 * expected(0.0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: profile(PERPETUALS, book(LONG_PERPETUAL), np.array([0.2, 0.1])), "dates must rise"),
        (lambda: profile(PERPETUALS, book(LONG_PERPETUAL), np.array([0.0])), "dates must rise from above 0"),
        (lambda: profile(PERPETUALS, book(LONG_PERPETUAL), margin_period=0.0), "margin period of 0.0"),
        (lambda: profile(PERPETUALS, book(LONG_PERPETUAL), margin=[1.0, 2.0]), "2 of them for 1 accounts"),
        (lambda: profile(PERPETUALS, book(LONG_PERPETUAL), level=97.5), "level 97.5"),
        (lambda: profile(PERPETUALS, book(({7: 1.0}, 0.0))), "holds instrument 7"),
    ],
)
def test_a_profile_that_cannot_be_made_gets_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
