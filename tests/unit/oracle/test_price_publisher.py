"""When prices are posted, and what."""

import numpy as np
import pytest
from market_of_one_price import START, OnePriceMarket, scenario

from simulator.oracle.price_publisher import PricePublisher
from simulator.wads import WAD

WEEK = 7 * 86_400


class Desk:
    """One publisher and the market it watches."""

    def __init__(self, expiries=(), assets=1, seed=0, rate=0.0, **oracle):
        self.market = OnePriceMarket(rate)
        rng = np.random.default_rng(seed)
        self.publisher = PricePublisher(scenario(assets, rate, **oracle), 0, expiries, rng)

    def due(self, seconds, spot, **quote):
        return self.publisher.due(START + seconds, self.market.quote(seconds, spot, **quote), self.market)


def test_the_first_quote_is_posted_with_every_expiry():
    update = Desk([(0, START + WEEK), (0, START + 2 * WEEK)], rate=0.1).due(0, 200.0, perpetual=201.0)
    assert update.timestamp == START
    assert update.spots == ((0, 200 * WAD, 1_005 * WAD // 1000, WAD),)
    assert [e.expiry for e in update.expiries] == [START + WEEK, START + 2 * WEEK]
    assert update.expiries[0].forward_basis / WAD == pytest.approx(np.exp(0.1 * 7 / 365))
    assert update.expiries[0].rate == WAD // 10
    assert update.inputs == {"A0": "first"}


def test_quiet_blocks_post_nothing_until_the_heartbeat():
    desk = Desk(heartbeat_seconds=3600)
    desk.due(0, 200.0)
    assert desk.due(3588, 200.5) is None
    assert desk.due(3600, 200.5).inputs == {"A0": "heartbeat"}


@pytest.mark.parametrize("spot", [198.999, 201.001])
def test_a_move_of_the_deviation_is_posted_at_once_and_only_once(spot):
    desk = Desk([(0, START + WEEK)], deviation=0.005)
    desk.due(0, 200.0)
    assert desk.due(12, 200 + (spot - 200) * 0.99) is None
    update = desk.due(24, spot)
    assert update.inputs == {"A0": "deviation"}
    assert update.expiries == ()
    assert desk.due(36, spot) is None


def test_a_perpetual_that_leaves_spot_is_posted():
    desk = Desk()
    desk.due(0, 200.0)
    assert desk.due(12, 200.0, perpetual=198.0).spots[0].perpetual_basis == 99 * WAD // 100


def test_only_the_assets_that_are_due_are_posted():
    desk = Desk(assets=2)
    desk.due(0, [200.0, 8000.0])
    assert [s.underlying for s in desk.due(12, [200.0, 7900.0]).spots] == [1]


@pytest.mark.parametrize(("spot", "vol"), [(189.0, 0.8), (200.0, 0.85)])
def test_smiles_follow_a_large_move_of_price_or_volatility(spot, vol):
    desk = Desk([(0, START + WEEK)], smile_deviation=0.05)
    desk.due(0, 200.0)
    update = desk.due(12, spot, vol=vol)
    assert len(update.expiries) == len(update.spots) == 1
    assert update.expiries[0].smile.forward == int(spot) * WAD


def test_smiles_follow_small_moves_that_add_up():
    desk = Desk([(0, START + WEEK)], deviation=0.02, smile_deviation=0.05)
    desk.due(0, 200.0)
    posted = [desk.due(12 * i, 200 * 0.98**i) for i in range(1, 4)]
    assert [len(update.expiries) for update in posted] == [0, 0, 1]


def test_an_expiry_is_posted_when_it_passes_and_then_dropped():
    desk = Desk([(0, START + 600), (0, START + WEEK)])
    desk.due(0, 200.0)
    assert desk.due(588, 200.0) is None
    assert desk.due(600, 200.0).inputs == {"A0": "expiry"}
    assert desk.due(612, 200.0) is None
    assert [e.expiry for e in desk.due(4200, 200.0).expiries] == [START + WEEK]


def test_a_rejected_update_is_due_again():
    desk = Desk([(0, START + WEEK)])
    first = desk.due(0, 200.0)
    desk.publisher.forget()
    again = desk.due(12, 200.0)
    assert again.spots == first.spots
    assert len(again.expiries) == 1


def test_publishers_see_the_price_each_with_its_own_noise():
    spots = [Desk(seed=seed, publisher_noise=0.001).due(0, 200.0).spots[0].spot / WAD for seed in range(400)]
    assert np.mean(np.log(spots)) == pytest.approx(np.log(200), abs=2e-4)
    assert np.std(np.log(spots)) == pytest.approx(0.001, rel=0.1)
