"""Facts of the margin rules that can be worked out by hand, on the float mirrors."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DataError, UsageError
from simulator.risk.margin_config import IsolatedConfig, ScenarioConfig, ScenarioPoint, contract_config
from simulator.risk.pricing import black76
from simulator.risk.rules import margin_rule, rule_config
from simulator.risk.smile import flat_smile
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, Holdings, Instruments, MarketState
from simulator.wads import wad

NOW = 1_584_000_000
EXPIRY = NOW + 30 * 86_400
YEARS = 30 / 365
SPOT, FORWARD, VOL = 200.0, 202.0, 0.9
SHOCK, UP, DOWN, HAIRCUT, ADD_ON, MULTIPLIER = 0.15, 0.4, 0.25, 0.1, 0.01, 1.1

MARKET = MarketState(
    timestamp=NOW,
    spot=np.array([SPOT, 8000.0]),
    perpetual=np.array([201.0, 8010.0]),
    confidence=np.ones(2),
    expiry_underlying=np.array([0]),
    expiry=np.array([EXPIRY]),
    forward=np.array([FORWARD]),
    rate=np.array([0.05]),
    expiry_confidence=np.ones(1),
    smile=np.array([flat_smile(VOL, FORWARD, YEARS)]),
    risk=np.tile([SHOCK, UP, DOWN, HAIRCUT, ADD_ON, MULTIPLIER], (2, 1)),
)
LISTED = [
    (0, PERPETUAL, 0, 0.0),
    (1, PERPETUAL, 0, 0.0),
    (0, FUTURE, EXPIRY, 0.0),
    (0, CALL, EXPIRY, 220.0),
    (0, PUT, EXPIRY, 220.0),
    (0, PUT, EXPIRY, 180.0),
]
ETH_PERP, BTC_PERP, FUT, CALL_220, PUT_220, PUT_180 = range(6)
INSTRUMENTS = Instruments(*(np.array(column) for column in zip(*LISTED, strict=True)))
ONE_MOVE = ScenarioConfig(
    scenarios=(ScenarioPoint(-1.0, 1), ScenarioPoint(1.0, 1)),
    short_option_maintenance=0.02,
    short_option_initial=0.03,
    perpetual_maintenance=0.001,
    perpetual_initial=0.002,
    basis_move=0.0,
)


def account(sizes: dict[int, float], cash=1000.0, collateral=(0.0, 0.0)) -> Holdings:
    row = np.zeros((1, len(LISTED)))
    for instrument, size in sizes.items():
        row[0, instrument] = size
    return Holdings(np.array([cash]), row, np.array([collateral]))


def requirements(rule, holdings, market=MARKET):
    m = rule.margins(INSTRUMENTS, market, holdings)
    return m.equity[0], m.equity[0] - m.initial[0], m.equity[0] - m.maintenance[0]


@pytest.mark.parametrize("name", ["scenario", "isolated"])
def test_cash_alone_requires_nothing(name):
    assert requirements(margin_rule(name), account({}, cash=-5.0)) == (-5.0, 0.0, 0.0)


@pytest.mark.parametrize("name", ["scenario", "isolated"])
def test_collateral_counts_less_its_haircut(name):
    equity, initial, maintenance = requirements(margin_rule(name), account({}, 0.0, (2.0, 0.0)))
    assert equity == 2 * SPOT
    assert initial == maintenance == pytest.approx(2 * SPOT * HAIRCUT)


def test_isolated_perpetual():
    equity, initial, maintenance = requirements(margin_rule("isolated"), account({ETH_PERP: -3.0}))
    assert equity == 1000 - 3 * 201
    unit = 201 * SHOCK * MULTIPLIER + ADD_ON * SPOT
    assert maintenance == pytest.approx(3 * unit)
    assert initial == pytest.approx(3 * unit * 1.25)


def test_isolated_short_call_gets_its_out_of_the_money_amount_down_to_half_the_shock():
    _, _, maintenance = requirements(margin_rule("isolated"), account({CALL_220: -1.0}))
    assert maintenance == pytest.approx(max(30 - 20, 15) * MULTIPLIER + ADD_ON * SPOT)


def test_isolated_short_put_in_the_money_requires_the_whole_shock():
    _, _, maintenance = requirements(margin_rule("isolated"), account({PUT_220: -1.0}))
    assert maintenance == pytest.approx(30 * MULTIPLIER + ADD_ON * SPOT)


def test_isolated_long_option_gives_no_credit():
    equity, initial, maintenance = requirements(margin_rule("isolated"), account({PUT_180: 4.0}, cash=7.0))
    assert equity - initial == pytest.approx(7.0)
    assert maintenance == initial


def test_scenario_perpetual_loses_the_shock():
    equity, initial, maintenance = requirements(margin_rule("scenario", ONE_MOVE), account({ETH_PERP: 2.0}))
    assert equity == 1000 + 2 * 201
    loss, notional = 2 * 201 * SHOCK, 2 * SPOT
    assert maintenance == pytest.approx(loss + notional * (0.001 + ADD_ON))
    assert initial == pytest.approx(loss * 1.25 * MULTIPLIER + notional * (0.001 + 0.002 + ADD_ON))


def test_scenario_short_call_is_revalued_at_the_shocked_forward_and_volatility():
    equity, _, maintenance = requirements(margin_rule("scenario", ONE_MOVE), account({CALL_220: -1.0}, cash=0.0))
    discount = np.exp(-0.05 * YEARS)
    mark = black76(True, FORWARD, 220.0, VOL, YEARS, discount)
    shocked = black76(True, FORWARD * (1 + SHOCK), 220.0, VOL * (1 + UP), YEARS, discount)
    assert equity == pytest.approx(-mark)
    assert maintenance == pytest.approx(shocked - mark + SPOT * (0.02 + ADD_ON))


def test_a_conversion_carries_no_market_risk_and_no_naked_option():
    discount = np.exp(-0.05 * YEARS)
    conversion = {FUT: discount, PUT_220: 1.0, CALL_220: -1.0}
    equity, _, maintenance = requirements(margin_rule("scenario", ONE_MOVE), account(conversion, cash=0.0))
    assert equity == pytest.approx(discount * 220)
    assert maintenance == pytest.approx(ADD_ON * SPOT * (2 + discount))


def test_vol_shocks_shrink_by_the_long_power_beyond_thirty_days():
    year = NOW + 365 * 86_400
    market = replace(MARKET, expiry=np.array([year]), smile=np.array([flat_smile(VOL, FORWARD, 1.0)]), rate=np.zeros(1))
    instruments = replace(INSTRUMENTS, expiry=np.where(INSTRUMENTS.expiry > 0, year, 0))
    config = replace(ONE_MOVE, scenarios=(ScenarioPoint(0.0, 1),), short_option_maintenance=0.0)
    m = margin_rule("scenario", config).margins(instruments, market, account({CALL_220: -1.0}, cash=0.0))
    shocked = black76(True, FORWARD, 220.0, VOL * (1 + UP * (30 / 365) ** 0.13), 1.0)
    assert m.maintenance[0] == pytest.approx(-shocked - ADD_ON * SPOT)


def test_basis_contingency_charges_a_calendar_that_the_grid_calls_flat():
    config = replace(ONE_MOVE, basis_move=1.0, basis_add=0.25, basis_per_year=0.1, perpetual_maintenance=0.0)
    hedged = {FUT: 1.0, ETH_PERP: -FORWARD / 201.0}
    _, _, maintenance = requirements(margin_rule("scenario", config), account(hedged))
    gross = (1 + FORWARD / 201.0) * SPOT
    assert maintenance == pytest.approx(FORWARD * SHOCK * (0.25 + 0.1 * YEARS) + ADD_ON * gross)


def test_losses_of_different_underlyings_do_not_offset():
    rule = margin_rule("scenario")
    both = requirements(rule, account({ETH_PERP: 1.0, BTC_PERP: -1.0}))[2]
    alone = requirements(rule, account({ETH_PERP: 1.0}))[2] + requirements(rule, account({BTC_PERP: -1.0}))[2]
    assert both == pytest.approx(alone)


def test_expired_options_are_worth_their_intrinsic_value_at_spot_until_settled():
    late = replace(MARKET, timestamp=EXPIRY)
    assert margin_rule("scenario").marks(INSTRUMENTS, late)[[FUT, CALL_220, PUT_220]].tolist() == [200.0, 0.0, 20.0]
    settled = replace(late, settlement=np.array([230.0]))
    assert margin_rule("isolated").marks(INSTRUMENTS, settled)[[FUT, CALL_220, PUT_220]].tolist() == [230.0, 10.0, 0.0]


@pytest.mark.parametrize("name", ["scenario", "isolated"])
def test_settled_contracts_require_nothing(name):
    settled = replace(MARKET, timestamp=EXPIRY, settlement=np.array([230.0]))
    equity, initial, maintenance = requirements(margin_rule(name), account({FUT: -1.0, CALL_220: 2.0}), settled)
    assert (equity, initial, maintenance) == (1000 - 230 + 20, 0.0, 0.0)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(sizes=st.lists(st.floats(-50, 50), min_size=6, max_size=6), scale=st.floats(0.1, 10))
def test_requirements_scale_with_the_portfolio_and_are_never_negative(sizes, scale):
    rule = margin_rule("scenario")
    once = requirements(rule, account(dict(enumerate(sizes)), cash=0.0))
    scaled = requirements(rule, account({i: scale * q for i, q in enumerate(sizes)}, cash=0.0))
    assert min(once) >= min(once[0], 0.0)
    assert scaled == pytest.approx([scale * x for x in once], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", ["scenario", "isolated", "parametric", "expected-shortfall"])
def test_margins_of_many_accounts_are_those_of_each_to_the_last_bit(name):
    rule, rng = margin_rule(name), np.random.default_rng(7)
    many = Holdings(rng.normal(0, 1e4, 20), rng.normal(0, 5, (20, 6)), rng.exponential(1, (20, 2)))
    moves = rng.normal(0, 0.1, (300, 2, 2))
    market = replace(MARKET, covariance=np.cov(moves.reshape(300, 4).T), shocks=moves)
    together = rule.margins(INSTRUMENTS, market, many)
    values = rule.scenario_values(INSTRUMENTS, market)
    for i in range(20):
        row = slice(i, i + 1)
        one = rule.margins_from(values, Holdings(many.cash[row], many.sizes[row], many.collateral[row]))
        assert one.maintenance[0] == together.maintenance[i]
        assert one.initial[0] == together.initial[i]


def test_an_expiry_without_a_forward_is_an_error():
    bare = replace(MARKET, expiry=np.array([EXPIRY + 1]))
    with pytest.raises(DataError, match="no forward of underlying 0 for expiry"):
        margin_rule("scenario").marks(INSTRUMENTS, bare)


def test_rules_are_found_by_name():
    assert margin_rule("isolated", rule_config("isolated", 2.0, 1.5)).config == IsolatedConfig(1.5, 2.0)
    with pytest.raises(UsageError, match="unknown margin rule 'span'; known rules: scenario, isolated"):
        margin_rule("span")
    with pytest.raises(UsageError, match="rule 'scenario' needs a ScenarioConfig"):
        margin_rule("scenario", IsolatedConfig())


def test_the_contract_gets_the_decimals_that_were_written():
    assert wad(0.35) == 35 * 10**16
    assert wad(-1.1) == -11 * 10**17
    assert contract_config(ScenarioConfig())[2:4] == (10**18, 125 * 10**16)
