"""Debt that no liquidation caught in time: an expiry leaves it, and it is booked all the same."""

import pytest
from crash import EXPIRY_BLOCK, POOR_FUND, crash, simulated
from witness import books, watch

from simulator.market.instruments import Kind

UNATTENDED = (
    "agents.aggressive_liquidator.count=0", "agents.patient_liquidator.count=0", "agents.leveraged_long.count=0",
    "agents.noise_trader.count=1", "agents.noise_trader.wake_seconds=1e9",
)  # fmt: skip
"""Nobody liquidates, and one trader sleeps."""


@pytest.fixture(scope="module")
def overslept():
    """Account and history of one who sold puts before the crash, and woke up after they had expired."""
    with simulated(crash(*POOR_FUND, *UNATTENDED, blocks=EXPIRY_BLOCK + 6)) as model:
        sleeper = next(agent for agent in model.by_account.values() if agent.kind == "noise_trader")
        put = next(n for n, i in enumerate(model.market.instruments) if i.kind is Kind.PUT and i.strike == 2500)
        assert model.desk.trade(sleeper.account, put, -40.0) < 0
        yield sleeper.account, watch(model)


def booked(overslept):
    account, history = overslept
    (loss,) = [event for event in history.events("BadDebtBooked") if event.account == account]
    return loss


def test_it_is_booked_outside_any_liquidation(overslept):
    assert booked(overslept).settlement == 0


def test_it_is_what_the_option_cost_beyond_all_the_account_had(overslept):
    account, history = overslept
    (settled,) = [event for event in history.events("ExpirySettled") if event.account == account]
    (sold,) = [event for event in history.events("Traded") if event.seller == account]
    deposit = round(next(m.cash_deposit for m in history.model.genesis.members if m.account == account), 6)
    assert settled.amount == settled.size * (2500 * 10**18 - settled.price) // 10**18
    assert booked(overslept).amount / 1e18 == pytest.approx(-(settled.amount + sold.cost) / 1e18 - deposit, abs=1e-5)


def test_the_account_owes_nothing_any_more(overslept):
    account, history = overslept
    assert history.model.accounts.cash_wad[account - 1] == 0
    assert history.model.house.bankrupt() == []


def test_the_books_still_balance(overslept):
    _, history = overslept
    for entry in (*history.books, books(history.model)):
        assert entry.cash + entry.suspense == entry.cash_in_vault + entry.socialised


def test_it_counts_in_the_series_of_bad_debt(overslept):
    _, history = overslept
    total = sum(event.amount for event in history.events("BadDebtBooked")) / 1e18
    assert history.books[-1].block == EXPIRY_BLOCK + 6 + history.model.genesis.blocks[-1].number
    (last,) = [step.metrics for step in history.steps if step.produced.block.number == history.books[-1].block]
    assert last["bad_debt"] == pytest.approx(total)
