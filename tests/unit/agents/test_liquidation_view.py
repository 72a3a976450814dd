"""What liquidators see of accounts in trouble, and what they could carry of them."""

from types import SimpleNamespace

import numpy as np
import pytest
from contract_events import event

from agents.liquidation_view import SAFETY, LiquidationView
from simulator.protocol.accounts import AccountIndex
from simulator.protocol.house import House
from simulator.protocol.prices import PriceIndex
from simulator.risk.rules import margin_rule, rule_config
from simulator.risk.state import PERPETUAL, Holdings, Instruments
from simulator.scenario.protocol import Liquidation

WAD = 10**18
QUOTE, COIN = "0x" + "11" * 20, "0x" + "22" * 20
NOW = 1_700_000_000
RISK = tuple(round(value * WAD) for value in (0.1, 0.5, 0.25, 0.1, 0.0, 1.0))
LIQUIDATOR, MAKER = 1, 2


@pytest.fixture
def world() -> SimpleNamespace:
    """Six accounts with a perpetual bought at 2000, and so little cash that a fall to 1900 is too much."""
    instruments = Instruments(*(np.array([value]) for value in (0, PERPETUAL, 0.0, 0.0)))
    accounts = AccountIndex([0], [0], 1, QUOTE, {COIN: 0}, 10**12, max_funding_rate=0.01)
    prices = PriceIndex(1, [])
    prices.apply(event("PriceOracle", "SpotInForce", 0, 1900 * WAD, 1900 * WAD, WAD, NOW))
    prices.apply(event("RiskParameters", "DefaultsSet", 0, RISK, (0,) * 6, RISK, WAD, 10**9))
    for number in range(1, 9):
        cash = 150 if number == LIQUIDATOR else 10**6 if number == MAKER else 200 + number
        accounts.apply(event("ClearingHouse", "AccountOpened", number, QUOTE), NOW)
        accounts.apply(event("ClearingHouse", "Deposited", number, QUOTE, cash * WAD), NOW)
    for number in range(3, 9):
        accounts.apply(event("ClearingHouse", "Traded", number, MAKER, 0, WAD, 2000 * WAD, 2000 * WAD), NOW)
    house = House(margin_rule("isolated", rule_config("isolated", 1.25, 1.0)), instruments, accounts, prices)
    house.advance(NOW)
    return SimpleNamespace(
        house=house,
        block=1,
        now=NOW,
        market=SimpleNamespace(quote=SimpleNamespace(atm_vol=np.array([0.8]))),
        scenario=SimpleNamespace(liquidation=Liquidation(mechanism="fixed"), settlement=SimpleNamespace(holds=False)),
    )


def test_the_largest_part_leaves_room_for_a_move_of_prices_unless_it_is_the_whole(world):
    view = LiquidationView(world)
    view.advance()
    assert view.opportunities
    for found in view.opportunities:
        whole = found.max_fraction >= 1.0
        assert found.fractions[0] == (1.0 if whole else SAFETY * found.max_fraction)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (4, 0, 5, 2)])
def test_what_a_liquidator_could_carry_is_its_margin_with_the_slice_and_without_the_payment(world, order):
    view = LiquidationView(world)
    view.advance()
    held = world.house.holdings()
    for place in order:
        found = view.opportunities[place]
        for fraction, margin in zip(found.fractions, view.margins_after(LIQUIDATOR, place), strict=True):
            own, taken = LIQUIDATOR - 1, found.account - 1
            after = Holdings(
                held.cash[[own]] + fraction * held.cash[[taken]] - fraction * found.price,
                held.sizes[[own]] + fraction * held.sizes[[taken]],
                held.collateral[[own]] + fraction * held.collateral[[taken]],
            )
            assert margin == world.house.hypothetical(after).initial[0]
