"""Ten thousand transactions of the protocol, valid, stale and damaged, with reorganisations: both backends agree.

The corpus is what agents sent in a crash, so every function that runs use is in it. Each block holds its own share of
it, in order, and more drawn at random: sent again, by somebody else, with other arguments, cut short, with value. Then
some blocks are undone and built again in another order. Statuses, revert data, logs, addresses, return values and
balances are compared block by block. Needs anvil (`npm ci`).
"""

import numpy as np
import pytest
from crash import POOR_FUND, crash

from simulator.chain.backends import connect
from simulator.chain.protocol import Call, Transaction
from simulator.chain.side_by_side import SideBySide
from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp

TRANSACTIONS = 10_000
SCENARIO = crash(*POOR_FUND, "liquidation.mechanism=dutch", "protocol.rule=isolated")
DEEPEST = 7


class Tape:
    """A chain that remembers what was put on it."""

    def __init__(self, chain):
        self._chain = chain
        self.blocks = []

    def __getattr__(self, name):
        return getattr(self._chain, name)

    def mine(self, transactions, timestamp):
        self.blocks.append((timestamp, list(transactions)))
        return self._chain.mine(transactions, timestamp)


@pytest.fixture(scope="module")
def corpus():
    """Blocks of a crash: set-up and simulated ones, and the tokens."""
    tape = Tape(connect("embedded", genesis_timestamp=genesis_timestamp(SCENARIO)))
    model = ProtocolModel(SCENARIO, tape)
    setup = len(tape.blocks)
    for _ in range(SCENARIO.chain.blocks):
        model.step()
    tokens = [model.contracts[role] for role in ("Quote", "Asset0", "InsuranceFund")]
    return tape.blocks[:setup], tape.blocks[setup:], tokens


def damaged(rng, sent, senders):
    """`sent`, or something like it that may fail."""
    data = bytearray(sent.data)
    kind = rng.integers(7)
    if kind == 1:
        return Transaction(senders[rng.integers(len(senders))], sent.to, sent.data)
    if kind == 2 and len(data) > 36:  # the last byte of an argument: another account, asset or dust
        data[4 + 32 * int(rng.integers(1, (len(data) - 4) // 32 + 1)) - 1] ^= int(rng.integers(1, 8))
    elif kind == 3 and len(data) > 36:
        place = 4 + 32 * int(rng.integers((len(data) - 4) // 32))
        data[place : place + 32] = rng.choice(EXTREMES).to_bytes(32, "big")
    elif kind == 4:
        del data[int(rng.integers(len(data))) :]
    elif kind == 5:
        return Transaction(sent.sender, sent.to, sent.data, value=int(rng.integers(3)))
    elif kind == 6:
        return Transaction(sent.sender, senders[rng.integers(len(senders))], b"", value=int(rng.integers(5)))
    return Transaction(sent.sender, sent.to, bytes(data))


EXTREMES = np.array([0, 1, 2**64 - 1, 2**127, 2**255, 2**256 - 1], dtype=object)


def test_ten_thousand_transactions_with_reorganisations_have_the_same_effect_on_both_backends(corpus):
    setup, blocks, tokens = corpus
    everything = [sent for _, transactions in blocks for sent in transactions]
    senders = sorted({sent.sender for sent in everything})
    rng = np.random.default_rng(2020)
    chain = SideBySide(genesis_timestamp(SCENARIO))
    executed, statuses = 0, set()
    try:
        for sender in senders:
            chain.fund(sender, 10**6)
        for timestamp, transactions in setup:
            chain.mine(transactions, timestamp)
        extra = -(-TRANSACTIONS // len(blocks)) - len(everything) // len(blocks)
        for place, (timestamp, transactions) in enumerate(blocks):
            more = [everything[i] for i in rng.integers(len(everything), size=extra)]
            mixed = transactions + [damaged(rng, sent, senders) for sent in more]
            if place % 3:
                rng.shuffle(mixed)
            block = chain.mine(mixed, timestamp)
            executed += len(mixed)
            statuses |= {(receipt.transaction.data[:4], receipt.succeeded) for receipt in block.receipts}
            sample = [mixed[i] for i in rng.integers(len(mixed), size=3)]
            chain.outcomes([Call(sent.to, sent.data, sent.sender, sent.value) for sent in sample])
            if rng.random() < 0.15 and place >= DEEPEST:
                for undone in chain.reorg(int(rng.integers(1, DEEPEST + 1))):
                    again = [receipt.transaction for receipt in undone.receipts]
                    again = again[: int(rng.integers(len(again) // 4 + 1))]
                    rng.shuffle(again)
                    chain.mine(again, undone.timestamp)
                    executed += len(again)
            if place % 10 == 9:
                chain.balances(senders)
                holders = [*senders, *(token.address for token in tokens)]
                chain.outcomes([token.call("balanceOf", holder) for token in tokens for holder in holders])
    finally:
        chain.close()
    assert executed >= TRANSACTIONS
    functions = {data for data, _ in statuses if len(data) == 4}
    assert len([data for data in functions if {(data, True), (data, False)} <= statuses]) >= 8
