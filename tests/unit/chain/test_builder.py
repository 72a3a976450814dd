"""Which transactions enter a block: highest tip first, each sender in order, within the gas limit."""

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.chain.builder import build
from simulator.chain.mempool import Mempool
from simulator.chain.protocol import Transaction

SENDERS = [f"0x{n:040x}" for n in range(1, 6)]


def nobody(price):
    return 0


def pool(*bids):
    """A mempool of (sender, max fee, tip, gas)."""
    mempool = Mempool()
    for sender, max_fee, tip, gas in bids:
        mempool.submit(Transaction(SENDERS[sender], SENDERS[0], b""), max_fee, tip, label="", gas=gas, block=0)
    return mempool


def arrivals(chosen):
    return [pending.arrival for pending in chosen]


def test_highest_effective_tip_first():
    mempool = pool((0, 100, 5, 1), (1, 100, 50, 1), (2, 115, 90, 1))
    # At a base fee of 100 the tips are 0, 0 (no room above the base fee) and 15.
    assert arrivals(build(mempool, 100, 10, nobody)) == [2, 0, 1]


def test_equal_tips_go_by_arrival():
    assert arrivals(build(pool((2, 50, 5, 1), (0, 50, 5, 1), (1, 50, 5, 1)), 10, 10, nobody)) == [0, 1, 2]


def test_a_sender_stays_in_order_whatever_it_bids():
    mempool = pool((0, 50, 1, 1), (0, 50, 30, 1), (1, 50, 10, 1))
    assert arrivals(build(mempool, 10, 10, nobody)) == [2, 0, 1]


def test_a_bid_below_the_base_fee_waits_with_all_that_follow_it():
    mempool = pool((0, 9, 9, 1), (0, 50, 30, 1), (1, 10, 1, 1))
    chosen = build(mempool, 10, 10, nobody)
    assert arrivals(chosen) == [2]
    mempool.remove(chosen)
    assert len(mempool) == 2


def test_what_does_not_fit_waits_and_a_smaller_one_takes_its_place():
    assert arrivals(build(pool((0, 50, 9, 6), (1, 50, 8, 6), (2, 50, 7, 4)), 10, 10, nobody)) == [0, 2]


def test_background_demand_above_a_bid_comes_first():
    crowd = {25: 3, 15: 8}
    mempool = pool((0, 25, 15, 5), (1, 15, 5, 5))
    assert arrivals(build(mempool, 10, 10, crowd.__getitem__)) == [0]
    assert arrivals(build(mempool, 10, 20, crowd.__getitem__)) == [0, 1]


BIDS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(0, 30), st.integers(1, 12)), max_size=30)


@settings(derandomize=True)
@given(BIDS, st.integers(0, 20), st.integers(1, 60), st.integers(0, 50))
def test_blocks_keep_every_rule_together(bids, base_fee, limit, crowd):
    """The limit holds against the background, no bid is below the base fee, senders stay in order."""

    def above(price):
        return crowd * 100 // (1 + price) // 4

    mempool = pool(*bids)
    chosen = build(mempool, base_fee, limit, above)
    used = 0
    for pending in chosen:
        tip = pending.effective_tip(base_fee)
        assert tip >= 0
        assert above(base_fee + tip) + used + pending.gas <= limit
        used += pending.gas
    for sender in SENDERS:
        nonces = [pending.nonce for pending in chosen if pending.transaction.sender == sender]
        assert nonces == list(range(len(nonces)))
    mempool.remove(chosen)
    assert len(mempool) == len(bids) - len(chosen) == len(list(mempool))


@settings(derandomize=True)
@given(BIDS, st.integers(0, 20), st.integers(1, 60))
def test_each_senders_oldest_that_is_left_out_pays_too_little_or_did_not_fit(bids, base_fee, limit):
    mempool = pool(*bids)
    chosen = build(mempool, base_fee, limit, nobody)
    used = sum(pending.gas for pending in chosen)
    mempool.remove(chosen)
    for queue in mempool.queues().values():
        assert queue[0].effective_tip(base_fee) < 0 or used + queue[0].gas > limit
