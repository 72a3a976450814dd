"""The oracle as a run drives it."""

import numpy as np
import pytest
from market_of_one_price import START, OnePriceMarket, scenario

from simulator.oracle.engine import OracleEngine

HOUR = 3600


def test_before_the_first_bar_volatility_is_the_markets_own_forecast():
    engine, market = OracleEngine(scenario(2), []), OnePriceMarket()
    engine.observe(market.quote(0, [200.0, 8000.0], vol=0.9), market)
    assert engine.volatility.tolist() == [0.9, 0.9]
    assert engine.estimates.correlation.tolist() == np.eye(2).tolist()


def test_a_fall_raises_volatility_when_its_bar_ends():
    engine, market = OracleEngine(scenario(), []), OnePriceMarket()
    engine.observe(market.quote(0, 200.0), market)
    engine.observe(market.quote(1800, 160.0), market)
    assert engine.volatility[0] == 0.8
    engine.observe(market.quote(HOUR, 160.0), market)
    variance = 0.94 * 0.8**2 + 0.06 * np.log(0.8) ** 2 * 365 * 24
    assert engine.volatility[0] == pytest.approx(np.sqrt(variance))
    assert engine.estimates.inputs(0)["ewma"] == pytest.approx(np.sqrt(variance))


def test_each_publisher_keeps_its_own_count_and_noise():
    engine, market = OracleEngine(scenario(publishers=3, publisher_noise=0.001), []), OnePriceMarket()
    engine.observe(market.quote(0, 200.0), market)
    first = [engine.due(number, START).spots[0].spot for number in range(2)]
    assert first[0] != first[1]
    assert engine.due(0, START) is None
    assert engine.due(2, START).publisher == 2


def test_what_was_refused_is_due_again():
    engine, market = OracleEngine(scenario(), []), OnePriceMarket()
    engine.observe(market.quote(0, 200.0), market)
    prices, (parameters,) = engine.due(0, START), engine.parameters_due(START)
    engine.resolve(prices, False, START)
    engine.resolve(parameters, False, START)
    engine.observe(market.quote(12, 200.0), market)
    assert engine.due(0, START + 12).spots == prices.spots
    assert engine.parameters_due(START + 12)[0].values == parameters.values


def test_the_same_seed_posts_the_same():
    posted = []
    for _ in range(2):
        engine, market = OracleEngine(scenario(publisher_noise=0.01), [(0, START + 86_400)]), OnePriceMarket()
        rng, spot = np.random.default_rng(1), 200.0
        updates = []
        for block in range(600):
            spot *= np.exp(0.002 * rng.standard_normal())
            engine.observe(market.quote(12 * block, spot), market)
            updates += [engine.due(0, START + 12 * block), engine.parameters_due(START + 12 * block)]
        posted.append(updates)
    assert posted[0] == posted[1]
