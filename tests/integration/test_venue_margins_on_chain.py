"""Published margins of venues, by the float mirror (to 1e-9 relative) and by the contract (to 1e-8 of gross notional).

Sources are in the data files. Moves are fractions here, so that the dynamic spot shock is one.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from solidity import deploy

from simulator.chain.embedded import EmbeddedChain
from simulator.risk.contract_structs import contract_market, contract_portfolio
from simulator.risk.margin_config import (
    SKEW_ABS,
    SKEW_LINEAR,
    VOL_DOWN,
    VOL_NONE,
    VOL_UP,
    CollateralTerms,
    ConfidenceCharge,
    ScenarioConfig,
    ScenarioPoint,
    SkewShock,
    StaticDiscount,
    contract_config,
)
from simulator.risk.risk_arrays import scan_risk
from simulator.risk.scenario_margin import ScenarioMargin
from simulator.risk.smile import flat_smile
from simulator.risk.state import CALL, PERPETUAL, Holdings, Instruments, MarketState

DATA = Path(__file__).resolve().parents[1] / "reference" / "data"
NOW = 1_584_000_000
ZERO = "0x" + "00" * 20
DERIVE = json.loads((DATA / "derive_pm2.json").read_text())
ALL, ONE = (VOL_DOWN, VOL_NONE, VOL_UP), (VOL_UP,)


def derive_config(**changes) -> ScenarioConfig:
    regular = [(0.18, ONE), *((m, ALL) for m in (0.135, 0.09, 0.045, 0.0, -0.045, -0.09, -0.135)), (-0.18, ONE)]
    tails = [ScenarioPoint(m, VOL_UP, 0.036 / abs(m)) for m in (-0.66, -0.33, 0.5, 1.0, 2.0, 3.0)]
    config = ScenarioConfig(
        scenarios=(
            *(ScenarioPoint(m, v) for m, moves in regular for v in moves),
            *tails,
            ScenarioPoint(0.0, SKEW_LINEAR),
            ScenarioPoint(0.0, SKEW_ABS),
        ),
        maintenance_factor=0.8,
        initial_factor=1.0,
        short_option_maintenance=0.003,
        short_option_initial=0.002,
        perpetual_maintenance=0.015,
        perpetual_initial=0.005,
        basis_move=0.045,
        basis_add=0.5,
        basis_per_year=2.0,
        min_vol_up=0.45,
        discount=StaticDiscount(0.95, 1.04, 1.0, 0.08, 0.5, 0.08),
        skew=SkewShock(0.15, -0.05, 0.15, -0.05, 0.01, 4.0, 0.6, -0.1),
        confidence=ConfidenceCharge(0.55, 1.0, 1.0, 1.0),
        peg_threshold=0.98,
        peg_factor=2.0,
    )
    return replace(config, **changes)


def market(spot, perpetual=None, confidence=None, perpetual_confidence=None, risk=(1, 0.5, 0.275, 0, 0, 1), **changes):
    """One market of as many underlyings as there are spots, without expiries unless `changes` has them."""
    spot = np.array(spot, dtype=float)
    confidence = np.ones(len(spot)) if confidence is None else np.array(confidence, dtype=float)
    state = MarketState(
        timestamp=NOW,
        spot=spot,
        perpetual=spot if perpetual is None else np.array(perpetual, dtype=float),
        confidence=confidence,
        perpetual_confidence=confidence if perpetual_confidence is None else np.array(perpetual_confidence),
        expiry_underlying=np.array([], dtype=int),
        expiry=np.array([], dtype=int),
        forward=np.array([]),
        rate=np.array([]),
        expiry_confidence=np.array([]),
        smile=np.zeros((0, 7)),
        risk=np.tile(np.array(risk, dtype=float), (len(spot), 1)),
    )
    return replace(state, **changes)


def one_expiry(seconds, forward, rate, smile, confidence=1.0) -> dict:
    return {
        "expiry_underlying": np.array([0]),
        "expiry": np.array([NOW + seconds]),
        "forward": np.array([forward]),
        "rate": np.array([rate]),
        "expiry_confidence": np.array([confidence]),
        "smile": np.array([smile]),
    }


def instruments(rows) -> Instruments:
    return Instruments(*(np.array(column) for column in zip(*rows, strict=True)))


@pytest.fixture(scope="module")
def chain():
    return EmbeddedChain(genesis_timestamp=NOW)


@pytest.fixture(scope="module")
def contract(chain):
    config = contract_config(ScenarioConfig())
    return deploy(chain, "contracts/margin/ScenarioMargin.sol", "ScenarioMargin", ZERO, ZERO, config)


@pytest.fixture
def margins_are(chain, contract):
    """Assert both engines' net margins, and that the shares of the breakdown sum to the requirement."""

    def check(config, listed, state, holdings, initial, maintenance):
        breakdown = ScenarioMargin(config).breakdown(listed, state, holdings)
        assert breakdown.initial == pytest.approx(initial, rel=1e-9)
        assert breakdown.maintenance == pytest.approx(maintenance, rel=1e-9)
        required = breakdown.components.sum() + breakdown.unallocated
        assert required == pytest.approx(breakdown.equity - breakdown.initial, rel=1e-9)
        worst = sum(-s.profit * factor(config, state, s.underlying) for s in breakdown.worst)
        assert worst + sum(c.initial for c in breakdown.contingencies) == pytest.approx(required, rel=1e-9)
        arguments = contract_portfolio(listed, holdings), contract_market(state), contract_config(config)
        got = contract.read(chain, "evaluateWith", *arguments)
        gross = np.abs(holdings.sizes[0]) @ state.spot[listed.underlying] + holdings.collateral[0] @ state.spot
        assert got[1] / 1e18 == pytest.approx(initial, abs=1e-8 * gross)
        assert got[2] / 1e18 == pytest.approx(maintenance, abs=1e-8 * gross)
        return breakdown

    return check


