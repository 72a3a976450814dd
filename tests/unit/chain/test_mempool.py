"""Replacement, expiry and return of waiting transactions: nonces stay gapless, identities stay the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.chain.builder import build
from simulator.chain.mempool import Mempool, least_replacement
from simulator.chain.protocol import Transaction
from simulator.errors import UsageError

SENDERS = [f"0x{n:040x}" for n in range(1, 5)]
GWEI = 10**9


def submit(pool, sender=0, max_fee=100 * GWEI, tip=10 * GWEI, block=0, private=False):
    transaction = Transaction(SENDERS[sender], SENDERS[0], b"")
    return pool.submit(transaction, max_fee, tip, label="", gas=1, block=block, private=private)


def nobody(price):
    return 0


def test_a_replacement_keeps_nonce_and_identity_and_takes_the_place_of_the_old_bid():
    pool = Mempool()
    first, second = submit(pool), submit(pool)
    raised = pool.replace(second, 110 * GWEI, 11 * GWEI)
    assert (raised.nonce, raised.arrival, raised.submitted_block) == (second.nonce, second.arrival, 0)
    assert (raised.max_fee, raised.tip) == (110 * GWEI, 11 * GWEI)
    assert list(pool) == [first, raised]
    assert len(pool) == 2


@pytest.mark.parametrize("bid", [(110 * GWEI - 1, 11 * GWEI), (110 * GWEI, 11 * GWEI - 1), (100 * GWEI, 10 * GWEI)])
def test_a_replacement_raises_both_prices_by_a_tenth(bid):
    pool = Mempool()
    with pytest.raises(UsageError, match=r"underpriced: it needs a max fee of 110000000000 and a tip of 11000000000"):
        pool.replace(submit(pool), *bid)


def test_the_least_replacement_rounds_up():
    pool = Mempool()
    assert least_replacement(submit(pool, max_fee=101, tip=1)) == (112, 2)


def test_a_price_of_zero_is_raised_too():
    pool = Mempool()
    free = submit(pool, max_fee=0, tip=0)
    assert least_replacement(free) == (1, 1)
    with pytest.raises(UsageError, match="underpriced"):
        pool.replace(free, 0, 0)


def test_only_what_waits_is_replaced():
    pool = Mempool()
    pending = submit(pool)
    pool.replace(pending, 200 * GWEI, 20 * GWEI)
    with pytest.raises(UsageError, match="does not wait"):
        pool.replace(pending, 400 * GWEI, 40 * GWEI)
    chosen = build(pool, 1, 10, nobody)
    pool.remove(chosen)
    with pytest.raises(UsageError, match="does not wait"):
        pool.replace(chosen[0], 400 * GWEI, 40 * GWEI)


def test_an_expired_transaction_takes_its_senders_later_ones_with_it_and_frees_their_nonces():
    pool = Mempool()
    old, later = submit(pool, block=3), submit(pool, block=9)
    other = submit(pool, sender=1, block=9)
    assert pool.expire(4) == [old, later]
    assert list(pool) == [other]
    assert submit(pool, block=10).nonce == old.nonce == 0


def test_transactions_of_undone_blocks_wait_in_their_order_ahead_of_later_ones():
    pool = Mempool()
    sent = [submit(pool, sender) for sender in (0, 1, 0, 0, 1)]
    blocks = []
    for limit in (2, 2):
        blocks.append(build(pool, 1, limit, nobody))
        pool.remove(blocks[-1])
    assert list(pool) == [sent[4]]
    newer = submit(pool, sender=0)
    pool.restore(pending for block in blocks for pending in block)
    assert [pending for pending in pool if pending.transaction.sender == SENDERS[0]] == [
        sent[0],
        sent[2],
        sent[3],
        newer,
    ]
    assert [pending for pending in pool if pending.transaction.sender == SENDERS[1]] == [sent[1], sent[4]]
    assert len(pool) == 6


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.integers(0, 3), st.integers(1, 30)),
        st.tuples(st.just("replace"), st.integers(0, 40)),
        st.tuples(st.just("expire"), st.integers(0, 6)),
        st.tuples(st.just("block"), st.integers(1, 6), st.integers(0, 20)),
        st.tuples(st.just("undo"), st.integers(1, 3)),
    ),
    max_size=60,
)


@settings(derandomize=True, deadline=None)
@given(ACTIONS)
def test_nonces_on_chain_and_in_the_pool_are_gapless_whatever_happens(actions):
    pool, chain, head = Mempool(), [], 0
    for action, *details in actions:
        if action == "submit":
            submit(pool, details[0], details[1] * GWEI, details[1] * GWEI // 2, head)
        elif action == "replace" and len(pool):
            pending = list(pool)[details[0] % len(pool)]
            pool.replace(pending, *least_replacement(pending))
        elif action == "expire":
            pool.expire(head - details[0])
        elif action == "block":
            chain.append(build(pool, details[1] * GWEI, details[0], nobody))
            pool.remove(chain[-1])
            head += 1
        elif action == "undo" and chain:
            undone = chain[-details[0] :]
            del chain[-details[0] :]
            pool.restore(pending for block in undone for pending in block)
        everything = [pending for block in chain for pending in block] + list(pool)
        assert len(pool) == len(list(pool))
        for sender in SENDERS:
            nonces = [pending.nonce for pending in everything if pending.transaction.sender == sender]
            assert nonces == list(range(len(nonces)))
        assert len({pending.arrival for pending in everything}) == len(everything)
