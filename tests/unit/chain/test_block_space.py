"""Block space end to end on the embedded chain: who gets in, when, and what it does to the base fee."""

import numpy as np
import pytest

from simulator.chain.block_space import BlockSpace
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.fee_market import GWEI
from simulator.chain.gas_schedule import GasCost, GasSchedule
from simulator.chain.protocol import Transaction
from simulator.errors import ScenarioError
from simulator.scenario.chain import BackgroundDemand, ChainSection

START = 1_583_971_200
ALICE, BOB = "0x" + "11" * 20, "0x" + "22" * 20
LIMIT = 10_000_000
COSTS = {"small": GasCost(100_000), "large": GasCost(LIMIT), "frail": GasCost(500_000, reverted=30_000)}
SCHEDULE = GasSchedule(COSTS, GasCost(1_000_000))


def space(load=0.0, jitter=0.0, patience=120.0, base_fee=10.0, rows=((0.0, 10.0, 20.0, 40.0),), seed=1, expiry=300):
    demand = BackgroundDemand(load=load, jitter=jitter, patience_seconds=patience, gas_price_gwei=list(rows))
    config = ChainSection(
        block_gas_limit=LIMIT, initial_base_fee_gwei=base_fee, background=demand, mempool_expiry_blocks=expiry
    )
    rng = np.random.default_rng(seed)
    chain = EmbeddedChain(genesis_timestamp=START - 12)
    return BlockSpace(chain, config, rng=rng, start_timestamp=START, schedule=SCHEDULE)


def produce(market, blocks, first=0):
    return [market.produce(START + 12 * (first + i)) for i in range(blocks)]


def ping(sender=ALICE):
    return Transaction(sender, BOB, b"")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"block_gas_limit": 20_999}, "chain.block_gas_limit: must be from 21000"),
        ({"block_gas_limit": 10**12 + 1}, "chain.block_gas_limit: must be from 21000"),
        ({"initial_base_fee_gwei": 1e300}, r"chain.initial_base_fee_gwei: must be 1e\+06 at most, not 1e\+300"),
    ],
)
def test_blocks_that_nothing_fits_into_are_refused(bad, message):
    chain = EmbeddedChain(genesis_timestamp=START - 12)
    with pytest.raises(ScenarioError, match=message):
        BlockSpace(chain, ChainSection(**bad), rng=np.random.default_rng(0), start_timestamp=START)


def test_a_transaction_is_included_with_its_receipt_and_charged_scheduled_gas():
    market = space()
    pending = market.submit(ping(), 50 * GWEI, 2 * GWEI, "small")
    produced = market.produce(START)
    assert produced.included == (pending,)
    assert produced.block.receipts[0].transaction is pending.transaction
    assert (produced.gas_used, produced.background_gas, produced.waiting) == (100_000, 0, 0)
    assert produced.base_fee + pending.effective_tip(produced.base_fee) == 12 * GWEI


def test_what_fails_is_charged_as_failures_are_and_the_background_gets_the_rest_of_its_room():
    market = space(load=30.0)
    market.submit(Transaction(ALICE, None, bytes.fromhex("5f5ffd")), 900 * GWEI, 890 * GWEI, "frail")  # reverts
    produced = market.produce(START)
    assert [receipt.succeeded for receipt in produced.block.receipts] == [False]
    assert produced.background_gas == LIMIT - 30_000


def test_an_empty_chain_lowers_the_base_fee_by_an_eighth():
    market = space()
    market.produce(START)
    assert market.base_fee == round(8.75 * GWEI)


def test_with_demand_for_a_block_per_block_the_base_fee_settles_where_half_of_it_pays():
    """Base fee is stable when gas used is half the limit: at the median bid, where the share above is 0.5."""
    market = space(load=1.0, base_fee=5.0, patience=0.0)
    produced = produce(market, 400)
    share_of_20_gwei, share_of_10_gwei = 0.4, 0.7
    slope = np.log(share_of_10_gwei / share_of_20_gwei) / np.log(2)
    median = 10 * (share_of_10_gwei / 0.5) ** (1 / slope)
    assert np.mean([block.base_fee for block in produced[-100:]]) / GWEI == pytest.approx(median, rel=0.02)
    assert np.mean([block.gas_used for block in produced[-100:]]) == pytest.approx(LIMIT / 2, rel=0.02)


def test_a_backlog_keeps_the_base_fee_up_after_demand_falls():
    rows = ((0.0, 10.0, 20.0, 40.0), (0.3, 10.0, 20.0, 40.0), (0.31, 5.0, 10.0, 20.0))
    fees = {}
    for patience in (0.0, 600.0):
        market = space(load=1.0, base_fee=15.0, patience=patience, rows=rows)
        fees[patience] = [block.base_fee for block in produce(market, 400)]
    assert fees[600.0][100] > 1.05 * fees[0.0][100]
    assert fees[600.0][399] == pytest.approx(fees[0.0][399], rel=0.05)


