"""Nothing is lost: whatever a crash does to accounts, every sum holds after every block, to the wei."""

from collections.abc import Callable

import pytest
from crash import POOR_FUND, crash, simulated
from witness import Books, History, books

WAD = 10**18
UNIT = 10**12
"""One token unit of the quote currency (six decimals), in wads."""


def first_breach(history: History, holds: Callable[[Books], bool]) -> Books | None:
    """The books of the first block in which a law of conservation does not hold."""
    return next((entry for entry in history.books if not holds(entry)), None)


def test_a_crash_does_everything_that_moves_value(crashed):
    for name in (
        "Traded", "FundingSettled", "Deposited", "Withdrawn", "ClosedOut", "PositionMoved", "HoldingMoved",
        "ExpirySettled", "Covered", "BadDebtBooked",
    ):  # fmt: skip
        assert crashed.events(name), f"no {name} in this crash"


def test_losses_exhaust_the_fund_and_the_rest_is_socialised(crashed):
    booked = crashed.events("BadDebtBooked")
    assert sum(loss.fromFund for loss in booked) > 0
    assert sum(loss.socialised for loss in booked) > 0


def test_every_unit_of_bad_debt_is_borne_by_the_fund_or_by_all(crashed):
    for loss in crashed.events("BadDebtBooked"):
        assert loss.amount == loss.fromFund + loss.socialised


def test_cash_of_accounts_is_in_the_vault_but_for_losses_not_yet_repaid(crashed):
    assert first_breach(crashed, lambda b: b.cash + b.suspense == b.cash_in_vault + b.socialised) is None


def test_positions_of_each_instrument_sum_to_zero(crashed):
    assert first_breach(crashed, lambda b: not any(b.positions.values())) is None


def test_collateral_of_accounts_is_in_the_vault(crashed):
    assert first_breach(crashed, lambda b: b.collateral == b.collateral_in_vault) is None


def test_the_vault_holds_the_tokens_it_accounts_for(crashed):
    def holds(b: Books) -> bool:
        return b.held_by_vault == (b.cash_in_vault // UNIT, b.collateral_in_vault) and not b.cash_in_vault % UNIT

    assert first_breach(crashed, holds) is None


def test_wallets_vault_and_fund_hold_every_token_there_is(crashed):
    assert first_breach(crashed, lambda b: b.held_by_all == b.supply) is None


def test_no_token_is_minted_or_burnt_after_the_start(crashed):
    assert {entry.supply for entry in crashed.books} == {crashed.books[0].supply}


@pytest.fixture
def haircut_house():
    """A house with a socialised loss outstanding."""
    with simulated(crash(*POOR_FUND)) as model:
        while model.accounts.socialised_outstanding < 1000 * WAD:
            model.step()
        yield model


def test_who_withdraws_under_a_socialised_loss_bears_a_share_of_it(haircut_house):
    model = haircut_house
    maker = next(agent for agent in model.by_account.values() if agent.kind == "market_maker")
    before, wanted = books(model), 10_000 * 10**6
    model.outbox.send(
        maker, "ClearingHouse", "withdraw", maker.account, model.tokens.address(0), wanted, maker.wallet,
        bid=model.outbox.bid(10_000.0),
    )  # fmt: skip
    model.step()
    happened = [placed.event.args for placed in model.last.events if placed.event.name == "Withdrawn"]
    (withdrawn,) = [event for event in happened if event.account == maker.account]
    assert withdrawn.paidWad < withdrawn.amountWad
    assert withdrawn.amountWad <= wanted * UNIT
    claims = before.cash_in_vault + before.socialised
    # Others may have moved the vault's cash earlier in the block, by far less than a tenth of a percent.
    assert withdrawn.paidWad / (wanted * UNIT) == pytest.approx(before.cash_in_vault / claims, rel=1e-3)
    after = books(model)
    assert after.cash + after.suspense == after.cash_in_vault + after.socialised
