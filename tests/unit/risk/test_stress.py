"""Chosen scenarios: grids, the worst of history, crises, broken correlations, and reverse stress."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from valued_books import book, contracts

from simulator.errors import DataError
from simulator.risk.historical import log_returns
from simulator.risk.portfolio_valuation import account_profits, equity
from simulator.risk.reverse_stress import exhausting_account, exhausting_fund, most_likely
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.state import CALL, PERPETUAL, PUT
from simulator.risk.stress import CRISES, broken_correlation, crisis, crisis_moves, grid, worst_windows

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
DEVIATION = np.array([0.08, 0.2, 0.06, 0.15])
CORRELATION = np.array([[1.0, -0.5, 0.8, 0.0], [-0.5, 1.0, 0.0, 0.0], [0.8, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
COVARIANCE = np.outer(DEVIATION, DEVIATION) * CORRELATION


def test_a_grid_holds_every_pair_of_moves_on_the_assets_that_move():
    s = grid([-0.2, 0.0, 0.1], [-0.5, 0.5], assets=2, moving=[1])
    assert s.shocks.shape == (6, 2, 2)
    assert (s.shocks[:, 0] == 0).all()
    assert s.shocks[:, 1] == pytest.approx(
        np.array([[-0.2, -0.5], [-0.2, 0.5], [0, -0.5], [0, 0.5], [0.1, -0.5], [0.1, 0.5]])
    )


def test_the_worst_windows_do_not_overlap():
    losses = np.array([1.0, 5.0, 4.9, 0.0, 3.0, 2.0])
    assert worst_windows(losses, 2).tolist() == [1, 2]
    assert worst_windows(losses, 2, spacing=3).tolist() == [1, 4]


def test_a_crisis_is_the_way_to_its_bottom():
    times = np.array(["2020-03-11", "2020-03-12", "2020-03-13", "2020-03-14", "2020-03-15"], dtype="datetime64[D]")
    prices = [[300.0, 9.0], [200.0, 8.0], [90.0, 5.0], [130.0, 4.0], [140.0, 6.0]]
    moves = crisis_moves(times, prices, crisis("black-thursday-2020"))
    assert moves.factors == pytest.approx(np.array([[90 / 200, 5 / 8]]))


@pytest.mark.skipif(not DATA.exists(), reason="market data stand beside the repository")
def test_crises_of_the_daily_data_are_falls_and_the_worst_day_is_black_thursday():
    columns = []
    for asset in ("btc", "eth"):
        with open(DATA / f"{asset}_usdt_1d_2017-08_2024-12.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        columns.append([float(row["close"]) for row in rows])
    opened = np.array([row["timestamp_utc"][:10] for row in rows], dtype="datetime64[D]")
    times, prices = opened + 1, np.array(columns).T
    falls = {c.name: crisis_moves(times, prices, c).shocks[0, 0, 0] for c in CRISES[:-1]}
    assert all(fall < -0.1 for fall in falls.values()), falls
    returns = log_returns(prices)
    worst = worst_windows(-np.expm1(returns).sum(axis=1), 5)
    assert times[1:][worst[0]] == np.datetime64("2020-03-13")  # the close of 12 March


@given(st.integers(0, 2**32), st.floats(0, 1), st.sampled_from(["ones", "signs", "matrix"]))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_broken_correlations_stay_positive_semi_definite_and_keep_variances(seed, weight, kind):
    rng = np.random.default_rng(seed)

    def drawn() -> np.ndarray:
        a = rng.normal(size=(4, 6))
        return a @ a.T

    def correlation(c: np.ndarray) -> np.ndarray:
        return c / np.sqrt(np.outer(np.diag(c), np.diag(c)))

    stressed = {"ones": None, "signs": rng.choice([-1.0, 1.0], 4), "matrix": correlation(drawn())}[kind]
    covariance = drawn()
    broken = broken_correlation(covariance, weight, stressed)
    assert np.diag(broken) == pytest.approx(np.diag(covariance))
    assert np.linalg.eigvalsh(broken)[0] >= -1e-9 * broken.max()


def test_with_correlations_at_one_a_hedged_book_is_hedged_and_a_spread_one_is_not():
    spread, hedged = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.06, 0.0, -0.08, 0.0])
    broken = broken_correlation(COVARIANCE, 1.0)
    assert np.sqrt(spread @ broken @ spread) == pytest.approx(0.08 + 0.06)
    assert hedged @ broken @ hedged == pytest.approx(0.0, abs=1e-12)
    assert broken_correlation(COVARIANCE, 0.0) == pytest.approx(COVARIANCE)


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_the_distance_to_a_linear_loss_is_the_loss_in_deviations(seed):
    rng = np.random.default_rng(seed)
    exposure = rng.normal(size=4)
    deviation = np.sqrt(exposure @ COVARIANCE @ exposure)
    found = most_likely(lambda x: -x @ exposure, COVARIANCE, 3.5 * deviation)
    assert found.distance == pytest.approx(3.5, rel=1e-9)
    assert found.moves == pytest.approx(-COVARIANCE @ exposure * 3.5 / deviation, abs=1e-6)


def test_a_leveraged_coin_is_exhausted_where_its_price_meets_its_debt():
    """2 ETH at 2000 against a debt of 3000: gone at 1500, ln(4/3) / 0.08 deviations away."""
    found = exhausting_account(contracts((PERPETUAL, 0, 0.0, 0.0, 0.0)), book(({}, -3000.0, [2.0, 0.0])), 0, COVARIANCE)
    assert found.distance == pytest.approx(np.log(4 / 3) / 0.08, rel=1e-8)
    assert found.moves[0] == pytest.approx(np.log(0.75), rel=1e-8)
    # What is correlated moves along, by regression.
    assert found.moves[2] == pytest.approx(np.log(0.75) * 0.8 * 0.06 / 0.08, rel=1e-5)


@pytest.mark.parametrize(
    "positions", [{0: -2.0}, {1: -2.0}, {0: -1.0, 1: -1.0}], ids=["short call", "short put", "short straddle"]
)
def test_the_point_that_exhausts_a_seller_of_options_is_that_of_an_exhaustive_search(positions):
    c = contracts((CALL, 0, 2000.0, 0.8, 0.1), (PUT, 0, 2000.0, 0.8, 0.1))
    b = book((positions, 1200.0))
    found = exhausting_account(c, b, 0, COVARIANCE)
    price, volatility = np.meshgrid(np.linspace(-0.6, 0.6, 801), np.linspace(-0.9, 1.3, 801), indexing="ij")
    points = np.stack([price.ravel(), volatility.ravel()], axis=1)
    s = ScenarioSet(
        np.stack([points[:, 0], 0 * points[:, 0]], 1), None, np.expm1(np.stack([points[:, 1], 0 * points[:, 1]], 1))
    )
    lost = account_profits(c, b, s)[0] <= -equity(c, b)[0]
    nearest = np.sqrt(np.einsum("ni,ij,nj->n", points, np.linalg.inv(COVARIANCE[:2, :2]), points)[lost].min())
    assert found.distance <= nearest
    assert found.distance == pytest.approx(nearest, rel=3e-3)


def test_the_point_that_exhausts_the_fund_is_no_farther_than_a_long_search_finds():
    c = contracts((CALL, 0, 2000.0, 0.8, 0.1), (PUT, 0, 2000.0, 0.8, 0.1))
    b = book(({0: -1.0, 1: -1.0}, 900.0), ({0: -2.0}, 1500.0, [0.2, 0.0]), ({1: -3.0}, 900.0, [0.1, 0.01]))
    found = exhausting_fund(c, b, 500.0, COVARIANCE)
    assert found.loss == pytest.approx(500.0)
    rng = np.random.default_rng(2)
    away = rng.normal(size=(100_000, 4))
    away *= (found.distance * rng.uniform(0.8, 0.999, 100_000) / np.linalg.norm(away, axis=1))[:, None]
    moves = away @ np.linalg.cholesky(COVARIANCE).T
    profits = account_profits(c, b, ScenarioSet(moves[:, 0::2], None, np.expm1(moves[:, 1::2])))
    assert np.maximum(-(equity(c, b)[:, None] + profits), 0).sum(axis=0).max() < 500


def test_a_stable_coin_that_breaks_can_be_what_exhausts_an_account():
    """Half a million of stable coins against 200 borrowed ETH: the way out is a depeg with a rising price."""
    c, b = contracts((PERPETUAL, 0, 0.0, 0.0, 0.0)), book(({}, 500_000.0, [-200.0, 0.0]))
    deviation = np.array([0.05, 0.04, 0.02])
    found = exhausting_account(c, b, 0, np.diag(deviation**2), assign=lambda s: s.assigned([0, 1], stable=2))
    assert found.moves[2] < -0.01 < 0 < found.moves[0] and found.moves[1] == pytest.approx(0, abs=1e-9)
    # Gone where 200 S exp(x) = 500,000 exp(y): log moves whose difference is ln(5/4).
    assert found.distance == pytest.approx(np.log(1.25) / np.hypot(0.05, 0.02), rel=1e-6)


def test_what_cannot_be_lost_is_not_found():
    c = contracts((CALL, 0, 2000.0, 0.8, 0.1))
    assert exhausting_account(c, book(({0: 1.0}, 1.0)), 0, COVARIANCE) is None


ONE = contracts((CALL, 0, 2000.0, 0.8, 0.1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: crisis("2008"), "unknown crisis '2008'; known are black-thursday-2020"),
        (lambda: crisis_moves(["2021-01-01"], [[1.0]], CRISES[0]), "do not cover 2020-03-12"),
        (lambda: crisis_moves(["2020-01-01", "2021-01-01"], [[1.0], [0.0]], CRISES[0]), "prices must be above 0"),
        (lambda: worst_windows([1.0, 2.0], 2, spacing=5), "hold 1 windows"),
        (lambda: grid([-1.0], [0.0], 2), "a price move of -1.0"),
        (lambda: grid([0.1], [], 2), "volatility moves: empty"),
        (lambda: exhausting_fund(ONE, book(({}, 1.0)), float("nan"), COVARIANCE), "fund is nan"),
        (lambda: grid([0.1], [0.0], 2, [2]), "assets \\[2\\] of 2"),
        (lambda: broken_correlation(COVARIANCE, 1.5), "weight 1.5"),
        (lambda: broken_correlation(COVARIANCE, 0.5, [1, 2, 1, 1]), "each 1 or -1"),
        (lambda: broken_correlation(COVARIANCE, 0.5, 2 * np.eye(4)), "the diagonal must be 1"),
        (lambda: exhausting_account(ONE, book(({0: -1.0}, 0.0)), 0, COVARIANCE), "exhausted already"),
        (lambda: exhausting_account(ONE, book(({0: -1.0}, 0.0)), 1, COVARIANCE), "accounts 0 to 0"),
        (lambda: exhausting_fund(ONE, book(({0: -1.0}, 0.0)), 1.0, COVARIANCE), "reached where nothing moves"),
        (lambda: exhausting_fund(ONE, book(({}, 1.0)), -1.0, COVARIANCE), "fund is -1.0"),
        (lambda: exhausting_account(ONE, book(({}, 1.0)), 0, np.eye(2)), "scenarios of 1 assets"),
    ],
)
def test_stress_that_cannot_be_made_gets_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
