"""A crash in which accounts are sold lot by lot to the highest bidder: books, mirrors, bids, reorganisations."""

from dataclasses import dataclass, field

import pytest
from crash import POOR_FUND, crash, simulated
from witness import History, watch

from simulator.protocol.liquidation_terms import english_terms, lot_fraction
from simulator.protocol.reconcile import reconcile
from simulator.record import Run
from simulator.record.lots import sold_lots
from simulator.run import run_scenario

WAD = 10**18
ENGLISH = (
    "liquidation.mechanism=english", "liquidation.bid_seconds=60", "agents.zero_bidder.count=1",
    "agents.zero_bidder.wealth_median=1e6", "agents.zero_bidder.wake_seconds=12",
)  # fmt: skip
PRICED_OUT = ("agents.patient_liquidator.gas_price_gwei=1", "agents.aggressive_liquidator.gas_price_gwei=1")
"""The base fee of the crash is above 10 gwei."""
UNCONGESTED = ("chain.background.load=0",)


@dataclass(slots=True)
class Seen:
    """A lot by the contract and by the view that agents have: number, fraction, best bid, least bid."""

    contract: tuple
    mirror: tuple


@dataclass(slots=True)
class Auctions:
    history: History
    seen: list[Seen] = field(default_factory=list)


def look(model) -> list[Seen]:
    """Every running auction."""
    chain, mechanism, found = model.chain, model.contracts["Liquidation"], []
    house, terms = model.contracts["ClearingHouse"], model.scenario.liquidation
    for account in range(1, model.accounts.count + 1):
        on_chain, mirror = mechanism.read(chain, "auctionOf", account), model.liquidation._auctions.get(account)
        if mirror is None:
            found.append(Seen((on_chain.lot,), (0,)))
            continue
        margin = house.read(chain, "margin", account)
        equity, maintenance = margin.equity / WAD, margin.maintenanceMargin / WAD
        least = 0.0
        if maintenance < 0:
            least = mechanism.read(chain, "leastPayment", account) / WAD
        fields = (on_chain.lot, on_chain.endsAt, on_chain.bidder, on_chain.barred, on_chain.standsUntil)
        ours = (mirror.number, mirror.ends_at, mirror.bidder, mirror.barred, mirror.stands_until)
        mirrored = english_terms(terms, mirror, equity, maintenance).least if maintenance < 0 else 0.0
        found.append(
            Seen(
                (*fields, on_chain.fraction / WAD, on_chain.payment / WAD, least),
                (*ours, mirror.fraction, mirror.payment, mirrored),
            )
        )
    return found


@pytest.fixture(scope="module")
def auctions():
    """A crash with a poor fund. Read only."""
    with simulated(crash(*POOR_FUND, *ENGLISH)) as model:
        seen: list[Seen] = []
        step = model.step

        def watched() -> None:
            step()
            if model.block % 6 == 0:
                seen.extend(look(model))

        model.step = watched
        yield Auctions(watch(model), seen)


def test_lots_are_offered_bid_for_topped_and_sold(auctions):
    history = auctions.history
    sold, bids = history.events("LotSold"), history.events("BidPlaced")
    assert len(sold) > 30
    assert len(bids) > len(sold)
    assert {bid.reserve < 0 for bid in bids} == {True, False}
    assert len(history.events("ClosedOut")) == len(sold)
    assert [sale.settlement for sale in sold] == [closed.settlement for closed in history.events("ClosedOut")]


def test_the_agents_view_of_every_auction_is_the_contracts(auctions):
    running = [seen for seen in auctions.seen if seen.contract[0]]
    assert len(running) > 50
    for seen in auctions.seen:
        assert seen.mirror == pytest.approx(seen.contract, rel=1e-9, abs=1e-9)


def test_a_lot_carries_the_requirement_of_a_lot(auctions):
    terms = auctions.history.model.scenario.liquidation
    offered = auctions.history.events("LotOffered")
    assert {offer.fraction < WAD for offer in offered} == {True, False}
    for offer in offered:
        mirror = lot_fraction(terms, offer.equity / WAD, offer.maintenanceMargin / WAD)
        assert offer.fraction / WAD == pytest.approx(mirror, rel=1e-9)


def test_no_money_is_made_or_lost(auctions):
    for books in auctions.history.books:
        assert books.cash + books.suspense == books.cash_in_vault + books.socialised
        assert books.collateral == books.collateral_in_vault
        assert books.held_by_all == books.supply
        assert not any(books.positions.values())


def test_losses_beyond_the_fund_are_socialised(auctions):
    booked = auctions.history.events("BadDebtBooked")
    assert sum(loss.fromFund for loss in booked) > 0
    assert sum(loss.socialised for loss in booked) > 0


def test_reorganisations_undo_auctions_too():
    storm = 'reorgs.sources=[{source="late_blocks",probability=0.2,second_probability=0.5}]', "reorgs.max_depth=10"
    undone = 0
    with simulated(crash(*POOR_FUND, *ENGLISH, *storm)) as model:
        for _ in range(90):
            model.step()
            if model.last.reorg is not None:
                undone += sum(settlement.category == "liquidation" for settlement in model.last.reorg.reverted)
                reconcile(model.accounts, model.contracts, model.chain)
                for seen in look(model):
                    assert seen.mirror == pytest.approx(seen.contract, rel=1e-9, abs=1e-9)
    assert undone


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Runs of the crash, by whether the zero bidder has rivals whose bids get into blocks."""
    runs = {}
    for name, priced_out in (("rivals", UNCONGESTED), ("alone", PRICED_OUT)):
        folder = tmp_path_factory.mktemp("english") / name
        run_scenario(crash(*ENGLISH, *priced_out), out=folder)
        runs[name] = Run.open(folder)
    return runs


def test_nothing_goes_for_nothing_while_rivals_bids_get_into_blocks(recorded):
    assert len(sold_lots(recorded["rivals"].standing("events"))) > 20
    assert recorded["rivals"].summary()["zero_bid_share"] == 0.0


def test_lots_go_for_nothing_when_rivals_gas_price_is_below_the_base_fee(recorded):
    lots = sold_lots(recorded["alone"].standing("events"))
    assert len(lots) > 10
    assert recorded["alone"].summary()["zero_bid_share"] > 0.9
    assert (lots["bid_share"] < 0.05).mean() == recorded["alone"].summary()["zero_bid_share"]
