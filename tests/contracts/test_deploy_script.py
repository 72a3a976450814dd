"""`scripts/deploy.py` puts a working protocol on a Brownie network."""

import brownie
import pytest

from scripts import deploy, inspect_protocol  # brownie.run fails where the project's path has a dot
from simulator.market.instruments import listed
from simulator.scenario.load import load


@pytest.fixture(scope="module")
def protocol():
    return deploy.main()


@pytest.fixture
def account(protocol, accounts):
    """Account 1, owned by accounts[7], with 1,000 units of the quote token."""
    quote, house, user = protocol["Quote"], protocol["ClearingHouse"], accounts[7]
    amount = 1_000 * 10 ** quote.decimals()
    house.openAccount(user, {"from": user})
    quote.mint(user, amount, {"from": user})
    quote.approve(protocol["CollateralVault"], amount, {"from": user})
    house.deposit(1, quote, amount, {"from": user})
    return 1


def test_every_instrument_of_the_scenario_is_listed(protocol):
    house, wanted = protocol["ClearingHouse"], listed(load("quiet"))
    kinds = [house.instrument(number)[1] for number in range(house.instrumentCount())]
    assert kinds == [int(instrument.kind) for instrument in wanted]


def test_a_deposit_becomes_cash_in_the_vault(protocol, account):
    house, vault, quote = protocol["ClearingHouse"], protocol["CollateralVault"], protocol["Quote"]
    assert house.cash(account) == 1_000 * 10**18
    assert vault.balanceWad(quote) == 1_000 * 10**18
    assert quote.balanceOf(vault) == 1_000 * 10 ** quote.decimals()


def test_only_the_owner_or_an_operator_can_withdraw(protocol, account, accounts):
    house, quote = protocol["ClearingHouse"], protocol["Quote"]
    with brownie.reverts():
        house.withdraw(account, quote, 1, accounts[8], {"from": accounts[8]})
    house.setOperator(account, accounts[8], True, {"from": accounts[7]})
    house.withdraw(account, quote, 1, accounts[8], {"from": accounts[8]})
    assert quote.balanceOf(accounts[8]) == 1


def test_the_protocol_can_be_inspected(protocol, account, accounts, capsys):
    inspect_protocol.main()
    printed = capsys.readouterr().out
    assert protocol["ClearingHouse"].address in printed
    assert accounts[7].address in printed
    assert "perpetual" in printed
