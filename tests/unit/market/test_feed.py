"""The market a run sees."""

import math

import numpy as np
import pytest

from simulator.errors import ScenarioError
from simulator.market import Market
from simulator.market.paths import simulate
from simulator.scenario.load import load

SEED = np.random.SeedSequence(1)


@pytest.fixture
def quiet():
    return load("quiet")


def run(scenario, flow=None):
    """Every quote of a scenario; `flow` maps a block to the quantity traded right after it."""
    market = Market(scenario, SEED)
    start = market.quote.timestamp
    quotes = []
    for block in range(1, scenario.chain.blocks + 1):
        quotes.append(market.advance(start + block * scenario.chain.block_seconds))
        if flow and block in flow:
            market.add_flow(0, flow[block])
    return quotes


def test_without_flow_spot_is_the_path(quiet):
    _, prices = simulate(quiet, SEED)
    assert np.array_equal(np.array([quote.spot for quote in run(quiet)]), prices[1:])


def test_the_first_quote_is_that_of_the_start(quiet):
    quote = Market(quiet, SEED).quote
    assert (quote.timestamp, quote.spot.tolist(), quote.perpetual.tolist()) == (1705276800, [2500.0], [2500.0])
    assert quote.atm_vol == pytest.approx([0.6])


def test_forced_sales_push_the_price_down_from_the_next_block_and_fade(quiet):
    plain, sold = run(quiet), run(quiet, {100: -5_000.0})
    ratio = np.array([after.spot[0] / before.spot[0] for before, after in zip(plain, sold, strict=True)])
    assert np.all(ratio[:100] == 1.0)
    daily = 0.6 / math.sqrt(365)
    assert ratio[100] == pytest.approx(math.exp(-daily * (0.1 + 0.2 * 0.01)), rel=1e-3)
    assert np.all(np.diff(ratio[100:]) > 0) and ratio[-1] < 1


def test_the_perpetual_falls_further_than_spot_when_flow_sells(quiet):
    plain, sold = run(quiet), run(quiet, {100: -20_000.0})
    premium = [quotes[100].perpetual[0] / quotes[100].spot[0] - 1 for quotes in (plain, sold)]
    assert premium[1] < premium[0] - 1e-4


def test_the_premium_stays_within_its_cap():
    scenario = load("black-thursday", ["market.premium.cap=0.01", "market.premium.sensitivity=1"])
    premium = [quote.perpetual / quote.spot - 1 for quote in run(scenario)]
    assert np.max(premium) == pytest.approx(0.01) and np.min(premium) == pytest.approx(-0.01)


def test_one_month_volatility_of_eth_rises_on_black_thursday_from_below_one_to_two_and_three():
    vol = np.array([quote.atm_vol[0] for quote in run(load("black-thursday"))])
    assert vol[:1500].min() > 0.75 and vol[:2700].max() < 1.0  # until 09:00 UTC
    assert 2.0 < vol[3900] < 2.5  # 13:00, after the first wave
    assert 2.5 < vol[8100:8700].max() < 3.2  # after the second


def test_blocks_may_be_skipped(quiet):
    market = Market(quiet, SEED)
    _, prices = simulate(quiet, SEED)
    assert market.advance(market.quote.timestamp + 36).spot == prices[3]


def test_forwards_grow_at_the_rate_and_end_at_spot():
    market = Market(load("quiet", ["market.rate=0.05"]), SEED)
    now = market.quote.timestamp
    assert market.forward(0, now + 365 * 86_400) == pytest.approx(2500 * math.exp(0.05))
    assert market.forward(0, now - 1) == 2500.0


def test_a_smile_carries_forward_and_time_to_expiry(quiet):
    market = Market(quiet, SEED)
    smile = market.smile(0, market.quote.timestamp + 73 * 86_400)
    assert smile.shape == (7,) and smile[5:].tolist() == [2500.0, 0.2]


@pytest.mark.parametrize("offset", [0, -12, 301 * 12])
def test_time_only_advances_within_the_scenario(quiet, offset):
    market = Market(quiet, SEED)
    with pytest.raises(ScenarioError, match=r"chain\.blocks sets the length"):
        market.advance(market.quote.timestamp + offset)
