"""TestToken under Brownie."""

import brownie
import pytest


@pytest.fixture(scope="module")
def token(TestToken, owner):
    return TestToken.deploy("USD Coin", "USDC", 6, {"from": owner})


def test_anyone_can_mint(token, accounts):
    token.mint(accounts[2], 5 * 10**6, {"from": accounts[1]})
    assert token.balanceOf(accounts[2]) == 5 * 10**6
    assert token.totalSupply() == 5 * 10**6


def test_transfer_beyond_the_balance_reverts_with_the_figures(token, accounts):
    token.mint(accounts[1], 10, {"from": accounts[1]})
    with brownie.reverts():
        token.transfer(accounts[2], 11, {"from": accounts[1]})
    assert token.balanceOf(accounts[1]) == 10


def test_decimals_are_as_configured(token):
    assert token.decimals() == 6
