"""The settlement tracker: one timeline per settlement, and final is final."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from simulator.errors import FinalityViolation, InvariantError
from simulator.finality import Category, Settlement, SettlementTracker, Status, blocks_to_finality
from simulator.finality.instant_bft import InstantBftFinality
from simulator.finality.optimistic_rollup import OptimisticRollupFinality
from simulator.finality.proof_of_stake import ProofOfStakeFinality
from simulator.finality.proof_of_work import ProofOfWorkFinality

SIX_DEEP = ProofOfWorkFinality(attacker_share=0.1, safe_probability=0.06, final_probability=0.001)
"""Safe with 2 confirmations, final with 6."""


def liquidation(number: int, block: int) -> Settlement:
    return Settlement(
        settlement=number, category=Category.LIQUIDATION, account=1, included_block=block, included_time=12 * block
    )


def test_a_liquidation_goes_from_pending_to_final_with_the_block_and_time_of_each():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.pending("bid", block=3)
    assert tracker.counts()["pending"] == 1
    tracker.included(liquidation(1, block=5), key="bid")
    assert tracker.advance(5, 60) == []
    assert [s.status for s in tracker.advance(6, 72)] == [Status.SAFE]
    for head in (7, 8, 9):
        assert tracker.advance(head, 12 * head) == []
    (final,) = tracker.advance(10, 120)
    assert final.status is Status.FINAL
    assert (final.submitted_block, final.included_block, final.safe_block, final.final_block) == (3, 5, 6, 10)
    assert (final.included_time, final.safe_time, final.final_time) == (60, 72, 120)
    assert tracker.counts() == {"pending": 0, "included": 0, "safe": 0, "final": 1, "reverted": 0}
    assert tracker.newest_open_block is None


def test_a_bid_that_fails_settles_nothing():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.pending("bid", block=3)
    tracker.dropped("bid")
    assert tracker.counts()["pending"] == 0
    assert len(tracker) == 0


def test_a_bid_that_is_replaced_keeps_its_first_submission():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.pending("bid", block=3)
    tracker.pending("bid", block=4)
    assert tracker.included(liquidation(1, block=5), key="bid").submitted_block == 3


def test_a_reorganisation_reverts_and_frees_the_number_for_another_settlement():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.included(liquidation(1, block=5))
    tracker.advance(5, 60)
    tracker.included(liquidation(2, block=6))
    tracker.advance(6, 72)
    assert [(s.settlement, s.status) for s in tracker.reverted(ancestor=5)] == [(2, Status.REVERTED)]
    tracker.included(liquidation(2, block=6))
    assert tracker[2].attempt == 1
    assert [(s.settlement, s.attempt, s.status.value) for s in tracker] == [
        (1, 0, "safe"),
        (2, 0, "reverted"),
        (2, 1, "included"),
    ]


def test_a_safe_settlement_can_still_be_reverted():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.included(liquidation(1, block=5))
    tracker.advance(6, 72)
    assert tracker[1].status is Status.SAFE
    tracker.reverted(ancestor=4)
    assert tracker[1].status is Status.REVERTED


def test_undoing_a_final_block_is_a_violation_that_changes_nothing():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.included(liquidation(1, block=5))
    tracker.advance(10, 120)
    before = list(tracker)
    with pytest.raises(FinalityViolation, match="would undo block 5, which is final"):
        tracker.reverted(ancestor=4)
    assert list(tracker) == before


def test_a_final_number_cannot_be_settled_again():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.included(liquidation(1, block=5))
    tracker.advance(10, 120)
    with pytest.raises(FinalityViolation, match="settlement 1 is final"):
        tracker.included(liquidation(1, block=11))


def test_a_settlement_cannot_appear_in_a_final_block():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.advance(10, 120)
    with pytest.raises(FinalityViolation, match="block 5, which is final"):
        tracker.included(liquidation(1, block=5))


def test_a_settlement_is_included_before_the_head_moves_past_its_block_and_once():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.advance(10, 120)
    with pytest.raises(InvariantError, match="behind the head"):
        tracker.included(liquidation(1, block=9))
    tracker.included(liquidation(1, block=11))
    with pytest.raises(InvariantError, match="twice"):
        tracker.included(liquidation(1, block=11))


def test_the_head_moves_back_only_by_a_reorganisation():
    tracker = SettlementTracker(SIX_DEEP)
    tracker.advance(10, 120)
    with pytest.raises(InvariantError, match="without a reorganisation"):
        tracker.advance(10, 132)


ORDER = [Status.INCLUDED, Status.SAFE, Status.FINAL]


class AnyChain(RuleBasedStateMachine):
    """Any sequence of blocks, settlements and reorganisations that the finality rule admits."""

    model = ProofOfStakeFinality(slots_per_epoch=4)

    def __init__(self):
        super().__init__()
        self.tracker = SettlementTracker(self.model)
        self.head = 0
        self.final_head = -1
        self.ledger = []
        self.seen = {}

    @rule(settlements=st.integers(0, 3), gap=st.integers(1, 6))
    def block(self, settlements, gap):
        self.head += gap
        for _ in range(settlements):
            self.ledger.append(self.head)
            self.tracker.included(liquidation(len(self.ledger), self.head))
        changed = self.tracker.advance(self.head, 12 * self.head)
        self.final_head = max(self.final_head, self.model.final_head(self.head))
        assert [s.settlement for s in changed] == sorted({s.settlement for s in changed})

    @precondition(lambda self: self.head > self.final_head >= 0)
    @rule(data=st.data())
    def reorganisation(self, data):
        self.head = data.draw(st.integers(self.final_head, self.head - 1))
        undone = self.tracker.reverted(self.head)
        assert len(undone) == sum(block > self.head for block in self.ledger)
        self.ledger = [block for block in self.ledger if block <= self.head]

    @invariant()
    def statuses_only_move_forward_and_final_never_changes(self):
        for settlement in self.tracker:
            key = (settlement.settlement, settlement.attempt)
            before = self.seen.get(key)
            if before is not None and before != settlement:
                assert before.status not in (Status.FINAL, Status.REVERTED)
                if settlement.status is not Status.REVERTED:
                    assert ORDER.index(before.status) < ORDER.index(settlement.status)
            self.seen[key] = settlement

    @invariant()
    def the_ledger_and_the_timeline_agree(self):
        standing = [s for s in self.tracker if s.status is not Status.REVERTED]
        assert [s.included_block for s in standing] == self.ledger
        for settlement in standing:
            final = settlement.status is Status.FINAL
            assert final == (settlement.final_block is not None)
            if final:
                assert settlement.included_block <= settlement.safe_block <= settlement.final_block
                assert settlement.final_time == 12 * settlement.final_block

    def teardown(self):
        """Empty blocks make everything that stands final."""
        newest = self.tracker.newest_open_block
        if newest is not None:
            self.head += blocks_to_finality(self.model, self.head, newest)
            self.tracker.advance(self.head, 12 * self.head)
        assert self.tracker.newest_open_block is None
        assert {s.status for s in self.tracker} <= {Status.FINAL, Status.REVERTED}


class AnyRollup(AnyChain):
    model = OptimisticRollupFinality(blocks_per_slot=2, batch_slots=3, slots_per_epoch=4)


class AnyChainedBft(AnyChain):
    model = InstantBftFinality(delay_blocks=2)


TestAnyChain, TestAnyRollup, TestAnyChainedBft = AnyChain.TestCase, AnyRollup.TestCase, AnyChainedBft.TestCase
for case in (TestAnyChain, TestAnyRollup, TestAnyChainedBft):
    case.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
