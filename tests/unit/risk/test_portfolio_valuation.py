"""Whole portfolios revalued in scenarios: full and expanded, linear and inverse, coins and cash."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from valued_books import SPOT, book, contracts, random_book, random_contracts, random_scenarios

from simulator.errors import DataError
from simulator.risk.book import Book, book_of
from simulator.risk.contracts import Contracts, contracts_of
from simulator.risk.greeks import account_greeks, greeks
from simulator.risk.option_kernels import normal_distribution
from simulator.risk.portfolio_valuation import (
    account_profits,
    equity,
    portfolio_tails,
    unit_profits,
)
from simulator.risk.pricing import YEAR_SECONDS, black76
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.smile import flat_smile
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, Holdings, Instruments, MarketState
from simulator.risk.tail import sample_tail
from simulator.risk.unit_pricing import Revaluation
from simulator.risk.workload import Workload

INVERSE = {"inverse": True}


def test_the_tabulated_normal_distribution_is_exact_to_double_precision():
    from scipy.special import ndtr

    x = np.linspace(-12, 12, 40_001)
    assert np.array([normal_distribution(v) for v in x]) == pytest.approx(ndtr(x), abs=2e-15)


@pytest.mark.parametrize("kind", [CALL, PUT])
def test_an_option_in_a_scenario_is_worth_black76_there(kind):
    c = contracts((kind, 0, 2100.0, 0.8, 0.2, {"discount": 0.97}))
    s = ScenarioSet(np.log([[0.7, 1.0], [1.2, 1.0]]), None, [[0.5, 0.0], [-0.25, 0.0]])
    there = black76(kind == CALL, 2000 * np.array([0.7, 1.2]), 2100, 0.8 * np.array([1.5, 0.75]), 0.2, 0.97)
    now = black76(kind == CALL, 2000, 2100, 0.8, 0.2, 0.97)
    assert unit_profits(c, s)[0] == pytest.approx(there - now, abs=1e-10)


@given(st.integers(0, 2**32), st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_a_call_less_a_put_is_a_discounted_future(seed, inverse):
    rng = np.random.default_rng(seed)
    strike, vol, years, discount = 2000 * rng.uniform(0.4, 2), rng.uniform(0.1, 2), rng.uniform(0.001, 2), 0.96
    other = {"inverse": inverse, "discount": discount}
    c = contracts((CALL, 0, strike, vol, years, other), (PUT, 0, strike, vol, years, other))
    s = random_scenarios(rng, 20)
    call, put = unit_profits(c, ScenarioSet(s.returns, s.weights, s.volatility))
    forward = discount * 2000 * np.expm1(s.returns[:, 0])
    assert call - put == pytest.approx(forward, abs=1e-9)


def test_nothing_is_gained_or_lost_where_nothing_moves():
    rng = np.random.default_rng(3)
    c, b = random_contracts(rng, 40), random_book(rng, 5, 40)
    assert (account_profits(c, b, ScenarioSet(np.zeros((1, 2)))) == 0).all()


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_expansion_meets_full_revaluation_as_moves_shrink(seed):
    rng = np.random.default_rng(seed)
    c, s = random_contracts(rng, 30), random_scenarios(rng, 12)
    # Options that still have some life: close to expiry at the money the third derivative has no bound.
    c = c.take(c.years * c.volatility**2 > 0.01) if (c.years * c.volatility**2 > 0.01).any() else c
    errors = []
    for scale in (1e-2, 1e-3):
        small = ScenarioSet(s.returns * scale, s.weights, s.volatility * scale)
        gap = unit_profits(c, small) - unit_profits(c, small, Revaluation.DELTA_GAMMA_VEGA)
        errors.append(np.abs(gap).max())
    # What is left out is of second order in volatility and of third in price: a tenth of the move, a hundredth of it.
    assert errors[1] <= errors[0] / 50 + 1e-9


@given(st.integers(0, 2**32), st.integers(200, 200_000), st.integers(1, 3))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_how_the_work_is_cut_does_not_change_a_bit(seed, memory, threads):
    rng = np.random.default_rng(seed)
    c, b, s = random_contracts(rng, 25), random_book(rng, 30, 25), random_scenarios(rng, 70)
    for revaluation in Revaluation:
        whole = account_profits(c, b, s, revaluation, Workload(threads=1))
        assert (account_profits(c, b, s, revaluation, Workload(memory, threads)) == whole).all()
        tails = portfolio_tails(c, b, s, 0.9, revaluation, Workload(memory, threads))
        assert (tails.es == sample_tail(-whole, 0.9, s.weights).es).all()


def test_many_threads_give_the_same_bits_as_one():
    rng = np.random.default_rng(11)
    c, b, s = random_contracts(rng, 600), random_book(rng, 500, 600), random_scenarios(rng, 600)
    results = [account_profits(c, b, s, workload=Workload(threads=n)) for n in (1, 2, 5)]
    assert (results[0] == results[1]).all() and (results[0] == results[2]).all()


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_profits_are_what_equity_gains(seed):
    rng = np.random.default_rng(seed)
    c, b, s = random_contracts(rng, 15), random_book(rng, 4, 15), random_scenarios(rng, 3)
    for j in range(3):
        move = np.exp(s.returns[j])
        there = Contracts(
            asset=c.asset,
            kind=c.kind,
            forward=c.forward * np.where(c.moves, move[c.asset], 1.0),
            strike=c.strike,
            volatility=c.volatility * (1 + s.volatility[j, c.asset]),
            years=c.years,
            discount=c.discount,
            moves=c.moves,
            inverse=c.inverse & c.moves,
            spot=c.spot * move,
            stable_price=c.stable_price * s.stable[j],
        )
        moving = c.moves[b.instrument]
        held = Book(b.start, b.instrument, np.where(moving, b.size, 0.0), b.cash, b.collateral)
        gain = equity(there, held) - equity(c, held)
        assert account_profits(c, held, s)[:, j] == pytest.approx(gain, rel=1e-9, abs=1e-6)


def test_a_coin_settled_option_is_worth_its_coins():
    """Deribit's options: the price in coins is Black-76 over the forward."""
    c = contracts(
        (CALL, 0, 2200.0, 0.9, 0.1, INVERSE | {"forward": 2020.0}), (CALL, 0, 2200.0, 0.9, 0.1, {"forward": 2020.0})
    )
    coins = black76(True, 2020.0, 2200.0, 0.9, 0.1) / 2020.0
    assert greeks(c).value[0] == pytest.approx(coins * 2000.0)
    profits = unit_profits(c, ScenarioSet(np.log([[0.8, 1.0], [1.3, 1.0]])))
    assert profits[0] == pytest.approx(profits[1] * 2000 / 2020)


