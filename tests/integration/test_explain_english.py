"""Auctions with rising bids, as a story tells them."""

import json

import pytest
from crash import POOR_FUND, crash
from displacement import displacements

from simulator.explain import Evidence, Kind, account_story, settlement_stories
from simulator.record import Run
from simulator.run import run_scenario

ENGLISH = ("liquidation.mechanism=english", "liquidation.bid_seconds=60", "liquidation.auction_seconds=240")


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """A crash in which lots of accounts go to the highest bidder. Read only."""
    folder = tmp_path_factory.mktemp("english") / "run"
    run_scenario(crash(*POOR_FUND, *ENGLISH, blocks=80), out=folder)
    return Evidence(Run.open(folder))


@pytest.fixture(scope="module")
def told(evidence):
    """Every moment of every account that was liquidated, with its account."""
    accounts = sorted({settlement.account for settlement in evidence.settlements})
    return [(account, moment) for account in accounts for moment in account_story(evidence, account).moments]


def test_each_bid_is_told_with_its_liquidator_and_what_it_offered(evidence, told):
    transactions = evidence.run.table("transactions")
    raw = transactions[transactions["function"] == "Liquidation.bid"]
    offers = set()
    for block, data in zip(raw["block"], raw["data"], strict=True):
        account, _, liquidator, payment = (
            int.from_bytes(data[at : at + 32], "big", signed=True) for at in range(4, len(data), 32)
        )
        offers.add((block, account, liquidator, payment / 1e18))
    bids = {
        (m.block, m.figures["account"], m.figures["liquidator"], m.figures["limit"])
        for account, m in told
        if m.kind is Kind.BID and m.figures["account"] == account and m.figures["included"]
    }
    accounts = {account for account, _ in told}
    assert bids == {offer for offer in offers if offer[1] in accounts}
    assert len(bids) > 10


def test_each_event_of_the_auction_is_told(evidence, told):
    accounts = {account for account, _ in told}
    events = evidence.run.standing("events")
    raw = events[events["contract"] == "Liquidation"]
    ours = [
        name
        for name, text in zip(raw["event"], raw["arguments"], strict=True)
        if json.loads(text)["account"] in accounts
    ]
    auctions = [m.figures["event"] for _, m in told if m.kind is Kind.AUCTION and m.figures["event"]]
    best = [
        m
        for account, m in told
        if m.kind is Kind.BID and "stands_until" in m.figures and m.figures["account"] == account
    ]
    sold = [m for account, m in told if m.kind is Kind.LIQUIDATION and m.figures["account"] == account]
    assert sorted(auctions + ["BidPlaced"] * len(best) + ["LotSold"] * len(sold)) == sorted(ours)
    assert {"LotOffered", "BidPlaced", "LotSold"} <= set(ours)


def test_a_close_out_names_its_lot_what_was_paid_for_it_and_who_else_bid(evidence, told):
    events = evidence.run.standing("events")
    raw = [json.loads(text) for text in events[events["event"] == "LotSold"]["arguments"]]
    sold = {(args["account"], args["lot"]): args for args in raw}
    closed = {(m.figures["account"], m.figures["lot"]): m.figures for _, m in told if m.kind is Kind.LIQUIDATION}
    assert set(closed) == set(sold)
    for key, figures in closed.items():
        assert figures["payment"] == pytest.approx(int(sold[key]["payment"]) / 1e18)
        bidders = {
            m.figures["liquidator"]
            for _, m in told
            if m.kind is Kind.BID and m.figures["included"] and (m.figures["account"], m.figures["lot"]) == key
        }
        assert set(figures["rivals"]) == bidders - {figures["liquidator"]}


def test_the_story_of_a_lot_tells_no_bid_for_another(evidence):
    numbers = sorted({settlement.settlement for settlement in evidence.settlements})
    for number in numbers:
        for story in settlement_stories(evidence, number):
            sold = {m.figures["lot"] for m in story.moments if m.kind is Kind.LIQUIDATION and m.settlement}
            assert {m.figures["lot"] for m in story.moments if m.kind is Kind.BID} <= sold


def test_flow_from_the_record_is_all_that_moved_the_price(evidence):
    recomputed, true = displacements(evidence)
    assert max(map(abs, true)) > 1e-3
    assert recomputed == pytest.approx(true, abs=1e-9)