def test_when_gas_prices_jump_a_stale_bid_is_priced_out_until_it_is_cheap_again():
    rows = ((0.0, 10.0, 20.0, 40.0), (0.2, 200.0, 300.0, 500.0), (0.6, 200.0, 300.0, 500.0), (0.8, 5.0, 8.0, 12.0))
    market = space(load=1.5, base_fee=20.0, rows=rows)
    produce(market, 60)
    pending = market.submit(ping(), 40 * GWEI, 2 * GWEI, "small")
    crowded = produce(market, 120, first=60)
    assert not any(block.included for block in crowded)
    assert crowded[-1].waiting == 1
    later = produce(market, 200, first=180)
    assert [block.included for block in later if block.included] == [(pending,)]


def test_in_a_full_block_a_bid_below_the_clearing_price_waits_and_one_above_goes_in():
    # Demand of 30 blocks per block at first: the base fee is far too low, so blocks are full.
    market = space(load=30.0, base_fee=10.0)
    market.produce(START)
    view = market.fee_view()
    assert view.clearing_price > view.base_fee
    low = market.submit(ping(ALICE), view.clearing_price // 2, view.clearing_price // 2, "small")
    high = market.submit(ping(BOB), view.clearing_price * 2, view.clearing_price * 2, "small")
    produced = market.produce(START + 12)
    assert produced.included == (high,)
    assert produced.gas_used == LIMIT
    assert (produced.waiting, low.nonce) == (1, 0)


def test_blocks_never_exceed_the_gas_limit_and_senders_stay_in_order():
    market = space(load=0.5, jitter=0.8)
    rng = np.random.default_rng(5)
    for _ in range(40):
        sender = (ALICE, BOB)[rng.integers(2)]
        market.submit(ping(sender), int(rng.integers(5, 90)) * GWEI, int(rng.integers(0, 9)) * GWEI, "other")
    nonces = {ALICE: [], BOB: []}
    for block in produce(market, 100):
        assert block.gas_used <= LIMIT
        assert block.gas_used == block.background_gas + sum(pending.gas for pending in block.included)
        for pending in block.included:
            assert pending.max_fee >= block.base_fee
            nonces[pending.transaction.sender].append(pending.nonce)
    for order in nonces.values():
        assert order == list(range(len(order)))


def test_same_seed_same_blocks_other_seed_others():
    fees = [[block.base_fee for block in produce(space(load=1.0, jitter=0.3, seed=seed), 30)] for seed in (1, 1, 2)]
    assert fees[0] == fees[1] != fees[2]


def test_fee_view_has_the_tips_of_recent_blocks():
    market = space(base_fee=10.0)
    assert market.fee_view().tips == (0, 0, 0)
    for tip in range(1, 12):
        market.submit(ping(), 90 * GWEI, tip * GWEI, "small")
    market.produce(START)
    assert market.fee_view().tips == (2 * GWEI, 6 * GWEI, 10 * GWEI)
    produce(market, 20, first=1)
    assert market.fee_view().tips == (0, 0, 0)


def test_tips_of_the_background_are_part_of_the_fee_view():
    market = space(load=30.0, base_fee=10.0)
    market.produce(START)
    low, middle, high = market.fee_view().tips
    clearing = market.fee_view().clearing_price - 10 * GWEI
    assert clearing <= low < middle < high


def test_a_transaction_that_waits_too_long_is_dropped():
    market = space(expiry=5)
    stuck = market.submit(ping(), 1 * GWEI, 1, "small")
    blocks = produce(market, 7)
    assert [block.expired for block in blocks] == [(), (), (), (), (), (), (stuck,)]
    assert market.waiting == 0


def test_a_block_tells_which_bids_were_replaced_since_the_one_before():
    market = space(base_fee=5.0)
    low = market.submit(ping(), 1 * GWEI, 1, "small")
    middle = market.replace(low, 2 * GWEI, 2)
    high = market.replace(middle, 3 * GWEI, 3)
    assert market.produce(START).replaced == (low, middle)
    assert market.produce(START + 12).replaced == ()
    assert market.pending() == [high]


def test_after_a_reorganisation_the_fee_market_is_that_of_the_ancestor_and_transactions_wait_again():
    market = space(load=1.2, jitter=0.0)
    produce(market, 30)
    sent = [market.submit(ping(user), 90 * GWEI, (30 - n) * GWEI, "small") for n, user in enumerate((ALICE, BOB))]
    before = market.fee_view()
    first = produce(market, 3, first=30)
    assert [pending for block in first for pending in block.included] == sent
    assert market.reorg(3) == tuple(first)
    assert (market.fee_view(), market.base_fee, market.waiting) == (before, first[0].base_fee, 2)
    again = produce(market, 3, first=30)
    assert again == first


def test_on_another_branch_a_later_and_higher_bid_may_win():
    market = space()
    slow = market.submit(ping(ALICE), 90 * GWEI, 2 * GWEI, "large")
    (lost,) = produce(market, 1)
    assert lost.included == (slow,)
    fast = market.submit(ping(BOB), 90 * GWEI, 3 * GWEI, "large")
    market.reorg(1)
    assert [block.included for block in produce(market, 2)] == [(fast,), (slow,)]