def factor(config, state, underlying):
    lost = max(config.peg_threshold - state.stable_price, 0) * config.peg_factor
    return (config.initial_factor + lost) * state.risk[underlying, 5]


@pytest.mark.parametrize("case", DERIVE["perpetuals"], ids=lambda c: f"derive-{c['case']}")
def test_derive_perpetuals(margins_are, case):
    spot_confidence, perpetual_confidence = case["confidence"]
    state = market([case["spot"]], [case["perpetual"]], [spot_confidence], [perpetual_confidence])
    state = replace(state, stable_price=DERIVE["stable_price"])
    listed = instruments([(0, PERPETUAL, 0, 0.0)])
    cash = case["cash"] - case["size"] * case["perpetual"]
    holdings = Holdings(np.array([cash]), np.array([[case["size"]]]), np.zeros((1, 1)))
    margins_are(derive_config(), listed, state, holdings, case["initial"], case["maintenance"])


@pytest.mark.parametrize("case", DERIVE["options"], ids=lambda c: f"derive-{c['case']}")
def test_derive_options(margins_are, case):
    seconds = DERIVE["seconds"]
    state = market(
        [case["spot"]],
        stable_price=DERIVE["stable_price"],
        **one_expiry(seconds, case["forward"], case["rate"], case["smile"], 0.95),
    )
    listed = instruments([(0, CALL, NOW + seconds, float(strike)) for strike, _ in case["calls"]])
    holdings = Holdings(np.zeros(1), np.array([[float(size) for _, size in case["calls"]]]), np.zeros((1, 1)))
    breakdown = margins_are(derive_config(), listed, state, holdings, case["initial"], case["maintenance"])
    assert breakdown.equity == pytest.approx(case["mark"], rel=1e-9)
    assert [s.profit for s in breakdown.worst] == [pytest.approx(case["worst"], rel=1e-9)]
    assert breakdown.worst[0].label == "spot +18 %, vol up"
    skews = [s.profit for s in breakdown.scenarios if "skew" in s.label]
    assert skews == [pytest.approx(case["skew"], rel=1e-9)] * 2
    if "unshocked" in case:
        (unshocked,) = [s.profit for s in breakdown.scenarios if s.label == "spot 0 %, vol unchanged"]
        assert unshocked == pytest.approx(case["unshocked"], rel=1e-9)


@pytest.mark.parametrize("case", DERIVE["collateral"], ids=lambda c: f"derive-{c['case']}")
def test_derive_collateral(margins_are, case):
    price, confidence, size = case["perpetual"]
    assets = len(case["spot"])
    state = market(
        case["spot"],
        [price, *case["spot"][1:]],
        case["confidence"],
        [confidence] * assets,
        stable_price=case.get("stable_price", DERIVE["stable_price"]),
    )
    held = np.zeros((1, assets))
    for asset, amount, haircut, _, _ in case["held"]:
        held[0, asset], state.risk[asset, 3] = amount, haircut
    terms = tuple(CollateralTerms(asset, offsets, extra) for asset, _, _, extra, offsets in case["held"])
    listed = instruments([(0, PERPETUAL, 0, 0.0)])
    holdings = Holdings(np.array([-price * float(size)]), np.array([[float(size)]]), held)
    margins_are(derive_config(collateral=terms), listed, state, holdings, case["initial"], case["maintenance"])