@pytest.mark.parametrize("kind", [FUTURE, PERPETUAL])
def test_an_inverse_future_and_its_coins_gain_what_a_linear_one_gains(kind):
    """q coins of notional: P&L q (1 - 1 / (1 + s)) in coins, q S s in quote currency."""
    q, moves = 3.0, np.array([-0.4, 0.1, 0.8])
    c = contracts((kind, 0, 0.0, 0.0, 0.0, INVERSE), (kind, 0, 0.0, 0.0, 0.0))
    inverse = ({0: q * 2000.0}, 0.0, [q, 0.0])  # entered at 2000: its cost, notional / entry, stands in coins
    profits = account_profits(c, book(inverse, ({1: q}, 0.0)), ScenarioSet(np.log1p(np.stack([moves, 0 * moves], 1))))
    assert profits[0] == pytest.approx(q * 2000 * moves)
    assert profits[0] / (2000 * (1 + moves)) == pytest.approx(q * (1 - 1 / (1 + moves)))
    assert profits[1] == pytest.approx(profits[0])


def test_a_depeg_costs_what_is_settled_in_the_stable_coin_and_nothing_else():
    c = contracts((PERPETUAL, 0, 0.0, 0.0, 0.0), (PERPETUAL, 0, 0.0, 0.0, 0.0, INVERSE))
    s = ScenarioSet(np.zeros((1, 2)), stable=[0.9])
    profits = account_profits(c, book(({}, 1000.0), ({}, 0.0, [2.0, 0.0]), ({0: 1.0}, -2000.0), ({1: 50.0}, 0.0)), s)
    assert profits[:, 0] == pytest.approx([-100.0, 0.0, 0.0, 0.0])


def test_collateral_that_falls_with_the_position_needs_more_than_any_other():
    """Wrong-way risk: a short ETH put behind ETH, behind an independent coin as volatile and as valuable, or cash."""
    rng = np.random.default_rng(5)
    s = ScenarioSet(rng.normal(0, 0.08, (20_000, 2)))
    c = contracts((PUT, 0, 1900.0, 0.8, 0.1))
    worth = 1000.0
    es = portfolio_tails(
        c,
        book(
            ({0: -3.0}, 0.0, [worth / SPOT[0], 0.0]),
            ({0: -3.0}, 0.0, [0.0, worth / SPOT[1]]),
            ({0: -3.0}, worth),
            ({0: 3.0}, 0.0, [worth / SPOT[0], 0.0]),
        ),
        s,
        0.99,
    ).es
    assert es[0] > 1.1 * es[1] > 1.1 * es[2]
    assert es[3] < 0.6 * es[0]  # the put bought protects the same coins


def test_time_brings_an_option_to_its_payoff_and_leaves_the_rest():
    c = contracts((CALL, 0, 1500.0, 0.8, 0.25, {"discount": 0.99}), (PERPETUAL, 0, 0.0, 0.0, 0.0))
    assert c.aged(0.1).years.tolist() == pytest.approx([0.15, 0.0])
    assert c.aged(0.1).discount[0] == pytest.approx(0.99 ** (0.15 / 0.25))
    assert greeks(c.aged(1.0)).value == pytest.approx([500.0, 2000.0])


