"""What transactions offer for block space, and the way back to their senders."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.outbox import MINIMUM_TIP, Outbox
from simulator.chain import artifacts
from simulator.chain.block_space import BlockSpace
from simulator.chain.contract import Contract, deployment
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.fee_market import GWEI
from simulator.chain.protocol import Transaction
from simulator.scenario.chain import BackgroundDemand, ChainSection

START = 1_700_000_000
ALICE, BOB = "0x" + "11" * 20, "0x" + "22" * 20


class Wallet:
    """A sender that notes what became of its transactions."""

    def __init__(self, wallet: str):
        self.wallet, self.waiting, self.heard = wallet, 0, []

    def settled(self, sent, receipt) -> None:
        self.heard.append((sent.label, sent.context, receipt.succeeded))


@pytest.fixture(scope="module")
def world():
    """A token on a chain where others bid around 20 gwei for one and a half times the room there is."""
    chain = EmbeddedChain(genesis_timestamp=START - 12)
    artifact = artifacts.load("TestToken")
    data = deployment(artifact.bytecode, artifact.abi, "Coin", "COIN", 18)
    block = chain.mine([Transaction(ALICE, None, data)], START - 6)
    token = Contract("Coin", block.receipts[0].contract_address, artifact.abi)
    demand = BackgroundDemand(load=1.5, jitter=0.0, gas_price_gwei=[(0.0, 10.0, 20.0, 40.0)])
    section = ChainSection(initial_base_fee_gwei=5.0, background=demand)
    space = BlockSpace(chain, section, rng=np.random.default_rng(1), start_timestamp=START)
    space.produce(START)
    return SimpleNamespace(chain=chain, space=space, outbox=Outbox(chain, space, {"Coin": token}))


caps = st.floats(0.0, 1e4)
urgencies = st.floats(0.5, 3.0)


@given(cap=caps, urgency=urgencies)
@settings(deadline=None)
def test_a_bid_never_exceeds_its_cap(world, cap, urgency):
    bid = world.outbox.bid(cap, urgency)
    assert 0 <= bid.tip <= bid.max_fee == int(cap * GWEI)


def test_a_bid_pays_the_going_rate_times_the_urgency(world):
    view = world.space.fee_view()
    going = view.clearing_price - view.base_fee
    assert going > MINIMUM_TIP
    assert world.outbox.bid(1e4).tip == going
    assert world.outbox.bid(1e4, urgency=2.0).tip == 2 * going


@given(cap=caps, urgency=urgencies, best=st.integers(0, 1000 * GWEI))
@settings(deadline=None)
def test_a_bid_against_a_rival_pays_the_builder_at_least_as_much_within_its_cap(world, cap, urgency, best):
    bid = world.outbox.outbid(cap, urgency, best)
    reach = int(cap * GWEI) - world.space.base_fee
    if bid is None:
        assert reach < max(best, MINIMUM_TIP)
    else:
        assert bid.tip <= bid.max_fee == int(cap * GWEI)
        assert min(bid.tip, reach) >= best


def test_a_rival_is_outbid_by_an_eighth_if_the_cap_allows(world):
    assert world.outbox.outbid(1e4, 1.0, 800 * GWEI).tip == 900 * GWEI


def test_a_sender_hears_of_its_transactions_in_order_and_what_became_of_them(world):
    sender = Wallet(ALICE)
    bid = world.outbox.bid(1e4, urgency=2.0)
    world.outbox.send(sender, "Coin", "mint", ALICE, 5, bid=bid, context="first")
    world.outbox.send(sender, "Coin", "transfer", BOB, 7, bid=bid, context="too much")
    assert sender.waiting == 2
    produced = world.space.produce(START + 12)
    for pending, receipt in zip(produced.included, produced.block.receipts, strict=True):
        assert world.outbox.sent(pending).sender is sender
        world.outbox.deliver(pending, receipt)
    assert sender.waiting == 0
    assert sender.heard == [("mint", "first", True), ("transfer", "too much", False)]
    assert world.outbox.ask("Coin", "balanceOf", ALICE) == 5
