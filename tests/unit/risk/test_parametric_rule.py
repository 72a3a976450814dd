"""Parametric margin: what its tail is worth, what hedges, and whose share of it is whose."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DataError
from simulator.risk.parametric import Moments, cornish_fisher_tail
from simulator.risk.parametric_config import ParametricConfig, tail_factors
from simulator.risk.parametric_margin import ParametricMargin, tail_loss
from simulator.risk.quadratic_form import cumulants_of
from simulator.risk.smile import flat_smile
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, Holdings, Instruments, MarketState

NOW = 1_584_000_000
EXPIRY = NOW + 14 * 86_400
SPOT = np.array([200.0, 8000.0])
BOOK = Instruments(
    underlying=np.array([0, 0, 0, 0, 1, 0]),
    kind=np.array([PERPETUAL, CALL, PUT, PUT, PERPETUAL, FUTURE]),
    expiry=np.array([0.0, EXPIRY, EXPIRY, EXPIRY, 0.0, EXPIRY]),
    strike=np.array([0.0, 220.0, 220.0, 170.0, 0.0, 0.0]),
)
COVARIANCE = np.array(
    [
        [0.0016, -0.0012, 0.0010, -0.0005],
        [-0.0012, 0.0064, -0.0008, 0.0020],
        [0.0010, -0.0008, 0.0012, -0.0007],
        [-0.0005, 0.0020, -0.0007, 0.0036],
    ]
)


def market(**changes) -> MarketState:
    state = MarketState(
        timestamp=NOW,
        spot=SPOT,
        perpetual=SPOT * 1.001,
        confidence=np.ones(2),
        expiry_underlying=np.array([0]),
        expiry=np.array([float(EXPIRY)]),
        forward=np.array([202.0]),
        rate=np.array([0.05]),
        expiry_confidence=np.ones(1),
        smile=flat_smile(0.9, 202.0, 14 / 365)[None],
        risk=np.array([[0.15, 0.4, 0.25, 0.1, 0.01, 1.1], [0.12, 0.4, 0.25, 0.08, 0.005, 1.2]]),
        covariance=COVARIANCE,
    )
    return replace(state, **changes)


def holdings(sizes, collateral=(0.0, 0.0), cash=1000.0) -> Holdings:
    return Holdings(np.array([cash]), np.array([sizes], dtype=float), np.array([collateral]))


sizes_of_books = st.lists(st.floats(-20, 20).map(lambda x: round(x, 3)), min_size=6, max_size=6)


def requirement(held: Holdings, config: ParametricConfig | None = None, state: MarketState | None = None) -> float:
    margins = ParametricMargin(config).margins(BOOK, state or market(), held)
    return float(margins.equity[0] - margins.initial[0])


# TAIL


@settings(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), assets=st.integers(1, 8))
def test_a_quadratic_profit_has_three_kurtoses_for_four_squared_skewnesses(seed, assets):
    """3 K >= 4 S^2: why Cornish and Fisher's expansion holds for every profit that is not skewed to the right."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(2 * assets, 2 * assets))
    gamma = rng.normal(size=(1, 2 * assets)) * (np.arange(2 * assets) % 2 == 0)
    cumulants = cumulants_of(rng.normal(size=(1, 2 * assets)), gamma, root @ root.T)
    assert 3 * cumulants.variance * cumulants.fourth >= 4 * cumulants.third**2 * (1 - 1e-12)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.floats(0, 2.8), st.floats(0, 1), st.floats(0.96, 0.9999), st.sampled_from(["var", "es"]))
def test_a_left_skewed_profit_loses_as_the_expansion_says(skew, heavier, level, measure):
    kurtosis = skew**2 * 4 / 3 + heavier * (12 - skew**2 * 4 / 3)
    expected = cornish_fisher_tail(level, Moments(0.0, 1.0, -skew, kurtosis))
    cumulants = cumulants_of(np.zeros((1, 2)), np.zeros((1, 2)), np.eye(2))
    cumulants = replace(cumulants, variance=np.ones(1), third=np.array([-skew]), fourth=np.array([kurtosis]))
    loss = tail_loss(cumulants, tail_factors(level, measure))[0]
    assert loss == pytest.approx(getattr(expected, measure), rel=1e-9)
    assert loss >= tail_factors(level, measure).deviation


def test_a_short_gamma_book_loses_in_simulation_what_the_rule_says():
    delta, gamma = np.array([[50.0, -20.0]]), np.array([[-1000.0, 0.0]])
    covariance = COVARIANCE[:2, :2]
    moves = np.random.default_rng(5).multivariate_normal(np.zeros(2), covariance, 1_000_000)
    losses = np.sort(-(moves @ delta[0] + moves**2 @ gamma[0] / 2))
    tail = losses[int(0.99 * len(losses)) :]
    cumulants = cumulants_of(delta, gamma, covariance)
    assert tail_loss(cumulants, tail_factors(0.99, "var"))[0] == pytest.approx(tail[0], rel=0.05)
    assert tail_loss(cumulants, tail_factors(0.99, "es"))[0] == pytest.approx(tail.mean(), rel=0.05)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(sizes=sizes_of_books)
