"""Expected-shortfall margin: its tail, its bounds on options, wrong-way collateral, and whose share is whose."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DataError
from simulator.risk.component import es_allocation
from simulator.risk.expected_shortfall_margin import ExpectedShortfallMargin
from simulator.risk.pricing import black76
from simulator.risk.sensitivities import exposures_of
from simulator.risk.shortfall_config import ExpectedShortfallConfig
from simulator.risk.smile import flat_smile
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, Holdings, Instruments, MarketState
from simulator.risk.tail import sample_tail

NOW = 1_584_000_000
DAYS = 14
EXPIRY = NOW + DAYS * 86_400
SPOT = np.array([200.0, 8000.0])
FORWARD, VOLATILITY = 202.0, 0.9
BOOK = Instruments(
    underlying=np.array([0, 0, 0, 0, 1, 0]),
    kind=np.array([PERPETUAL, CALL, PUT, PUT, PERPETUAL, FUTURE]),
    expiry=np.array([0, EXPIRY, EXPIRY, EXPIRY, 0, EXPIRY]),
    strike=np.array([0.0, 220.0, 220.0, 170.0, 0.0, 0.0]),
)
OPTIONS = slice(1, 4)
NO_EXTRAS = ExpectedShortfallConfig(
    maintenance_level=0.975, initial_level=0.975, short_option_maintenance=0.0, short_option_initial=0.0
)
sizes_of_books = st.lists(st.floats(-20, 20).map(lambda x: round(x, 3)), min_size=6, max_size=6)


def shocks(scale: float = 0.05, count: int = 400) -> np.ndarray:
    rng = np.random.default_rng(3)
    common = rng.standard_t(4, (count, 1)) * scale
    price = np.maximum(common + rng.normal(0, scale / 2, (count, 2)), -0.95)
    volatility = np.clip(-common + rng.normal(0, scale, (count, 2)), -0.9, 3)
    return np.stack([price, volatility], axis=2)


def market(**changes) -> MarketState:
    state = MarketState(
        timestamp=NOW,
        spot=SPOT,
        perpetual=SPOT * 1.001,
        confidence=np.ones(2),
        expiry_underlying=np.array([0]),
        expiry=np.array([EXPIRY]),
        forward=np.array([FORWARD]),
        rate=np.array([0.05]),
        expiry_confidence=np.ones(1),
        smile=flat_smile(VOLATILITY, FORWARD, DAYS / 365)[None],
        risk=np.array([[0.15, 0.4, 0.25, 0.0, 0.0, 1.0], [0.12, 0.4, 0.25, 0.0, 0.0, 1.0]]),
        shocks=shocks(),
    )
    return replace(state, **changes)


def holdings(sizes, collateral=(0.0, 0.0), cash=1000.0) -> Holdings:
    return Holdings(np.array([cash]), np.array([sizes], dtype=float), np.array([collateral]))


def requirement(held: Holdings, config: ExpectedShortfallConfig = NO_EXTRAS, state: MarketState | None = None) -> float:
    margins = ExpectedShortfallMargin(config).margins(BOOK, state or market(), held)
    return float(margins.equity[0] - margins.maintenance[0])


def profits(held: Holdings, state: MarketState) -> np.ndarray:
    rule = ExpectedShortfallMargin()
    return rule.profits(rule.scenario_values(BOOK, state), held)[0]


# TAIL


@pytest.mark.parametrize("measure", ["es", "var"])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_linear_positions_require_the_tail_of_their_losses(measure, level):
    config = replace(NO_EXTRAS, measure=measure, maintenance_level=level, initial_level=level)
    perpetual = SPOT * 1.001
    losses = -(3 * perpetual[0] * shocks()[:, 0, 0] - 0.1 * perpetual[1] * shocks()[:, 1, 0])
    expected = max(getattr(sample_tail(losses, level), measure), 0.0)
    assert requirement(holdings([3, 0, 0, 0, -0.1, 0]), config) == pytest.approx(expected, rel=1e-12)


def test_levels_and_factors_are_those_of_each_requirement():
    config = replace(NO_EXTRAS, initial_level=0.99, initial_factor=1.5)
    state = market(risk=np.array([[0.1, 0, 0, 0.0, 0.0, 1.1], [0.1, 0, 0, 0.0, 0.0, 1.3]]))
    margins = ExpectedShortfallMargin(config).margins(BOOK, state, holdings([3, 0, 0, 0, -0.1, 0]))
    losses = -profits(holdings([3, 0, 0, 0, -0.1, 0]), state)
    assert margins.equity[0] - margins.maintenance[0] == pytest.approx(sample_tail(losses, 0.975).es)
    # The largest multiplier of the underlyings held.
    assert margins.equity[0] - margins.initial[0] == pytest.approx(sample_tail(losses, 0.99).es * 1.5 * 1.3)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(sizes=sizes_of_books, times=st.floats(0.1, 10))
def test_the_requirement_grows_with_the_book(sizes, times):
    whole = requirement(holdings(np.array(sizes) * times))
    assert whole == pytest.approx(times * requirement(holdings(sizes)), rel=1e-9, abs=1e-6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(one=sizes_of_books, other=sizes_of_books)
def test_merging_linear_books_costs_nothing(one, other):
    one, other = np.array(one), np.array(other)
    one[OPTIONS] = other[OPTIONS] = 0
    apart = requirement(holdings(one)) + requirement(holdings(other))
    assert requirement(holdings(one + other)) <= apart + 1e-6


def test_many_accounts_are_margined_as_each_alone():
    rng = np.random.default_rng(1)
    many = Holdings(rng.normal(size=30), rng.normal(0, 5, (30, 6)), rng.exponential(1, (30, 2)))
    rule = ExpectedShortfallMargin()
    whole = rule.margins(BOOK, market(), many)
    for a in range(30):
        alone = rule.margins(BOOK, market(), Holdings(many.cash[[a]], many.sizes[[a]], many.collateral[[a]]))
        assert alone.initial[0] == pytest.approx(whole.initial[a], rel=1e-12)


# WRONG-WAY RISK


def test_collateral_that_falls_with_the_position_costs_more():
    short_puts = [0, 0, -10, 0, 0, 0]
    crash = np.zeros((100, 2, 2))
    crash[:5, 0] = (-0.3, 0.5)
    state = market(shocks=crash)
    own, other = holdings(short_puts, (10.0, 0.0)), holdings(short_puts, (0.0, 0.25))
    assert requirement(own, state=state) - requirement(other, state=state) == pytest.approx(10 * 200 * 0.3)


def test_collateral_hedges_what_it_offsets():
    hedged = requirement(holdings([-1 / 1.001, 0, 0, 0, 0, 0], (1.0, 0.0)))
    assert hedged == pytest.approx(0.0, abs=1e-9)


# BOUNDS ON OPTIONS


def revalued(sizes, moves: np.ndarray) -> np.ndarray:
    """Full revaluation of the options: profit in each scenario."""
    kind, strike = BOOK.kind[OPTIONS], BOOK.strike[OPTIONS]
    years, discount = DAYS / 365, np.exp(-0.05 * DAYS / 365)

    def value(price, volatility):
        args = (kind == CALL, FORWARD * (1 + price), strike, VOLATILITY * (1 + volatility), years, discount)
        return black76(*args) @ np.array(sizes)[OPTIONS]

    return np.array([value(x, v) - value(0.0, 0.0) for x, v in moves])


def expansion(held: Holdings, moves: np.ndarray) -> np.ndarray:
    rule = ExpectedShortfallMargin()
    e = exposures_of(rule.scenario_values(BOOK, market()).unit, held)
    x, v = moves.T
    return e.delta[0, 0] * x + e.gamma[0, 0] * x**2 / 2 + e.vega[0, 0] * v


@settings(max_examples=100, deadline=None, derandomize=True)
@given(sizes=sizes_of_books, move=st.floats(-0.99, 3), only=st.sampled_from(["price", "volatility"]))
def test_the_bounds_never_lead_away_from_full_revaluation(sizes, move, only):
    sizes = [0, *sizes[1:4], 0, 0]
    move = min(move, 1.0) if only == "volatility" else move
    moves = np.array([[move, 0.0] if only == "price" else [0.0, move]])
    state = market(shocks=np.array([[moves[0], (0.0, 0.0)]]))
    bounded, plain = profits(holdings(sizes), state), expansion(holdings(sizes), moves)
    truth = revalued(sizes, moves)
    assert np.abs(bounded - truth) <= np.abs(plain - truth) + 1e-9


def test_small_moves_are_left_alone():
    sizes = [0, 3, -2, 1, 0, 0]
    moves = np.array([[0.01, 0.02], [-0.015, -0.05], [0.0, 0.0]])
    state = market(shocks=np.stack([moves, np.zeros((3, 2))], axis=1))
    assert profits(holdings(sizes), state) == pytest.approx(expansion(holdings(sizes), moves), rel=1e-12)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(size=st.floats(0.01, 50), which=st.integers(1, 3), scale=st.floats(0.01, 1))
def test_long_options_never_require_more_than_they_are_worth(size, which, scale):
    sizes = np.zeros(6)
    sizes[which] = size
    rule, state = ExpectedShortfallMargin(NO_EXTRAS), market(shocks=shocks(scale))
    assert requirement(holdings(sizes), state=state) <= size * rule.marks(BOOK, state)[which] * (1 + 1e-9)


# BREAKDOWN


def test_components_are_the_mean_losses_in_the_tail():
    sizes = np.array([3.0, 0.0, 0.0, 0.0, -0.1, 2.0])
    breakdown = ExpectedShortfallMargin(NO_EXTRAS).breakdown(BOOK, market(), holdings(sizes))
    price = np.array([SPOT[0] * 1.001, 0, 0, 0, SPOT[1] * 1.001, FORWARD])
    unit_losses = -shocks()[:, BOOK.underlying, 0] * price
    expected = es_allocation(unit_losses, sizes, 0.975).component * NO_EXTRAS.initial_factor
    assert breakdown.components == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert breakdown.unallocated == pytest.approx(0.0, abs=1e-9)
    assert len(breakdown.scenarios) == 400
    assert len(breakdown.worst) == 10
    assert [s.profit for s in breakdown.worst] == sorted(s.profit for s in breakdown.scenarios)[:10]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    sizes=sizes_of_books,
    coins=st.tuples(st.floats(0, 20), st.floats(0, 1)),
    measure=st.sampled_from(["es", "var"]),
)
def test_parts_and_shares_sum_to_the_requirement(sizes, coins, measure):
    risk = np.array([[0.15, 0.4, 0.25, 0.1, 0.01, 1.1], [0.12, 0.4, 0.25, 0.08, 0.005, 1.2]])
    rule, held = ExpectedShortfallMargin(ExpectedShortfallConfig(measure=measure)), holdings(sizes, coins)
    state = market(risk=risk)
    breakdown, margins = rule.breakdown(BOOK, state, held), rule.margins(BOOK, state, held)
    required = margins.equity[0] - margins.initial[0]
    assert breakdown.initial == pytest.approx(margins.initial[0])
    assert sum(part.initial for part in breakdown.contingencies) == pytest.approx(required, abs=1e-6)
    assert sum(part.maintenance for part in breakdown.contingencies) == pytest.approx(
        margins.equity[0] - margins.maintenance[0], abs=1e-6
    )
    assert breakdown.components.sum() + breakdown.unallocated == pytest.approx(required, abs=1e-6)


# BAD INPUT


def test_a_market_without_scenarios_cannot_be_margined():
    with pytest.raises(DataError, match="has no scenarios"):
        requirement(holdings(np.zeros(6)), state=market(shocks=None))
    with pytest.raises(DataError, match=r"shape \(400, 1, 2\) for 2 underlyings"):
        requirement(holdings(np.zeros(6)), state=market(shocks=shocks()[:, :1]))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"maintenance_level": 1.0}, "outside"),
        ({"maintenance_level": 0.99, "initial_level": 0.9}, "is below maintenance_level"),
        ({"measure": "worst"}, "var or es"),
        ({"initial_factor": 0.5}, "maintenance_factor <= initial_factor"),
        ({"stale_factor": 0.9}, "must lie in"),
        ({"short_option_initial": -0.1}, "a fraction in"),
    ],
)
def test_configurations_are_refused_in_one_line(changes, message):
    with pytest.raises(DataError, match=message) as caught:
        ExpectedShortfallConfig(**changes)
    assert "\n" not in str(caught.value)
