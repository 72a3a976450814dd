"""What never got into a block, as stories tell it, held against the raw rows of the record."""

from itertools import pairwise

import pandas as pd
import pytest
from crash import CONGESTED, POOR_FUND, STORM, crash

from simulator.explain import Evidence, Kind, account_story
from simulator.explain.left_out import Mempool
from simulator.record import Run
from simulator.run import run_scenario

SLOT = 32
BLOCKS = 100


@pytest.fixture(scope="module", params=[(), STORM], ids=["calm", "storm"])
def evidence(request, tmp_path_factory):
    """A crash in full blocks, without and with reorganisations. Read only."""
    folder = tmp_path_factory.mktemp("left-out") / "run"
    run_scenario(crash(*POOR_FUND, *CONGESTED, *request.param, blocks=BLOCKS), out=folder)
    return Evidence(Run.open(folder))


@pytest.fixture(scope="module")
def lost(evidence):
    """Rows of transactions that stand in no block."""
    rows = evidence.run.table("unincluded")
    return rows[rows["reason"] != "replaced"]


@pytest.fixture(scope="module")
def told(evidence):
    """Every moment of every account, with its account."""
    return [(account, m) for account in sorted(evidence.kinds) for m in account_story(evidence, account).moments]


def words_of(data: bytes) -> list[int]:
    """The arguments of a call as the ABI lays them out: one word each."""
    return [int.from_bytes(data[at : at + SLOT], "big", signed=True) for at in range(4, len(data), SLOT)]


def left(moment) -> bool:
    return moment.figures.get("included") is False and "left" in moment.figures


def test_every_bid_that_stands_in_no_block_is_told_of_both_parties_with_its_terms(lost, told):
    expected = []
    for row in lost[lost["function"] == "Liquidation.liquidate"].to_dict("records"):
        account, liquidator, fraction, limit = words_of(row["data"])
        terms = account, liquidator, fraction / 1e18, limit / 1e18, row["reason"], row["submitted_block"]
        expected += [terms] * 2
    found = [
        (f["account"], f["liquidator"], f["fraction"], f["limit"], f["left"], f["submitted_block"])
        for _, m in told
        if m.kind is Kind.BID and left(m)
        for f in [m.figures]
    ]
    assert sorted(found) == sorted(expected)


def test_it_is_told_where_it_was_sent(told):
    bids = [m for _, m in told if m.kind is Kind.BID and left(m)]
    assert all(m.block == m.figures["submitted_block"] for m in bids)


def test_its_base_fees_are_those_of_the_blocks_that_it_waited_through(evidence, told):
    blocks = evidence.run.table("blocks")
    built_once = ~blocks["number"].duplicated(keep=False)
    fees = blocks[built_once].set_index("number")["base_fee_gwei"]
    checked = 0
    for figures in (m.figures for _, m in told if left(m)):
        numbers = range(figures["submitted_block"] + 1, figures["submitted_block"] + figures["waited_blocks"] + 1)
        if set(numbers) <= set(fees.index):
            waited = fees.loc[list(numbers)]
            assert figures["base_fees_gwei"] == [waited.min(), waited.max()]
            assert figures["blocks_priced_out"] == (waited > figures["offers"][-1]["max_fee"]).sum()
            checked += 1
    assert checked or not built_once.all()


def test_an_update_that_never_arrived_is_told_with_its_price(lost, told):
    updates = lost[lost["function"] == "PriceOracle.publish"]
    posted = {
        (row["submitted_block"], word / 10**18) for row in updates.to_dict("records") for word in words_of(row["data"])
    }
    found = [m.figures for _, m in told if m.kind is Kind.LATE and left(m) and m.figures["prices"]]
    assert found
    for figures in found:
        (price,) = figures["prices"].values()
        assert (figures["submitted_block"], price) in posted


def test_offers_for_one_place_rise_by_a_tenth_each(told):
    raised = [m.figures["offers"] for _, m in told if len(m.figures.get("offers", ())) > 1]
    assert all(
        after[price] >= 1.1 * before[price] * (1 - 1e-9)
        for offers in raised
        for before, after in pairwise(offers)
        for price in ("max_fee", "tip")
    )


def test_what_a_reorganisation_took_out_of_a_block_for_good_says_so(evidence, lost):
    identity = ["sender", "data", "submitted_block"]
    transactions = evidence.run.table("transactions")
    undone = transactions[transactions["reorged_by"].notna()]
    taken_out = pd.merge(lost[identity], undone[identity].drop_duplicates())
    mempool = Mempool(evidence)
    found = [left for left in mempool.left_out if left.undone_by is not None]
    assert {left.identity for left in found} == set(taken_out.itertuples(index=False, name=None))
    assert found or undone.empty
    for left in found:
        text, figures = mempool.fate(left)
        assert text.startswith(f"reorganisation {left.undone_by} undid the block that it was in")
        assert figures["undone_by"] == left.undone_by
