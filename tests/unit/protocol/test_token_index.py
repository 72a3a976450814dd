"""Token balances from transfers; amounts turned into token units round down."""

from decimal import Decimal

import pytest
from contract_events import event
from hypothesis import given
from hypothesis import strategies as st

from simulator.protocol.tokens import ZERO_ADDRESS, TokenIndex

QUOTE, COIN, SHARE = ("0x" + digits * 20 for digits in ("11", "22", "33"))
ALICE, BOB = ("0x" + digits * 20 for digits in ("aa", "bb"))


def index() -> TokenIndex:
    """Quote with six decimals, a coin with eighteen, the fund's share with twelve."""
    return TokenIndex([QUOTE, COIN, SHARE], [6, 18, 12])


def transfer(tokens: TokenIndex, token: str, sender: str, recipient: str, value: int) -> TokenIndex:
    tokens.apply(token, event("TestToken", "Transfer", sender, recipient, value))
    return tokens


def test_a_transfer_moves_a_balance():
    tokens = transfer(index(), QUOTE, ZERO_ADDRESS, ALICE, 5_000_000)
    transfer(tokens, QUOTE, ALICE, BOB, 2_000_000)
    assert (tokens.balance(0, ALICE), tokens.balance(0, BOB)) == (3_000_000, 2_000_000)
    assert (tokens.wallet_amount(ALICE, 0), tokens.wallet_amount(BOB, 0)) == (3.0, 2.0)


def test_minting_and_burning_change_the_supply_of_one_token():
    tokens = transfer(index(), COIN, ZERO_ADDRESS, ALICE, 3 * 10**18)
    transfer(tokens, COIN, ALICE, ZERO_ADDRESS, 10**18)
    assert (tokens.supply(1), tokens.supply(0)) == (2.0, 0.0)


def test_an_approval_moves_nothing():
    tokens = index()
    tokens.apply(QUOTE, event("TestToken", "Approval", ALICE, BOB, 10**30))
    assert tokens.balance(0, ALICE) == tokens.balance(0, BOB) == 0


def test_who_never_held_a_token_has_none_of_it():
    assert index().balance(1, ALICE) == 0


def test_the_last_token_is_the_funds_share():
    tokens = index()
    assert tokens.address(tokens.fund_share) == SHARE


@pytest.mark.parametrize(
    ("amount", "units"), [(1.0, 10**6), (0.1234567, 123456), (0.0000009, 0), (1e12, 10**18), (2.675, 2_675_000)]
)
def test_amounts_become_the_units_of_the_number_as_written(amount, units):
    assert index().units(0, amount) == units


@given(st.floats(0, 1e15), st.sampled_from([0, 1, 2]))
def test_units_never_exceed_the_amount_and_miss_less_than_one(amount, token):
    decimals = (6, 18, 12)[token]
    units = index().units(token, amount)
    exact = Decimal(repr(amount)).scaleb(decimals)
    assert 0 <= exact - units < 1


@given(st.integers(0, 10**40))
def test_wads_become_units_rounded_down(wad):
    tokens = index()
    assert 0 <= wad - tokens.wad_to_units(0, wad) * 10**12 < 10**12
    assert tokens.wad_to_units(1, wad) == wad


@given(st.lists(st.tuples(st.sampled_from([ALICE, BOB, ZERO_ADDRESS]), st.sampled_from([ALICE, BOB, ZERO_ADDRESS]),
                          st.integers(0, 10**20)), max_size=20))  # fmt: skip
def test_what_is_held_is_what_was_minted(transfers):
    tokens = index()
    for sender, recipient, value in transfers:
        transfer(tokens, QUOTE, sender, recipient, value)
    held = tokens.balance(0, ALICE) + tokens.balance(0, BOB)
    assert held == -tokens.balance(0, ZERO_ADDRESS)
