"""Cascades: clusters in time, shares by hour, the waterfall, delays to finality."""

import pandas as pd
import pytest

from simulator.systemic import clusters, delays, liquidations, loss_waterfall, share_by_hour

HOUR = 3600
START = 1_583_971_200  # 12 March 2020, 00:00 UTC


def settlements(**columns) -> pd.DataFrame:
    """Liquidations of accounts 1, 2, ... that stand, unless `columns` say otherwise."""
    n = len(next(iter(columns.values())))
    defaults = {
        "settlement": range(1, n + 1),
        "category": ["liquidation"] * n,
        "account": range(1, n + 1),
        "bad_debt": [0.0] * n,
        "included_time": [START] * n,
        "status": ["final"] * n,
    }
    return pd.DataFrame({**defaults, **columns})


def test_only_liquidations_that_stand_count_in_order_of_time():
    table = settlements(
        category=["liquidation", "expiry", "liquidation", "liquidation"],
        status=["final", "final", "reverted", "included"],
        included_time=[START + 50, START, START, START + 10],
    )
    assert list(liquidations(table)["settlement"]) == [4, 1]


def test_a_cluster_ends_where_nothing_is_liquidated_for_the_gap():
    times = [START, START + 600, START + 1201, START + 1213]
    table = settlements(included_time=times, account=[1, 1, 2, 3], bad_debt=[0.0, 5.0, 1.0, 2.0])
    assert clusters(table, gap=600).to_dict("records") == [
        {"start": START, "end": START + 600, "liquidations": 2, "accounts": 1, "bad_debt": 5.0},
        {"start": START + 1201, "end": START + 1213, "liquidations": 2, "accounts": 2, "bad_debt": 3.0},
    ]


def test_shares_by_hour_sum_to_one_in_order_of_time():
    table = settlements(included_time=[START + 10 * HOUR, START, START + 10 * HOUR + 59, START + 11 * HOUR - 1])
    shares = share_by_hour(table)
    assert list(shares) == [0.25, 0.75]
    assert [hour.hour for hour in shares.index] == [0, 10]


def test_a_solvent_account_loses_its_discount_and_fee_an_insolvent_one_nothing_more():
    table = settlements(
        fraction=[0.5, 1.0], equity=[100.0, -40.0], payment=[40.0, -10.0], fee=[1.0, 0.0], bad_debt=[0.0, 50.0]
    )
    losses = pd.DataFrame({"from_fund": [30.0, 2.0], "socialised": [20.0, 0.0]})
    waterfall = loss_waterfall(table, losses)
    assert (waterfall.accounts, waterfall.fund, waterfall.socialised) == (11.0, 32.0, 20.0)


def test_delays_from_breach_to_final():
    blocks = pd.DataFrame({"number": [10, 11], "timestamp": [START, START + 12]})
    table = settlements(
        breach_block=[10.0, 11.0],
        included_time=[START + 24, START + 24],
        safe_time=[START + 400, START + 424],
        final_time=[START + 800, float("nan")],
    )
    quantiles = delays(table, blocks, quantiles=(0.5, 1.0))
    assert quantiles.loc["breach_to_included"].to_dict() == {0.5: 18.0, 1.0: 24.0, "count": 2.0}
    assert quantiles.loc["included_to_safe", 0.5] == 388.0
    assert quantiles.loc["included_to_final"].to_dict() == {0.5: 776.0, 1.0: 776.0, "count": 1.0}


@pytest.mark.parametrize("function", [clusters, share_by_hour])
def test_a_run_without_liquidations_has_none_to_show(function):
    assert function(settlements(account=[]).astype({"included_time": "int64"})).empty
