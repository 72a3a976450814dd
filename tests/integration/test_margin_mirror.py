"""The margin contracts and their float mirrors value the same portfolio alike, to 1e-8 of gross notional.

Portfolios and markets are drawn at will and handed to the contract's `evaluate`, on the embedded chain.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solidity import deploy

from simulator.chain.embedded import EmbeddedChain
from simulator.risk.contract_structs import contract_market, contract_portfolio
from simulator.risk.margin_config import (
    SKEW_LINEAR,
    CollateralTerms,
    ConfidenceCharge,
    IsolatedConfig,
    ScenarioConfig,
    ScenarioPoint,
    SkewShock,
    StaticDiscount,
    contract_config,
)
from simulator.risk.rules import margin_rule
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, Holdings, Instruments, MarketState

NOW = 1_584_000_000
ZERO = "0x" + "00" * 20
CONFIGS = {
    "scenario": [
        ScenarioConfig(),
        ScenarioConfig(
            scenarios=(
                ScenarioPoint(-9.0, 1, 0.1),
                ScenarioPoint(0.0, 2),
                ScenarioPoint(0.5, 0),
                ScenarioPoint(20.0, 1, 0.05),
            ),
            vol_short_power=0.45,
            vol_long_power=0.0,
            vol_horizon_floor=3600,
            maintenance_factor=0.7,
            initial_factor=1.6,
            short_option_maintenance=0.02,
            short_option_initial=0.03,
            perpetual_maintenance=0.01,
            perpetual_initial=0.04,
            basis_move=0.0,
        ),
    ],
    "isolated": [IsolatedConfig(), IsolatedConfig(maintenance_factor=0.5, initial_factor=3.0)],
}
SOURCES = {"scenario": "ScenarioMargin", "isolated": "IsolatedMargin"}
CASES = [(name, i) for name, configs in CONFIGS.items() for i in range(len(configs))]


@pytest.fixture(scope="module")
def chain():
    return EmbeddedChain(genesis_timestamp=NOW)


@pytest.fixture(scope="module")
def contracts(chain):
    return {
        (name, i): deploy(chain, f"contracts/margin/{SOURCES[name]}.sol", SOURCES[name], ZERO, ZERO, contract_config(c))
        for name, configs in CONFIGS.items()
        for i, c in enumerate(configs)
    }


CONFIDENCE = st.sampled_from([0.05, 0.3, 0.6, 0.95, 1.0])


@st.composite
def configs(draw, assets: int) -> ScenarioConfig:
    """Every feature on or off, by itself and with the others."""

    def maybe(low, high):
        return draw(st.one_of(st.just(0.0), st.floats(low, high)))

    moves = st.one_of(st.floats(-6, 6), st.sampled_from([-3.0, -1.0, -1 / 3, 0.0, 1 / 3, 1.0]))
    weights = st.one_of(st.just(1.0), st.floats(0.01, 1))
    points = draw(st.lists(st.builds(ScenarioPoint, moves, st.integers(0, 2), weights), min_size=1, max_size=12))
    if draw(st.booleans()):
        points += [ScenarioPoint(0.0, SKEW_LINEAR + i, draw(weights)) for i in range(2)]
    inverse, maintenance = draw(st.booleans()), draw(st.floats(0.1, 2))
    terms = [
        CollateralTerms(asset, -1 if inverse else draw(st.integers(-1, assets - 1)), draw(st.floats(0, 0.3)))
        for asset in range(assets)
        if draw(st.booleans())
    ]
    neutral = StaticDiscount(), SkewShock(), ConfidenceCharge()
    shaped = (
        StaticDiscount(
            draw(st.floats(0, 2)), draw(st.floats(0, 2)), maybe(0, 5), maybe(0, 1), maybe(0, 5), maybe(0, 1)
        ),
        SkewShock(
            draw(st.floats(0, 1)), draw(st.floats(-1, 1)), draw(st.floats(0, 1)), draw(st.floats(-1, 1)),
            draw(st.floats(0.01, 1)), draw(st.floats(0, 5)), draw(st.floats(0, 2)), draw(st.floats(-1, 1)),
        ),
        ConfidenceCharge(draw(st.floats(0, 1)), draw(st.floats(0, 2)), draw(st.floats(0, 2)), draw(st.floats(0, 2))),
    )  # fmt: skip
    discount, skew, confidence = (draw(st.sampled_from(pair)) for pair in zip(neutral, shaped, strict=True))
    return ScenarioConfig(
        scenarios=tuple(points),
        vol_short_power=draw(st.floats(0, 1)),
        vol_long_power=draw(st.floats(0, 1)),
        vol_horizon_floor=draw(st.integers(60, 100 * 86_400)),
        maintenance_factor=maintenance,
        initial_factor=maintenance * draw(st.floats(1, 2)),
        short_option_maintenance=maybe(0, 0.1),
        short_option_initial=maybe(0, 0.1),
        perpetual_maintenance=maybe(0, 0.1),
        perpetual_initial=maybe(0, 0.1),
        basis_move=draw(st.sampled_from([0.0, 1 / 3, 0.7])),
        basis_move_down=draw(st.sampled_from([None, 0.0, 1.0])),
        basis_add=maybe(0, 2),
        basis_per_year=maybe(0, 2),
        min_vol_up=maybe(0, 2),
        min_vol_shock_up=maybe(0, 1),
        discount=discount,
        skew=skew,
        confidence=confidence,
        peg_threshold=maybe(0, 1),
        peg_factor=draw(st.floats(0, 3)),
        collateral=tuple(terms),
        inverse=inverse,
        linear_clamp=maybe(0.01, 2),
        tail_dampener=maybe(0, 1e5),
        roll_add_min=maybe(0, 0.1),
        roll_per_year=maybe(0, 0.2),
        min_delta_net=maybe(0, 0.2),
        min_delta_hedged=maybe(0, 0.2),
        fixed_requirement=maybe(0, 1e4),
    )


@st.composite
def markets(draw) -> MarketState:
    """One to three underlyings with up to four expiries each, some of them past, some of those settled."""
    assets = draw(st.integers(1, 3))
    spot = np.array([draw(st.floats(0.1, 1e5)) for _ in range(assets)])
    rows = []
    for u in range(assets):
        lives = draw(st.lists(st.integers(-5_000, 60_000_000), max_size=4, unique=True))
        for left in lives:
            forward = spot[u] * draw(st.floats(0.7, 1.4))
            vol, tau = draw(st.floats(0.02, 4)), max(left, 60) / 31_536_000
            a, b = vol**2 * tau * draw(st.floats(0.1, 1)), vol**2 * tau * draw(st.floats(0, 1))
            rho, m, sigma = draw(st.floats(-0.9, 0.9)), draw(st.floats(-0.2, 0.2)), draw(st.floats(0.05, 1))
            smile = [a, b, rho, m, sigma, forward, tau]
            settlement = draw(st.one_of(st.none(), st.floats(0.5, 2))) if left <= 0 else None
            rate = draw(st.floats(-0.2, 0.3))
            rows.append((u, NOW + left, forward, rate, smile, np.nan if settlement is None else settlement * spot[u]))
    # Some forwards are partly fixed, some marks replace the smile.
    fixed = [r[2] * draw(st.sampled_from([0.0, 0.0, 0.4, 0.99])) if r[1] > NOW else 0.0 for r in rows]
    risk = [
        [draw(st.floats(0.01, 0.5)), draw(st.floats(0, 1)), draw(st.floats(0, 1)), draw(st.floats(0, 0.5)),
         draw(st.floats(0, 0.1)), draw(st.floats(1, 2))]
        for _ in range(assets)
    ]  # fmt: skip
    return MarketState(
        timestamp=NOW,
        spot=spot,
        perpetual=spot * np.array([draw(st.floats(0.9, 1.1)) for _ in range(assets)]),
        confidence=np.array([draw(CONFIDENCE) for _ in range(assets)]),
        perpetual_confidence=np.array([draw(CONFIDENCE) for _ in range(assets)]),
        stable_price=draw(st.sampled_from([1.0, 1.0, 1.0002, 0.97, 0.4])),
        settled_forward=np.array(fixed),
        expiry_underlying=np.array([r[0] for r in rows], dtype=int),
        expiry=np.array([r[1] for r in rows], dtype=int),
        forward=np.array([r[2] for r in rows], dtype=float),
        rate=np.array([r[3] for r in rows], dtype=float),
        expiry_confidence=np.array([draw(CONFIDENCE) for _ in rows]),
        smile=np.array([r[4] for r in rows], dtype=float).reshape(-1, 7),
        risk=np.array(risk),
        settlement=np.array([r[5] for r in rows], dtype=float),
    )


@st.composite
def portfolios(draw):
    """A market, up to 127 distinct instruments in it, in any order, and one account."""
    market = draw(markets())
    assets, rows = len(market.spot), len(market.expiry)
    listed = [(u, PERPETUAL, 0, 0.0) for u in range(assets)]
    kinds, moneyness = st.sampled_from([CALL, PUT, FUTURE]), st.sampled_from([0.1, 0.6, 0.9, 1, 1.1, 2, 9])
    count = draw(st.sampled_from([0, 1, 2, 5, 16, 120])) if rows else 0
    for _ in range(count):
        row, kind = draw(st.integers(0, rows - 1)), draw(kinds)
        strike = 0.0 if kind == FUTURE else round(market.forward[row] * draw(moneyness), 8)
        listed.append((int(market.expiry_underlying[row]), kind, int(market.expiry[row]), strike))
    listed = draw(st.permutations(list(dict.fromkeys(listed))))
    columns = list(zip(*listed, strict=True))
    given = [
        (rows_of, strike, draw(st.floats(0.05, 3)))
        for rows_of, strike in _option_points(market, listed)
        if draw(st.integers(0, 9)) == 0
    ]
    if given:
        market = replace(market, strike_volatility=np.array(given))
    instruments = Instruments(
        np.array(columns[0]), np.array(columns[1]), np.array(columns[2]), np.array(columns[3], dtype=float)
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = np.round(rng.normal(0, 10 ** rng.uniform(-2, 3), (1, len(listed))) * (rng.random(len(listed)) < 0.8), 9)
    collateral = np.round(rng.exponential(3, (1, assets)) * (rng.random(assets) < 0.5), 9)
    return market, instruments, Holdings(np.round(rng.normal(0, 1e5, 1), 6), sizes, collateral)


def _option_points(market: MarketState, listed) -> list[tuple[int, float]]:
    """(row of the expiry, strike) of each listed option."""
    points = list(zip(market.expiry_underlying, market.expiry, strict=True))
    return list(dict.fromkeys((points.index((u, e)), k) for u, kind, e, k in listed if kind in (CALL, PUT)))


def gross_notional(instruments: Instruments, market: MarketState, holdings: Holdings) -> float:
    largest = np.maximum(market.spot[instruments.underlying], instruments.strike)
    return float(np.abs(holdings.sizes[0]) @ largest + holdings.collateral[0] @ market.spot + abs(holdings.cash[0]))


def assert_agree(got, expected, tolerance):
    assert got[0] / 1e18 == pytest.approx(expected.equity[0], abs=tolerance)
    assert got[1] / 1e18 == pytest.approx(expected.initial[0], abs=tolerance)
    assert got[2] / 1e18 == pytest.approx(expected.maintenance[0], abs=tolerance)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]}-{c[1]}")
@settings(max_examples=40, deadline=None, derandomize=True)
@given(drawn=portfolios())
def test_contract_and_mirror_agree(chain, contracts, case, drawn):
    market, instruments, holdings = drawn
    expected = margin_rule(case[0], CONFIGS[case[0]][case[1]]).margins(instruments, market, holdings)
    got = contracts[case].read(chain, "evaluate", contract_portfolio(instruments, holdings), contract_market(market))
    assert_agree(got, expected, 1e-8 * gross_notional(instruments, market, holdings) + 1e-12)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_they_agree_under_any_configuration(chain, contracts, data):
    market, instruments, holdings = data.draw(portfolios())
    config = data.draw(configs(len(market.spot)))
    rule = margin_rule("scenario", config)
    expected = rule.margins(instruments, market, holdings)
    arguments = contract_portfolio(instruments, holdings), contract_market(market), contract_config(config)
    got = contracts["scenario", 0].read(chain, "evaluateWith", *arguments)
    gross = gross_notional(instruments, market, holdings) / market.stable_price + config.fixed_requirement
    assert_agree(got, expected, 1e-8 * gross + 1e-12)
    breakdown = rule.breakdown(instruments, market, holdings)
    shares = breakdown.components.sum() + breakdown.unallocated
    assert shares == pytest.approx(breakdown.equity - breakdown.initial, abs=1e-8 * gross + 1e-9)
