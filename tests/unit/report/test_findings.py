"""The verdict says what the record holds."""

import numpy as np
import pandas as pd
import pytest

from simulator.report import Tone, find, read_run
from simulator.report.findings import capital_ratio, liquidated_notional, missing_margin, oracle_delays
from simulator.report.quantities import money
from simulator.report.shocks import time_behind


def finding(run, subject):
    return next(each for each in find(run) if each.subject == subject)


def with_liquidations(run, rows):
    """`run` with these liquidations; every account of it held 1,000 of notional before."""
    closed = pd.DataFrame(rows).assign(included_block=2000, fraction=1.0, to_liquidation=12.0, to_final=900.0)
    closed["bad_debt"] = closed.get("bad_debt", np.maximum(-closed["equity"], 0.0))
    accounts = run.accounts.assign(gross_notional=1000.0)
    copy = read_run(run.folder)
    copy.__dict__.update(liquidations=closed, accounts=accounts)
    return copy


def test_margin_mostly_held_if_few_accounts_were_below_zero(crash_run):
    run = with_liquidations(
        read_run(crash_run), [{"account": n, "equity": -20.0 if n == 0 else 5.0} for n in range(40)]
    )
    assert finding(run, "margin").tone is Tone.WARNING
    assert "1 of 40 liquidated accounts (2.5 %)" in finding(run, "margin").text


def test_margin_was_too_thin_if_many_accounts_were_below_zero(crash_run):
    run = with_liquidations(read_run(crash_run), [{"account": n, "equity": -20.0 if n < 4 else 5.0} for n in range(40)])
    assert finding(run, "margin").tone is Tone.BAD
    assert "too thin" in finding(run, "margin").text


def test_accounts_with_equity_that_the_fund_had_to_pay_for_lacked_a_bidder(crash_run):
    rows = [{"account": n, "equity": 5.0, "bad_debt": 2.0 if n < 3 else 0.0} for n in range(40)]
    run = with_liquidations(read_run(crash_run), rows)
    assert finding(run, "margin").tone is Tone.WARNING
    assert "all 40 liquidated accounts still had equity, but 3 found no bidder" in finding(run, "margin").text


def test_an_account_liquidated_in_slices_counts_once(crash_run):
    run = with_liquidations(read_run(crash_run), [{"account": 7, "equity": -20.0}] * 3)
    assert "1 of 1 liquidated accounts" in finding(run, "margin").text


def test_missing_margin_is_the_worst_shortfall_per_unit_of_notional(crash_run):
    run = with_liquidations(read_run(crash_run), [{"account": n, "equity": -10.0 * n} for n in range(1, 6)])
    assert missing_margin(run) == pytest.approx(0.05)


def test_liquidated_notional_takes_the_share_that_was_closed(crash_run):
    run = with_liquidations(read_run(crash_run), [{"account": n, "equity": 1.0} for n in range(4)])
    run.liquidations["fraction"] = 0.25
    assert liquidated_notional(run) == pytest.approx(1000.0)


def test_capital_ratio_is_the_initial_margin_per_unit_of_notional(crash_run):
    from synthetic_run import INITIAL

    assert capital_ratio(read_run(crash_run)) == pytest.approx(INITIAL)


def test_bids_of_next_to_nothing_are_told_with_their_share(crash_run):
    run = read_run(crash_run)
    assert not any(each.subject == "auctions" for each in find(run))
    run.summary["zero_bid_share"] = 0.36
    assert finding(run, "auctions").tone is Tone.BAD
    said = "36.0 % of the lots were won with bids of less than 5 % of their worth"
    assert finding(run, "auctions").text.startswith(said)
    run.summary["zero_bid_share"] = 0.0
    assert finding(run, "auctions").tone is Tone.GOOD


def test_losses_name_the_fund_and_what_is_beyond_it(crash_run):
    run = read_run(crash_run)
    run.summary.update(insurance_used=60_000.0, socialised_loss=1234.0)
    said = finding(run, "losses")
    assert said.tone is Tone.BAD
    assert "60,000 USD (100.0 % of its start)" in said.text and "1,234 USD fell on all accounts" in said.text


def test_bad_debt_in_the_verdict_is_that_of_the_summary(crash_run):
    run = read_run(crash_run)
    assert run.summary["bad_debt"] > 0
    assert money(run.summary["bad_debt"], "USD") in finding(run, "margin").text


def test_set_up_publications_are_no_late_updates(crash_run):
    run = read_run(crash_run)
    simulated = len(oracle_delays(run))
    run.blocks["phase"] = np.where(run.blocks["number"] < 1000, "setup", "run")
    assert len(oracle_delays(run)) < simulated


def test_a_calm_run_reads_good(calm_run):
    run = read_run(calm_run)
    assert finding(run, "margin").text == "No account fell below maintenance margin; nothing was liquidated."
    assert {each.tone for each in find(run)} <= {Tone.GOOD, Tone.NOTE}


def test_accounts_below_maintenance_that_nobody_liquidates_are_bad(calm_run):
    run = read_run(calm_run)
    run.metrics["accounts_below_maintenance"] = 3.0
    assert finding(run, "margin").tone is Tone.BAD
    assert "up to 3 were below" in finding(run, "margin").text


def test_an_interrupted_run_says_how_far_it_goes(interrupted_run):
    text = finding(read_run(interrupted_run), "run").text
    assert text == (
        "Incomplete (interrupted by the user): everything below covers the part up to 2020-03-12 04:56:00 UTC."
    )


def test_finality_counts_every_settlement(crash_run):
    run = read_run(crash_run)
    run.settlements.loc[0, "status"] = "reverted"
    total = len(run.settlements)
    assert f"{total - 1} of {total} settlements became final" in finding(run, "finality").text
    assert finding(run, "finality").text.endswith("; 1 reverted.")


def test_a_shock_that_stays_below_what_volatility_calls_for_is_a_warning(crash_run):
    run = read_run(crash_run)
    wanted = 2.33 * run.metrics["realised_vol_ETH"] * np.sqrt(24 / (365 * 24))
    run.metrics["spot_shock_ETH"] = wanted * np.where(run.metrics["number"] <= 600, 0.5, 1.0)
    run.metrics["spot_shock_BTC"] = wanted
    run.parameters["accepted"] = True
    assert time_behind(run) == {"ETH": pytest.approx(600 / 3000), "BTC": 0.0}
    assert finding(run, "parameters").tone is Tone.WARNING
    assert "For 20.0 % of the run the posted spot shock of ETH was below" in finding(run, "parameters").text


def without_a_block(run, rows):
    copy = read_run(run.folder)
    copy.__dict__["unincluded"] = pd.DataFrame(rows, columns=["function", "reason"])
    return copy


def test_bids_and_updates_that_never_got_into_a_block_are_counted(crash_run):
    rows = [
        ("Liquidation.bid", "expired"),
        ("Liquidation.bid", "waiting"),
        ("Liquidation.liquidate", "dropped"),
        ("Liquidation.bid", "replaced"),
        ("PriceOracle.publish", "expired"),
        ("Quote.approve", "expired"),
    ]
    run = without_a_block(read_run(crash_run), rows)
    assert "3 bids of liquidators never got into a block." in finding(run, "speed").text
    assert "; 1 never got into a block" in finding(run, "oracle").text


def test_an_oracle_most_of_whose_updates_were_lost_is_not_good(crash_run):
    run = read_run(crash_run)
    lost = without_a_block(run, [("PriceOracle.publish", "expired")] * len(oracle_delays(run)))
    assert finding(lost, "oracle").tone is Tone.WARNING
