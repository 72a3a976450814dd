"""The oracle of a run on a crowded chain: prices come late, and what comes too late is refused; all of it on record."""

import json

import numpy as np
import pytest
from crash import crash

from simulator.record import Run
from simulator.run import run_scenario

BLOCKS = 60
DEVIATION = 0.005
CROWDED = (20, 33)
"""Blocks in which other users outbid the oracle keeper, as the crash begins."""


def crowded(cap_gwei: float, *overrides: str):
    """A crash in whose middle everybody else bids 400 gwei or more, and a keeper that pays up to `cap_gwei`."""
    hours = [block * 12 / 3600 for block in (0, CROWDED[0] - 1, CROWDED[0], CROWDED[1], CROWDED[1] + 1)]
    bids = [[10, 15, 25], [10, 15, 25], [400, 500, 700], [400, 500, 700], [10, 15, 25]]
    rows = [[hour, *bid] for hour, bid in zip(hours, bids, strict=True)]
    return crash(
        f"chain.background.gas_price_gwei={rows}", "chain.background.load=2", "chain.background.jitter=0",
        "chain.background.patience_seconds=12",
        f"agents.oracle_keeper.fee_cap_gwei={cap_gwei}", f"oracle.deviation={DEVIATION}", *overrides, blocks=BLOCKS,
    )  # fmt: skip


def record(folder, scenario) -> Run:
    run_scenario(scenario, out=folder / "run")
    return Run.open(folder / "run")


@pytest.fixture(scope="module")
def thrifty(tmp_path_factory):
    """A run whose keeper pays up to 200 gwei."""
    return record(tmp_path_factory.mktemp("thrifty"), crowded(200.0))


@pytest.fixture(scope="module")
def generous(tmp_path_factory):
    """The same with a keeper that pays whatever it takes."""
    return record(tmp_path_factory.mktemp("generous"), crowded(20_000.0))


def delays(run: Run) -> np.ndarray:
    """Blocks that each price update of the run waited beyond the next one."""
    sent = run.table("transactions")
    posted = sent[(sent["function"] == "PriceOracle.publish") & (sent["max_fee_gwei"] > 0)]
    return (posted["block"] - posted["submitted_block"] - 1).to_numpy()


def error(run: Run) -> np.ndarray:
    """Relative error of the price in force after each block."""
    metrics = run.table("metrics")
    return np.abs(metrics["oracle_spot_ETH"] / metrics["spot_ETH"] - 1).to_numpy()


def test_an_oracle_that_pays_enough_is_late_only_until_it_sees_the_new_fees(generous):
    assert delays(generous).max() <= 1
    assert error(generous)[CROWDED[0] + 2 :].max() < DEVIATION


def test_an_oracle_below_the_going_rate_waits_until_the_chain_empties(thrifty):
    late = delays(thrifty)
    assert CROWDED[1] - CROWDED[0] - 2 <= late.max() <= CROWDED[1] - CROWDED[0] + 2


def test_the_price_in_force_lags_the_market_meanwhile(thrifty):
    off = error(thrifty)
    assert off[: CROWDED[0] - 1].max() < DEVIATION
    assert off[CROWDED[1] - 5 : CROWDED[1] - 1].min() > 0.1  # the crash goes on unseen
    assert off[-1] < DEVIATION


def test_accounts_fall_below_maintenance_margin_unseen_by_the_chain(thrifty, generous):
    during = slice(CROWDED[0], CROWDED[1] - 1)
    seen = [run.table("metrics")["accounts_below_maintenance"].to_numpy()[during].max() for run in (thrifty, generous)]
    assert seen[0] < seen[1]


def test_waiting_transactions_are_counted(thrifty):
    waiting = thrifty.table("blocks").query("phase == 'run'")["waiting"].to_numpy()
    assert waiting[CROWDED[0] : CROWDED[1] - 1].min() > 0


def test_every_price_in_force_is_on_record_with_what_it_replaced(thrifty):
    spots = thrifty.table("parameters").query("parameter == 'spot' and accepted")
    assert len(spots) > 5
    assert np.array_equal(spots["before"].to_numpy()[1:], spots["after"].to_numpy()[:-1])
    assert {cause for inputs in spots["inputs"] for cause in json.loads(inputs).values()} >= {"deviation"}


def test_an_update_that_waited_too_long_is_refused_and_recorded_with_the_reason(tmp_path):
    impatient = ("oracle.heartbeat_seconds=48", "oracle.max_age_seconds=60")
    run = record(tmp_path, crowded(200.0, *impatient))
    parameters = run.table("parameters")
    refused = parameters[~parameters["accepted"]]
    assert {"spot", "expiry"} == set(refused["parameter"])
    assert set(refused["reason"]) == {"too old"}
    assert (refused["before"] == refused["after"]).all()
    # The keeper posts anew, and that is taken.
    newest = parameters.query("parameter == 'spot'").iloc[-1]
    assert newest["accepted"] and newest["block"] > refused["block"].max()
    assert error(run)[-1] < DEVIATION