def test_a_higher_level_requires_no_less(sizes):
    held = holdings(sizes)
    levels = (0.96, 0.975, 0.99, 0.999)
    required = [requirement(held, ParametricConfig(initial_level=v, maintenance_level=0.96)) for v in levels]
    assert all(low <= high * (1 + 1e-12) for low, high in pairwise(required))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(sizes=sizes_of_books)
def test_a_book_twice_as_large_requires_twice_as_much(sizes):
    assert requirement(holdings(np.array(sizes) * 2)) == pytest.approx(2 * requirement(holdings(sizes)), rel=1e-9)


# HEDGES


def test_collateral_hedges_a_short_perpetual_in_its_asset():
    config = ParametricConfig(short_option_maintenance=0.0, short_option_initial=0.0)
    hedged = holdings([-1 / 1.001, 0, 0, 0, 0, 0], (1.0, 0.0))
    rule = ParametricMargin(config)
    parts = {part.name: part.initial for part in rule.breakdown(BOOK, market(), hedged).contingencies}
    assert parts["market risk"] == pytest.approx(0.0, abs=1e-4)
    assert parts["collateral haircut"] == pytest.approx(20.0)


def test_wrong_way_collateral_adds_to_the_risk_of_a_short_put():
    state = market()
    short_put = [0, 0, -10.0, 0, 0, 0]
    rule = ParametricMargin()

    def risk(collateral) -> float:
        return rule.breakdown(BOOK, state, holdings(short_put, collateral)).contingencies[0].initial

    assert risk((10.0, 0.0)) > risk((0.0, 0.25)) > risk((0.0, 0.0))


def test_a_conversion_carries_no_market_risk():
    discount = np.exp(-0.05 * 14 / 365)
    parts = ParametricMargin().breakdown(BOOK, market(), holdings([0, -3.0, 3.0, 0, 0, 3 * discount])).contingencies
    assert parts[0].initial == pytest.approx(0.0, abs=1e-4)


# COMPONENTS


@settings(max_examples=50, deadline=None, derandomize=True)
@given(sizes=sizes_of_books, level=st.sampled_from([0.96, 0.99]), measure=st.sampled_from(["var", "es"]))
def test_components_are_quantity_times_marginal_requirement(sizes, level, measure):
    rule = ParametricMargin(ParametricConfig(measure=measure, initial_level=level, maintenance_level=level))
    held = holdings(sizes, (1.0, 0.02))
    answer = rule.breakdown(BOOK, market(), held)
    step = 1e-5
    for i, size in enumerate(sizes):
        if abs(size) < 0.01:
            continue
        bumped = [np.array(sizes) + step * sign * np.eye(6)[i] for sign in (1, -1)]
        high, low = (
            float(np.diff([m.initial[0], m.equity[0]])[0])
            for m in (rule.margins(BOOK, market(), holdings(b, (1.0, 0.02))) for b in bumped)
        )
        naked_kink = i in (1, 2) and abs(sizes[1] + sizes[2]) < 2 * step
        if not naked_kink:
            assert answer.components[i] == pytest.approx(size * (high - low) / (2 * step), rel=1e-3, abs=0.05)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(sizes=sizes_of_books)
def test_without_collateral_the_components_sum_to_the_requirement(sizes):
    answer = ParametricMargin().breakdown(BOOK, market(), holdings(sizes))
    assert answer.unallocated == pytest.approx(0.0, abs=1e-7 * (1 + answer.equity - answer.initial))
    parts = sum(part.initial for part in answer.contingencies)
    assert parts == pytest.approx(answer.equity - answer.initial, rel=1e-12, abs=1e-9)


# REFUSALS


def test_a_market_without_a_covariance_is_refused():
    with pytest.raises(DataError, match="no covariance"):
        requirement(holdings([1, 0, 0, 0, 0, 0]), state=market(covariance=None))


def test_a_covariance_that_is_none_is_refused():
    wrong = COVARIANCE.copy()
    wrong[0, 2] = wrong[2, 0] = 0.1
    with pytest.raises(DataError, match="not positive semi-definite"):
        requirement(holdings([1, 0, 0, 0, 0, 0]), state=market(covariance=wrong))


def test_a_covariance_of_other_assets_is_refused():
    with pytest.raises(DataError, match="shape"):
        requirement(holdings([1, 0, 0, 0, 0, 0]), state=market(covariance=np.eye(2)))


@pytest.mark.parametrize(
    "wrong, what",
    [
        ({"initial_level": 1.0}, "level 1.0"),
        ({"maintenance_level": 0.5}, "level 0.5"),
        ({"initial_level": 0.97, "maintenance_level": 0.99}, "below maintenance_level"),
        ({"freedom": 2.0}, "degrees of freedom"),
        ({"measure": "cvar"}, "measure 'cvar'"),
    ],
)
def test_configurations_that_mean_nothing_are_refused(wrong, what):
    with pytest.raises(DataError, match=what):
        ParametricConfig(**wrong)


def test_a_gamma_of_next_to_nothing_has_no_shape():
    cumulants = cumulants_of(np.array([[0.0, 0.0]]), np.array([[-1e-160, 0.0]]), COVARIANCE[:2, :2])
    assert tail_loss(cumulants, tail_factors(0.99, "es"))[0] == pytest.approx(0.0, abs=1e-18)
