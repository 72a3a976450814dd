"""Expected-shortfall margin on chain and in floating point, and the road of a scenario set from Python to the contract.

Portfolios and markets are drawn at will (as for the other rules) and handed to the contract's `evaluateWith`, on the
embedded chain, with sets and configurations drawn at will too.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats import t as student_t
from solidity import SENDER, deploy
from test_margin_mirror import gross_notional, portfolios

from simulator.chain.embedded import EmbeddedChain
from simulator.risk.contract_structs import contract_market, contract_portfolio
from simulator.risk.expected_shortfall_margin import ExpectedShortfallMargin
from simulator.risk.historical import log_returns, plain
from simulator.risk.montecarlo import Sampling, simulate
from simulator.risk.scenario_codec import decode, encode, equally_likely, posted, quantised, shocks_of
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.shock_models import GaussianShocks
from simulator.risk.shortfall_config import ExpectedShortfallConfig, contract_shortfall_config
from simulator.risk.state import PERPETUAL, Holdings, Instruments, MarketState
from simulator.risk.tail import sample_tail

NOW = 1_584_000_000
DAY = 86_400
ZERO = "0x" + "00" * 20
TESTS = Path(__file__).resolve().parents[1]
DATA = TESTS.parents[1] / "shared" / "data"


@pytest.fixture(scope="module")
def chain():
    return EmbeddedChain(genesis_timestamp=NOW)


@pytest.fixture(scope="module")
def rule(chain):
    config = contract_shortfall_config(ExpectedShortfallConfig())
    source = "contracts/margin/ExpectedShortfallMargin.sol"
    return deploy(chain, source, "ExpectedShortfallMargin", ZERO, ZERO, ZERO, config)


@pytest.fixture(scope="module")
def sets(chain):
    guards = (30 * DAY, DAY, 64, 5 * 10**15)
    sets = deploy(chain, "contracts/oracle/ScenarioSets.sol", "ScenarioSets", SENDER, guards)
    assert (
        chain.mine([sets.transaction(SENDER, "setPublisher", SENDER, True)], chain.timestamp + 1).receipts[0].succeeded
    )
    return sets


def publish(chain, sets, data: bytes) -> None:
    """Commit, post, activate: a transaction each."""
    plan = posted(data, chain.timestamp, DAY)
    calls = [("commit", plan.commitment), *(("post", i, chunk) for i, chunk in enumerate(plan.chunks)), ("activate",)]
    for call in calls:
        block = chain.mine([sets.transaction(SENDER, *call)], chain.timestamp + 12)
        assert block.receipts[0].succeeded, call[0]
    assert sets.read(chain, "commitmentInForce").hash == plan.commitment[0]


@st.composite
def configurations(draw) -> ExpectedShortfallConfig:
    low, high = sorted(draw(st.floats(0.001, 0.999)) for _ in range(2))
    factor = draw(st.floats(0.1, 2))
    return ExpectedShortfallConfig(
        measure=draw(st.sampled_from(["es", "var"])),
        maintenance_level=low,
        initial_level=draw(st.sampled_from([low, high])),
        maintenance_factor=factor,
        initial_factor=factor * draw(st.floats(1, 3)),
        short_option_maintenance=draw(st.floats(0, 0.1)),
        short_option_initial=draw(st.floats(0, 0.1)),
    )


def drawn_shocks(assets: int, seed: int) -> np.ndarray:
    """One to 512 scenarios, from quiet to absurd ones."""
    rng = np.random.default_rng(seed)
    count = int(rng.choice([1, 2, 17, 100, 512]))
    wide = rng.choice([0.01, 0.1, 1.0])
    moves = np.clip(rng.standard_t(3, (count, assets, 2)) * wide, -1, 5)
    return quantised(np.where(rng.random(moves.shape) < 0.05, 0.0, moves))


@settings(max_examples=120, deadline=None, derandomize=True)
@given(drawn=portfolios(), config=configurations(), seed=st.integers(0, 2**32 - 1))
def test_contract_and_mirror_agree(chain, rule, drawn, config, seed):
    market, instruments, holdings = drawn
    shocks = drawn_shocks(len(market.spot), seed)
    scenarios = MarketState(**{name: getattr(market, name) for name in market.__slots__} | {"shocks": shocks})
    expected = ExpectedShortfallMargin(config).margins(instruments, scenarios, holdings)
    arguments = (contract_portfolio(instruments, holdings), contract_market(market), encode(shocks))
    got = rule.read(chain, "evaluateWith", *arguments, contract_shortfall_config(config))
    tolerance = 1e-8 * gross_notional(instruments, market, holdings) + 1e-12
    assert got[0] / 1e18 == pytest.approx(expected.equity[0], abs=tolerance)
    assert got[1] / 1e18 == pytest.approx(expected.initial[0], abs=tolerance)
    assert got[2] / 1e18 == pytest.approx(expected.maintenance[0], abs=tolerance)


def linear_market(spot, shocks=None) -> MarketState:
    spot, none = np.asarray(spot, dtype=float), np.zeros(0)
    risk = np.tile([0.1, 0.1, 0.1, 0.0, 0.0, 1.0], (len(spot), 1))
    ones = np.ones(len(spot))
    whole = none.astype(int)
    return MarketState(NOW, spot, spot, ones, whole, whole, none, none, none, np.zeros((0, 7)), risk, shocks=shocks)


def perpetuals(sizes) -> tuple[Instruments, Holdings]:
    count = len(sizes)
    zeros = np.zeros(count, dtype=int)
    instruments = Instruments(np.arange(count), np.full(count, PERPETUAL), zeros, np.zeros(count))
    return instruments, Holdings(np.zeros(1), np.array([sizes], dtype=float), np.zeros((1, count)))


def requirement(chain, rule, market: MarketState, data: bytes, sizes, config: ExpectedShortfallConfig) -> float:
    portfolio, supposed = contract_portfolio(*perpetuals(sizes)), contract_market(market)
    margin = rule.read(chain, "evaluateWith", portfolio, supposed, data, contract_shortfall_config(config))
    return (margin[0] - margin[2]) / 1e18


def candles(coin: str) -> dict[str, float]:
    path = DATA / f"{coin}_usdt_1d_2017-08_2024-12.csv"
    header, *rows = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines())
    close = header.index("close")
    return {row[0]: float(row[close]) for row in rows}


@pytest.fixture(scope="module")
def history() -> np.ndarray:
    """Daily closes of BTC and ETH: (n_days, 2)."""
    btc, eth = candles("btc"), candles("eth")
    return np.array([(btc[day], eth[day]) for day in sorted(btc.keys() & eth.keys())])


@pytest.mark.parametrize("level", [0.9, 0.975, 0.99])
@pytest.mark.parametrize("sizes", [(1.0, 0.0), (-0.5, 12.0)])
def test_a_historical_set_gives_the_same_shortfall_on_chain(chain, rule, sets, history, level, sizes):
    returns = log_returns(history)[-512:]
    data = encode(shocks_of(plain(returns)))
    publish(chain, sets, data)
    in_force = sets.read(chain, "current")
    assert in_force.fresh and in_force.set == data
    spot = history[-1]
    losses = plain(returns).unit_losses(spot) @ np.array(sizes)
    expected = sample_tail(losses, level)
    gross = np.abs(sizes) @ spot
    for measure in ("es", "var"):
        config = ExpectedShortfallConfig(measure=measure, maintenance_level=level, initial_level=level)
        got = requirement(chain, rule, linear_market(spot), in_force.set, sizes, config)
        # Moves are rounded to 2^-26, losses by half of that at most.
        assert got == pytest.approx(getattr(expected, measure), abs=2**-27 * gross)


def test_a_simulated_set_gives_the_same_shortfall_on_chain(chain, rule, sets):
    covariance = np.array([[0.04, 0.03], [0.03, 0.09]]) / 365
    simulated = simulate(GaussianShocks(covariance), 512, np.random.default_rng(7), Sampling.SOBOL)
    publish(chain, sets, encode(shocks_of(simulated)))
    spot, sizes = np.array([9000.0, 200.0]), (0.3, -40.0)
    expected = sample_tail(simulated.unit_losses(spot) @ np.array(sizes), 0.975).es
    config = ExpectedShortfallConfig(maintenance_level=0.975, initial_level=0.975)
    got = requirement(chain, rule, linear_market(spot), sets.read(chain, "current").set, sizes, config)
    assert got == pytest.approx(expected, abs=2**-27 * (np.abs(sizes) @ spot))


NORMAL = json.loads((TESTS / "reference" / "data" / "es_closed_forms.json").read_text(encoding="utf-8"))["rows"]


@pytest.mark.parametrize("row", NORMAL[:4], ids=lambda row: str(row["alpha"]))
@pytest.mark.parametrize("law", ["normal", "t4_raw"])
def test_quantiles_of_a_law_give_its_shortfall(chain, rule, row, law):
    """512 means over ranges of equal probability, as far as the tail is whole ranges: its mean is exact."""
    if law == "normal":
        edges = norm.ppf(np.arange(513) / 512)
        means = -512 * np.diff(norm.pdf(edges))
    else:
        edges = student_t.ppf(np.arange(513) / 512, 4)
        with np.errstate(invalid="ignore"):
            primitive = np.where(np.isfinite(edges), student_t.pdf(edges, 4) * (4 + edges**2) / 3, 0.0)
        means = -512 * np.diff(primitive)
    data = encode(np.stack([0.02 * means, np.zeros(512)], axis=1)[:, None])
    config = ExpectedShortfallConfig(maintenance_level=row["alpha"], initial_level=row["alpha"])
    got = requirement(chain, rule, linear_market([100.0]), data, (1.0,), config)
    assert got == pytest.approx(2 * row[f"{law}_ES"], rel=1e-3)


def test_a_weighted_set_keeps_its_shortfall_when_resampled(history):
    returns = log_returns(history)
    weighted = ScenarioSet(returns, 0.995 ** np.arange(len(returns))[::-1])
    even = equally_likely(weighted)
    whole = sample_tail(weighted.unit_losses(history[-1])[:, 0], 0.975, weighted.weights).es
    assert sample_tail(even.unit_losses(history[-1])[:, 0], 0.975).es == pytest.approx(whole, rel=0.05)
    assert decode(encode(shocks_of(even)))[1].shape == (512, 2, 2)
