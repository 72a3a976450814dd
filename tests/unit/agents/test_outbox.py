"""What transactions offer for block space, how they bid again, and the way back to their senders."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.bidding import MINIMUM_TIP, Escalating, Fixed, Percentile, fee_cap_gwei, offer, tactic
from agents.outbox import PATIENCE, Outbox
from simulator.chain import artifacts
from simulator.chain.block_space import BlockSpace, FeeView
from simulator.chain.contract import Contract, deployment
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.fee_market import GWEI
from simulator.chain.protocol import Transaction
from simulator.scenario.chain import BackgroundDemand, Bidding, ChainSection

START = 1_700_000_000
ALICE, BOB = "0x" + "11" * 20, "0x" + "22" * 20
ROWS = ((0.0, 10.0, 20.0, 40.0),)


class Wallet:
    """A sender that notes what became of its transactions."""

    def __init__(self, wallet: str, kind: str = "oracle_keeper"):
        self.wallet, self.kind, self.waiting, self.heard = wallet, kind, 0, []

    def settled(self, sent, receipt) -> None:
        self.heard.append((sent.label, sent.context, receipt.succeeded))

    def recalled(self, sent) -> None:
        self.heard.append((sent.label, sent.context, "recalled"))


def crowded(rows=ROWS, **chain):
    """A token on a chain where others bid around 20 gwei for one and a half times the room there is."""
    backend = EmbeddedChain(genesis_timestamp=START - 12)
    artifact = artifacts.load("TestToken")
    data = deployment(artifact.bytecode, artifact.abi, "Coin", "COIN", 18)
    block = backend.mine([Transaction(ALICE, None, data)], START - 6)
    token = Contract("Coin", block.receipts[0].contract_address, artifact.abi)
    demand = BackgroundDemand(load=1.5, jitter=0.0, gas_price_gwei=list(rows))
    section = ChainSection(initial_base_fee_gwei=5.0, background=demand, **chain)
    space = BlockSpace(backend, section, rng=np.random.default_rng(1), start_timestamp=START)
    space.produce(START)
    return SimpleNamespace(chain=backend, space=space, outbox=Outbox(backend, space, {"Coin": token}))


def step(world):
    """One block as the model makes it; its base fee."""
    world.outbox.refresh()
    produced = world.space.produce(world.chain.timestamp + 12)
    for pending in produced.expired:
        world.outbox.expire(pending)
    for pending, receipt in zip(produced.included, produced.block.receipts, strict=True):
        world.outbox.deliver(pending, receipt)
    return produced


@pytest.fixture(scope="module")
def world():
    return crowded()


caps = st.floats(0.0, 1e4)
urgencies = st.floats(0.5, 3.0)


@given(cap=caps, urgency=urgencies)
@settings(deadline=None, derandomize=True)
def test_a_bid_never_exceeds_its_cap(world, cap, urgency):
    bid = world.outbox.bid(cap, urgency)
    assert 0 <= bid.tip <= bid.max_fee <= bid.cap == int(cap * GWEI)


@pytest.mark.parametrize("gwei", [1e300, math.inf])
def test_a_price_beyond_all_others_is_a_bid_without_a_limit(world, gwei):
    assert world.outbox.reaches(gwei, best_tip=10**9 * GWEI)
    assert world.outbox.bid(gwei).tip == world.outbox.bid(1e6).tip
    dearest = tactic(Bidding(oracle_keeper="fixed", fixed_tip_gwei=1e300), "oracle_keeper", 1.0)
    assert offer(VIEW, dearest, 5 * GWEI).max_fee == 5 * GWEI


def test_a_bid_pays_the_going_rate_times_the_urgency(world):
    view = world.space.fee_view()
    going = view.clearing_price - view.base_fee
    assert going > MINIMUM_TIP
    assert world.outbox.bid(1e4).tip == going
    assert world.outbox.bid(1e4, urgency=2.0).tip == 2 * going


@given(cap=caps, urgency=urgencies, best=st.integers(0, 1000 * GWEI))
@settings(deadline=None, derandomize=True)
def test_a_bid_against_a_rival_pays_the_builder_more_or_is_not_made(world, cap, urgency, best):
    bid = world.outbox.outbid(cap, urgency, best)
    reach = int(cap * GWEI) - world.space.base_fee
    if bid is None:
        assert reach <= max(best, MINIMUM_TIP)
    else:
        assert bid.tip <= bid.max_fee <= bid.cap
        assert min(bid.tip, bid.max_fee - world.space.base_fee) > best


def test_a_rival_is_outbid_by_an_eighth_if_the_cap_allows(world):
    assert world.outbox.outbid(1e4, 1.0, 800 * GWEI).tip == 900 * GWEI
    assert world.outbox.outbid(1e4, 1.0, 1).tip > 1


VIEW = FeeView(base_fee=30 * GWEI, clearing_price=38 * GWEI, paid=([(GWEI, 3), (9 * GWEI, 3)], [(3 * GWEI, 4)]))


def test_each_tactic_has_its_own_tip():
    assert [Fixed(2 * GWEI).tip(VIEW, attempt) for attempt in (0, 3)] == [2 * GWEI, 2 * GWEI]
    assert [Percentile(level).tip(VIEW, 0) for level in (10, 50, 90)] == [1 * GWEI, 3 * GWEI, 9 * GWEI]
    assert [Escalating(1.5).tip(VIEW, attempt) for attempt in (0, 1)] == [12 * GWEI, 13.5 * GWEI]


def test_the_scenario_chooses_the_tactic_of_those_that_need_block_space():
    bidding = Bidding(oracle_keeper="fixed", fixed_tip_gwei=7.0, settlement_keeper="percentile", percentile=90)
    assert tactic(bidding, "oracle_keeper", 1.2) == Fixed(7 * GWEI)
    assert tactic(bidding, "settlement_keeper", 1.2) == Percentile(90)
    assert tactic(bidding, "aggressive_liquidator", 2.0) == tactic(bidding, "hedger", 2.0) == Escalating(2.0)


def test_a_bid_leaves_the_base_fee_room_to_double():
    assert offer(VIEW, Fixed(5 * GWEI), 10**12).max_fee == 65 * GWEI
    assert offer(VIEW, Fixed(5 * GWEI), 50 * GWEI).max_fee == 50 * GWEI


def test_a_fee_cap_spends_a_share_of_the_expected_profit():
    """100 of profit, 30 % of it for 1.2 Mgas at 150 per coin: 30 / 150 = 0.2 coins over 1.2 Mgas is 166.7 gwei."""
    assert fee_cap_gwei(100.0, 0.3, 1_200_000, 150.0) == pytest.approx(166.667, rel=1e-5)


def test_a_sender_hears_of_its_transactions_in_order_and_what_became_of_them(world):
    sender = Wallet(ALICE)
    bid = world.outbox.bid(1e4, urgency=2.0)
    world.outbox.send(sender, "Coin", "mint", ALICE, 5, bid=bid, context="first")
    world.outbox.send(sender, "Coin", "transfer", BOB, 7, bid=bid, context="too much")
    assert sender.waiting == 2
    step(world)
    assert sender.waiting == 0
    assert sender.heard == [("mint", "first", True), ("transfer", "too much", False)]


RISING = ((0.0, 10.0, 20.0, 40.0), (0.02, 10.0, 20.0, 40.0), (0.05, 100.0, 150.0, 250.0))


def test_a_stuck_bid_is_raised_until_it_gets_in():
    world = crowded(RISING)
    sender = Wallet(ALICE)
    sent = world.outbox.send(sender, "Coin", "mint", ALICE, 5, bid=world.outbox.bid(1000.0, 0.1))
    first, nonce = sent.bid, sent.pending.nonce
    waited = 0
    while sender.waiting:
        step(world)
        waited += 1
    assert PATIENCE < waited < 60
    assert sent.attempts > 1
    assert sent.pending.nonce == nonce
    assert sent.bid.max_fee >= 1.1 * first.max_fee
    assert sent.bid.tip >= 1.1 * first.tip
    assert sent.bid.max_fee <= 1000 * GWEI


def test_a_keeper_whose_cap_is_below_the_market_is_priced_out_and_its_transaction_expires():
    world = crowded(RISING, mempool_expiry_blocks=40)
    keeper = Wallet(ALICE)
    for _ in range(30):
        step(world)
    sent = world.outbox.send(keeper, "Coin", "mint", ALICE, 5, bid=world.outbox.bid(25.0, 1.2), context="price")
    for _ in range(41):
        assert not step(world).included
    assert keeper.waiting == 1
    assert step(world).expired == (sent.pending,)
    assert (keeper.waiting, sent.expired, keeper.heard) == (0, True, [("mint", "price", False)])
    assert sent.bid.max_fee <= 25 * GWEI


def test_private_bids_are_marked_for_those_the_scenario_names():
    world = crowded(bidding=Bidding(private=["aggressive_liquidator"]))
    bid = world.outbox.bid(1e4)
    hidden = world.outbox.send(Wallet(ALICE, "aggressive_liquidator"), "Coin", "mint", ALICE, 1, bid=bid)
    shown = world.outbox.send(Wallet(BOB, "patient_liquidator"), "Coin", "mint", BOB, 1, bid=bid)
    assert (hidden.pending.private, shown.pending.private) == (True, False)


def test_a_transaction_of_an_undone_block_waits_again_and_its_sender_hears_of_it():
    world = crowded()
    sender = Wallet(ALICE)
    sent = world.outbox.send(sender, "Coin", "mint", ALICE, 5, bid=world.outbox.bid(1e4, 2.0), context="mint")
    produced = step(world)
    assert world.space.reorg(1) == (produced,)
    world.outbox.take_back(sent, produced.block.receipts[0])
    assert (sender.waiting, sent.repeated) == (1, True)
    assert step(world).included == (sent.pending,)
    assert sender.heard == [("mint", "mint", True), ("mint", "mint", "recalled"), ("mint", "mint", True)]
