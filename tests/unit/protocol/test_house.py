"""The house values every account at what the oracle has in force, funding and fixed settlement prices included."""

import numpy as np
import pytest
from contract_events import event

from simulator.protocol.accounts import AccountIndex
from simulator.protocol.house import FUNDING_PERIOD, House
from simulator.protocol.prices import PriceIndex
from simulator.risk.rules import margin_rule, rule_config
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, Instruments

WAD = 10**18
QUOTE, COIN = "0x" + "11" * 20, "0x" + "22" * 20
NOW, EXPIRY = 1_700_000_000, 1_700_003_600
KINDS = (PERPETUAL, FUTURE, CALL, PUT)
STRIKE = 2000.0
SMILE = tuple(round(value * WAD) for value in (0.5, 0.0, 0.0, 0.0, 0.1, 2000.0, 3600 / 31_536_000))
RISK = tuple(round(value * WAD) for value in (0.1, 0.5, 0.25, 0.1, 0.0, 1.0))
ZERO_SET = (0,) * 6


@pytest.fixture
def house() -> House:
    """Two accounts, a perpetual, a future, a call and a put on one asset at 2000; account 1 bought one of each."""
    kinds = np.array(KINDS)
    dated = kinds != PERPETUAL
    instruments = Instruments(
        np.zeros(4, dtype=int), kinds, np.where(dated, float(EXPIRY), 0.0), np.where(kinds < FUTURE, STRIKE, 0.0)
    )
    accounts = AccountIndex([0] * 4, [0], 1, QUOTE, {COIN: 0}, 10**12, max_funding_rate=0.01)
    prices = PriceIndex(1, [(0, EXPIRY)])
    house = House(margin_rule("isolated", rule_config("isolated", 1.25, 1.0)), instruments, accounts, prices)
    post(house, 2000, 2000)
    price(house, "ExpiryInForce", 0, EXPIRY, WAD, 0, WAD, SMILE, NOW)
    price(house, "DefaultsSet", 0, RISK, ZERO_SET, RISK, WAD, 10**9, contract="RiskParameters")
    tell(house, "InstrumentListed", 0, 0, int(PERPETUAL), 0, 0)
    for number in (1, 2):
        tell(house, "AccountOpened", number, QUOTE)
        tell(house, "Deposited", number, QUOTE, 100_000 * WAD)
    tell(house, "FundingAccrued", 0, 0, NOW)
    for instrument in range(4):
        tell(house, "Traded", 1, 2, instrument, WAD, 0, 0)
    house.advance(NOW)
    return house


def tell(house: House, name: str, *values) -> None:
    house.accounts.apply(event("ClearingHouse", name, *values), NOW)


def price(house: House, name: str, *values, contract: str = "PriceOracle") -> None:
    house.prices.apply(event(contract, name, *values))


def post(house: House, spot: int, perpetual: int) -> None:
    """Prices in force."""
    price(house, "SpotInForce", 0, spot * WAD, perpetual * WAD, WAD, NOW)


def test_what_one_account_wins_by_a_move_the_other_loses(house):
    before = house.margins.equity
    post(house, 1900, 1910)
    after = house.margins.equity
    assert after[0] != before[0]
    assert (after - before).sum() == pytest.approx(0.0, abs=1e-6)


def test_collateral_is_worth_spot_less_its_haircut(house):
    before = house.margins
    tell(house, "Deposited", 1, COIN, 3 * WAD)
    assert house.margins.equity[0] - before.equity[0] == pytest.approx(3 * 2000)
    assert house.margins.maintenance[0] - before.maintenance[0] == pytest.approx(3 * 2000 * 0.9)


def test_margins_after_a_change_are_those_of_a_house_that_values_everyone_anew(house):
    before = house.margins
    tell(house, "Deposited", 2, COIN, 5 * WAD)
    tell(house, "Traded", 2, 1, 3, 7 * WAD, 100 * WAD, 0)
    tell(house, "Withdrawn", 1, QUOTE, 10 * WAD, 10 * WAD)
    fresh = House(house.rule, house.instruments, house.accounts, house.prices)
    fresh.advance(NOW)
    for name in ("equity", "initial", "maintenance"):
        now = getattr(house.margins, name).tolist()
        assert now == getattr(fresh.margins, name).tolist() != getattr(before, name).tolist()


def test_longs_pay_the_premium_of_the_perpetual_over_eight_hours(house):
    post(house, 2000, 2010)
    house.advance(NOW + FUNDING_PERIOD // 4)
    assert house.accrued_funding() == pytest.approx([-2.5, 2.5])


def test_funding_follows_the_premium_only_up_to_its_limit(house):
    post(house, 2000, 2200)
    house.advance(NOW + FUNDING_PERIOD)
    assert house.accrued_funding() == pytest.approx([-20.0, 20.0])


def test_funding_that_was_settled_is_not_counted_again(house):
    post(house, 2000, 2010)
    house.advance(NOW + FUNDING_PERIOD)
    tell(house, "FundingAccrued", 0, 10 * WAD, NOW + FUNDING_PERIOD)
    tell(house, "FundingSettled", 1, 0, -10 * WAD)
    assert house.accrued_funding() == pytest.approx([0.0, 10.0])


def test_a_fixed_settlement_price_is_cash_that_no_longer_moves(house):
    """Only the perpetual is left to move; the future, call and put settled at 2300 pay 2300, 300 and nothing."""
    house.advance(EXPIRY + 12)
    price(house, "SettlementPriceFixed", 0, EXPIRY, 2300 * WAD)
    assert house.margins.equity == pytest.approx([100_000 + 2000 + 2600, 100_000 - 2000 - 2600])
    post(house, 1900, 1900)
    assert house.margins.equity == pytest.approx([100_000 + 1900 + 2600, 100_000 - 1900 - 2600])


def test_an_expired_position_without_a_settlement_price_still_moves_with_spot(house):
    house.advance(EXPIRY + 12)
    post(house, 2100, 2100)
    at_2100 = house.margins.equity
    post(house, 2200, 2200)
    assert house.margins.equity - at_2100 == pytest.approx([300.0, -300.0])  # perpetual, future and call


def test_accounts_below_maintenance_margin_come_worst_first(house):
    tell(house, "Withdrawn", 1, QUOTE, 120_000 * WAD, 120_000 * WAD)
    tell(house, "Withdrawn", 2, QUOTE, 110_000 * WAD, 110_000 * WAD)
    assert house.below_maintenance().tolist() == [1, 2]
    assert house.bankrupt() == []


def test_who_has_nothing_left_but_debt_is_bankrupt(house):
    tell(house, "AccountOpened", 3, QUOTE)
    assert house.bankrupt() == []
    tell(house, "Withdrawn", 3, QUOTE, WAD, WAD)
    assert house.bankrupt() == [3]


def test_open_interest_counts_each_contract_once_at_spot(house):
    assert house.open_interest() == pytest.approx(4 * 2000.0)


def test_gross_notional_counts_positions_of_both_signs_and_collateral(house):
    tell(house, "Deposited", 2, COIN, WAD)
    assert house.gross_notional() == pytest.approx([8000.0, 10_000.0])