def test_sensitivities_of_a_book_are_the_slopes_of_its_profits():
    rng = np.random.default_rng(8)
    c, b = random_contracts(rng, 30), random_book(rng, 3, 30)
    own, h = account_greeks(c, b), 1e-4
    assert own.equity == pytest.approx(equity(c, b))
    for asset in range(2):
        up, down = np.zeros((2, 2)), np.zeros((2, 2))
        up[0, asset], down[0, asset] = h, -h
        price = account_profits(c, b, ScenarioSet(np.log1p(np.stack([up[0], down[0]]))))
        assert (price[:, 0] - price[:, 1]) / (2 * h) == pytest.approx(own.delta[:, asset], rel=1e-3)
        assert (price[:, 0] + price[:, 1]) / h**2 == pytest.approx(own.gamma[:, asset], rel=1e-2, abs=1.0)
        vol = account_profits(c, b, ScenarioSet(np.zeros((2, 2)), None, np.stack([up[0], down[0]])))
        assert (vol[:, 0] - vol[:, 1]) / (2 * h) == pytest.approx(own.vega[:, asset], rel=1e-3, abs=1e-2)


def test_contracts_come_from_the_market_that_margin_rules_read():
    now, year = 1_700_000_000, YEAR_SECONDS
    expiry = now + year // 4
    market = MarketState(
        timestamp=now,
        spot=np.array(SPOT),
        perpetual=np.array(SPOT) * 1.01,
        confidence=np.ones(2),
        expiry_underlying=np.array([0]),
        expiry=np.array([expiry]),
        forward=np.array([2020.0]),
        rate=np.array([0.05]),
        expiry_confidence=np.ones(1),
        smile=np.array([flat_smile(0.7, 2020.0, 0.25)]),
        risk=np.zeros((2, 6)),
    )
    listed = Instruments(
        underlying=np.array([0, 1, 0, 0]),
        kind=np.array([PUT, PERPETUAL, FUTURE, CALL]),
        expiry=np.array([expiry, 0, expiry, now - 1]),
        strike=np.array([1800.0, 0.0, 0.0, 1900.0]),
    )
    value = greeks(contracts_of(listed, market)).value
    put = black76(False, 2020.0, 1800.0, 0.7, 0.25, np.exp(-0.05 / 4))
    assert value == pytest.approx([put, 40400.0, 2020.0, 100.0])
    sizes = np.array([[0.0, 2.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0]])
    own = book_of(Holdings(np.array([5.0, 7.0]), sizes, np.zeros((2, 2))))
    assert own.instrument.tolist() == [1, 3] and own.start.tolist() == [0, 2, 2]
    assert equity(contracts_of(listed, market), own) == pytest.approx([5 + 80800 - 100, 7])


def test_accounts_without_positions_and_books_without_accounts_are_books():
    c, s = contracts((CALL, 0, 2000.0, 0.5, 0.1)), random_scenarios(np.random.default_rng(1), 8)
    assert portfolio_tails(c, book(({}, 0.0)), s, 0.9).es.tolist() == [0.0]
    none = Book([0], [], [], [], np.empty((0, 2)))
    assert account_profits(c, none, s).shape == (0, 8) and len(portfolio_tails(c, none, s, 0.9).es) == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: contracts((CALL, 0, 0.0, 0.5, 0.1)), "strike of instrument 0 is 0"),
        (lambda: contracts((7, 0, 100.0, 0.5, 0.1)), "kind of instrument 0 is 7"),
        (lambda: contracts((CALL, 0, 100.0, -0.5, 0.1)), "volatility of instrument 0 is -0.5"),
        (lambda: contracts((CALL, 0, float("nan"), 0.5, 0.1)), "contracts: strike: nan at 0"),
        (lambda: contracts((CALL, 0, 1.0, 0.5, 0.1), spot=(0.0, 1.0)), "forward of instrument 0 is 0"),
        (lambda: contracts((CALL, 0, 1.0, 0.5, 0.1)).aged(-1), "-1 years"),
        (lambda: contracts((CALL, 1, 1.0, 0.5, 0.1), spot=(1.0, 1.0)).take([0, 1]), "index"),
        (lambda: Book([0, 2], [0], [1.0], [0.0], [[0.0]]), "starts must rise"),
        (lambda: Book([0, 0], [], [], [float("inf")], [[0.0]]), "cash: inf"),
        (lambda: Workload(threads=0), "threads is 0"),
        (lambda: unit_profits(contracts((CALL, 0, 1.0, 0.5, 0.1)), ScenarioSet([[0.1]])), "scenarios of 1 assets"),
        (
            lambda: equity(contracts((CALL, 0, 1.0, 0.5, 0.1)), book(({3: 1.0}, 0.0))),
            "holds instrument 3; there are contracts 0 to 0",
        ),
        (lambda: equity(contracts((CALL, 0, 1.0, 0.5, 0.1)), book(({}, 0.0, [1.0]), assets=1)), "1 coins"),
    ],
)
def test_unusable_books_and_contracts_get_one_clear_line(make, message):
    with pytest.raises((DataError, IndexError), match=message):
        make()
