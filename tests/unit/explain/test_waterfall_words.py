"""Who bears a close-out, in figures and in words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.explain.waterfall import waterfall, waterfall_text
from simulator.finality import Category, Settlement


def settlement(equity, payment, fraction=0.5, fee=0.0, from_fund=0.0, socialised=0.0) -> Settlement:
    return Settlement(
        settlement=1,
        category=Category.LIQUIDATION,
        account=7,
        counterparty=21,
        included_block=9,
        included_time=108,
        fraction=fraction,
        payment=payment,
        fee=fee,
        equity=equity,
        maintenance_margin=-500.0,
        bad_debt=from_fund + socialised,
        from_fund=from_fund,
        socialised=socialised,
    )


amounts = st.floats(-1e6, 1e6)


@settings(derandomize=True, deadline=None)
@given(amounts, amounts, st.floats(0.01, 1.0), st.floats(0, 1e4))
def test_what_some_give_up_others_have(equity, payment, fraction, fee):
    account, liquidator = waterfall(settlement(equity, payment, fraction, fee))
    bad_debt = max(-payment, 0.0)
    assert account + bad_debt == pytest.approx(liquidator + fee, abs=1e-6)


@pytest.mark.parametrize(
    ("close_out", "account", "liquidator"),
    [
        (
            settlement(1000.0, 400.0),
            "account 7 gives up 500.00 USD of equity for 400.00 USD, 100.00 USD less",
            "account 21 has 100.00 USD of equity beyond what it pays",
        ),
        (
            settlement(1000.0, 600.0),
            "account 7 gives up 500.00 USD of equity for 600.00 USD, 100.00 USD more",
            "account 21 overpays by 100.00 USD",
        ),
        (
            settlement(-1000.0, -700.0, from_fund=700.0),
            "account 7 hands over a shortfall of 500.00 USD",
            "account 21 is paid 200.00 USD more than that shortfall",
        ),
        (
            settlement(-1000.0, -300.0, from_fund=300.0),
            "account 7 hands over a shortfall of 500.00 USD",
            "account 21 is paid 200.00 USD less than that shortfall",
        ),
        (
            settlement(-1000.0, 20.0),
            "account 7 hands over a shortfall of 500.00 USD and is paid 20.00 USD",
            "account 21 overpays by 520.00 USD",
        ),
        (
            settlement(1000.0, -50.0, socialised=50.0),
            "account 7 gives up 500.00 USD of equity for nothing",
            "account 21 gets 500.00 USD of equity and is paid besides",
        ),
    ],
)
def test_each_case_says_who_gives_and_who_gets(close_out, account, liquidator):
    text = waterfall_text(close_out, "USD")
    assert text.startswith(f"waterfall: {account};")
    assert text.endswith(f"; {liquidator}")


def test_the_fee_goes_to_the_fund_and_bad_debt_to_who_bears_it():
    text = waterfall_text(settlement(-1000.0, -700.0, fee=5.0, from_fund=600.0, socialised=100.0), "USD")
    assert "it pays 5.00 USD as fee to the insurance fund" in text
    assert "bad debt 700.00 USD, 600.00 USD from the insurance fund and 100.00 USD from all accounts" in text