def test_deribit_simulation():
    """The response of private/simulate: inverse contracts, reported positive sums offset, roll shock."""
    published = json.loads((DATA / "deribit_simulate.json").read_text())
    spot, result = published["index_price"], published["result"]
    shocks = [round(0.04 * i, 2) for i in range(-4, 5)]
    config = ScenarioConfig(
        scenarios=tuple(ScenarioPoint(m, v) for m in shocks for v in (VOL_UP, VOL_NONE, VOL_DOWN)),
        maintenance_factor=0.8,
        initial_factor=1.0,
        short_option_maintenance=0.0,
        short_option_initial=0.0,
        perpetual_maintenance=0.0,
        perpetual_initial=0.0,
        basis_move=0.0,
        inverse=True,
        positive_offset=0.0,
        roll_add_min=0.01,
        roll_per_year=0.075,
    )
    seconds = 20 * 86_400
    state = market([spot], **one_expiry(seconds, spot * 1.01, 0.0, flat_smile(0.6, spot, 0.1)))
    listed = instruments([(0, PERPETUAL, 0, 0.0), (0, 2, NOW + seconds, 0.0)])
    sizes = np.array([list(published["positions_btc_delta"].values())])
    breakdown = ScenarioMargin(config).breakdown(listed, state, Holdings(np.zeros(1), sizes, np.zeros((1, 1))))
    in_coin = [s.profit / spot for s in breakdown.scenarios if s.label.endswith("vol up")]
    assert in_coin == pytest.approx(published["aggregated"], rel=1e-9)
    assert -breakdown.worst[0].profit / spot == pytest.approx(result["worst_case"], rel=1e-9)
    (roll,) = breakdown.contingencies
    assert roll.initial / spot == pytest.approx(result["roll_shock"], rel=1e-9)
    # The venue rounds the worst case to nine decimals before it adds the roll shock.
    matrix = round(-breakdown.worst[0].profit / spot, 9) + roll.initial / spot
    assert matrix == pytest.approx(result["risk_matrix_margin"], rel=1e-9)
    assert (breakdown.equity - breakdown.initial) / spot == pytest.approx(matrix, abs=5e-10)
    maintenance = (breakdown.equity - breakdown.maintenance) / spot
    assert maintenance == pytest.approx(result["maintenance_margin"], abs=5e-10)


def test_paradex_least_requirement_by_delta(margins_are):
    """One perpetual and five short calls of delta .3 at 70,000: (2 % of .5 + 1 % of 1.0) 70,000 = 1,400."""
    published = json.loads((DATA / "paradex_min_delta.json").read_text())
    spot, seconds = published["spot"], 30 * 86_400
    vol, years = 0.6, 30 / 365
    # d1 with N(d1) = .3 and so the strike.
    deviation = vol * np.sqrt(years)
    strike = spot * np.exp(deviation * (deviation / 2 + 0.5244005127080407))
    net, hedged = published["min_delta"]
    config = ScenarioConfig(
        scenarios=(ScenarioPoint(0.0001, VOL_NONE),),
        maintenance_factor=0.5,
        initial_factor=1.0,
        short_option_maintenance=0.0,
        short_option_initial=0.0,
        perpetual_maintenance=0.0,
        perpetual_initial=0.0,
        basis_move=0.0,
        min_delta_net=net,
        min_delta_hedged=hedged,
    )
    state = market([spot], **one_expiry(seconds, spot, 0.0, flat_smile(vol, spot, years)))
    listed = instruments([(0, PERPETUAL, 0, 0.0), (0, CALL, NOW + seconds, float(strike))])
    holdings = Holdings(np.zeros(1), np.array([[1.0, -5.0]]), np.zeros((1, 1)))
    equity = ScenarioMargin(config).margins(listed, state, holdings).equity[0]
    required = published["min_delta_risk"]
    margins_are(config, listed, state, holdings, equity - required, equity - required / 2)


def test_span_scan_risk(chain):
    """Long one future, short one 410 call: 6,620 (McMillan, Options as a Strategic Investment)."""
    published = json.loads((DATA / "span_scan_risk.json").read_text())
    arrays = np.array([published["long_future"], published["short_call"]])
    assert (arrays.sum(axis=0) == published["covered_write"]).all()
    unit = arrays * np.array([[1], [-1]])
    worst, index = scan_risk(np.array([1.0, -1.0]), unit)
    assert worst == -published["scan_risk"]
    contract = deploy(chain, "contracts/margin/RiskArrays.sol", "RiskArrays")
    assert contract.read(chain, "scanRisk", [1, -1], [[int(x) for x in row] for row in unit]) == (worst, index)
