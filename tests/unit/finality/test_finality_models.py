"""Finality models: heads, thresholds, and the scenario section that chooses them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.errors import ScenarioError
from simulator.finality import blocks_to_finality, finality_model
from simulator.finality.instant_bft import InstantBftFinality
from simulator.finality.optimistic_rollup import OptimisticRollupFinality
from simulator.finality.proof_of_stake import ProofOfStakeFinality
from simulator.finality.proof_of_work import ProofOfWorkFinality, reversal_probability
from simulator.scenario.finality import InstantBft, OptimisticRollup, ProofOfStake, ProofOfWork

MODELS = st.one_of(
    st.builds(ProofOfStakeFinality, slots_per_epoch=st.integers(2, 64), first_slot=st.integers(0, 100)),
    st.builds(
        ProofOfWorkFinality,
        attacker_share=st.floats(0.01, 0.4),
        safe_probability=st.floats(1e-3, 0.1),
        final_probability=st.floats(1e-6, 1e-3),
    ),
    st.builds(
        OptimisticRollupFinality,
        blocks_per_slot=st.integers(1, 12),
        batch_slots=st.integers(1, 100),
        slots_per_epoch=st.integers(2, 64),
        first_slot=st.integers(0, 100),
    ),
    st.builds(InstantBftFinality, delay_blocks=st.integers(0, 10)),
)


@given(MODELS, st.integers(0, 10_000))
def test_heads_are_ordered_and_never_retreat(model, head):
    assert -1 <= model.final_head(head) <= model.safe_head(head) <= head
    assert model.final_head(head) <= model.final_head(head + 1)
    assert model.safe_head(head) <= model.safe_head(head + 1)


@given(MODELS, st.integers(0, 10_000))
def test_the_drain_is_just_long_enough(model, head):
    blocks = blocks_to_finality(model, head)
    assert model.final_head(head + blocks) >= head
    assert blocks == 0 or model.final_head(head + blocks - 1) < head


@given(MODELS, st.integers(0, 10_000))
def test_a_final_block_is_never_reversed(model, head):
    assert model.reversal_probability(model.final_head(head), head) == 0.0


def test_a_drain_to_an_older_block_is_shorter():
    model = ProofOfStakeFinality()
    assert blocks_to_finality(model, head=100, block=64) == 28
    assert blocks_to_finality(model, head=100, block=5) == 0


def test_a_chain_may_start_in_the_middle_of_an_epoch():
    model = ProofOfStakeFinality(first_slot=31)
    assert blocks_to_finality(model, head=0) == 96 - 31
    assert blocks_to_finality(model, head=1) == 64


def test_proof_of_stake_puts_no_number_on_a_reversal_before_finality():
    assert math.isnan(ProofOfStakeFinality().reversal_probability(block=100, head=101))


def test_proof_of_work_is_final_below_the_probability_asked_for():
    model = ProofOfWorkFinality(attacker_share=0.1, safe_probability=0.01, final_probability=0.001)
    assert (model.safe_confirmations, model.final_confirmations) == (4, 6)
    assert model.final_head(head=5) == 0
    assert model.reversal_probability(block=0, head=4) == reversal_probability(0.1, 5)
    assert model.reversal_probability(block=7, head=6) == 1.0


def test_a_rollup_block_is_safe_when_its_batch_is_on_l1():
    """Two blocks to a slot, a batch every five slots: the L1 block of slot 5 carries blocks 0 to 9."""
    model = OptimisticRollupFinality(blocks_per_slot=2, batch_slots=5)
    assert [model.safe_head(head) for head in (0, 9, 10, 19, 20)] == [-1, -1, 9, 9, 19]


@given(st.integers(1, 12), st.integers(1, 100), st.integers(0, 31), st.integers(0, 10_000))
def test_a_rollup_block_is_final_exactly_when_the_l1_block_of_its_batch_is(per_slot, batch_slots, first_slot, block):
    model = OptimisticRollupFinality(per_slot, batch_slots, first_slot=first_slot)
    head = block
    while model.safe_head(head) < block:
        head += 1
    batch_slot = head // per_slot
    until_final = blocks_to_finality(ProofOfStakeFinality(first_slot=first_slot), head=batch_slot)
    assert head + blocks_to_finality(model, head, block) == (batch_slot + until_final) * per_slot


@given(st.integers(1, 12), st.integers(1, 100), st.integers(0, 10_000))
def test_a_withdrawal_waits_for_the_challenge_window_and_finality_does_not(per_slot, batch_slots, block):
    patient = OptimisticRollupFinality(per_slot, batch_slots, challenge_slots=50_400)
    hasty = OptimisticRollupFinality(per_slot, batch_slots, challenge_slots=0)
    assert patient.final_head(block) == hasty.final_head(block)
    included = hasty.withdrawal_block(block)
    assert patient.withdrawal_block(block) == included + 50_400 * per_slot
    assert hasty.safe_head(included) >= block > hasty.safe_head(included - 1)


def test_byzantine_agreement_is_final_at_inclusion():
    model = InstantBftFinality()
    assert (model.safe_head(7), model.final_head(7)) == (7, 7)
    assert blocks_to_finality(model, head=7) == 0


def test_chained_byzantine_agreement_is_final_after_a_constant_number_of_blocks():
    model = InstantBftFinality(delay_blocks=2)
    assert [blocks_to_finality(model, head=head) for head in (0, 1, 50)] == [2, 2, 2]
    assert math.isnan(model.reversal_probability(block=6, head=7))


def test_a_batch_later_than_the_sequencing_window_is_refused():
    """OP Stack: 3,600 L1 blocks."""
    with pytest.raises(ValidationError, match="less than or equal to 3600"):
        OptimisticRollup(model="optimistic_rollup", batch_slots=3601)


def test_an_attacker_near_one_half_is_refused_rather_than_waited_for():
    with pytest.raises(ScenarioError, match="proof_of_work takes more than"):
        blocks_to_finality(ProofOfWorkFinality(attacker_share=0.499), head=10)


@pytest.mark.parametrize("share", [0.5, 0.7, 1.0])
def test_a_majority_overtakes_whatever_the_confirmations(share):
    assert reversal_probability(share, 1) == reversal_probability(share, 1000) == 1.0
    with pytest.raises(ValueError, match=r"too near 0\.5"):
        ProofOfWorkFinality(attacker_share=share)


def test_nobody_overtakes_without_hash_rate():
    assert reversal_probability(0.0, 1) == 0.0
    assert ProofOfWorkFinality(attacker_share=0.0).final_head(10) == 10


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_of_the_hash_rate_lies_between_0_and_1(share):
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        ProofOfWorkFinality(attacker_share=share)


def test_a_scenario_with_an_attacker_that_no_confirmations_stop_is_named():
    with pytest.raises(ScenarioError, match=r"finality\.attacker_share: attacker share 0\.4999999 is too near 0\.5"):
        finality_model(ProofOfWork(model="proof_of_work", attacker_share=0.4999999))


def test_a_stake_that_never_votes_is_told_how_to_become_final():
    with pytest.raises(ScenarioError, match=r"proof_of_stake takes more than .* let more of the stake vote"):
        blocks_to_finality(ProofOfStakeFinality(participation=((0, 0.0),)), head=10)


def test_the_section_chooses_the_model():
    assert finality_model(ProofOfStake(first_slot=7)) == ProofOfStakeFinality(32, 7)
    work = ProofOfWork(model="proof_of_work", attacker_share=0.2)
    assert finality_model(work) == ProofOfWorkFinality(attacker_share=0.2)
    rollup = OptimisticRollup(model="optimistic_rollup", blocks_per_slot=6, batch_slots=20, first_slot=3)
    assert finality_model(rollup) == OptimisticRollupFinality(6, 20, 50_400, 32, 3)
    assert finality_model(InstantBft(model="instant_bft", delay_blocks=2)) == InstantBftFinality(2)


def test_final_may_not_be_likelier_to_be_reversed_than_safe():
    with pytest.raises(ValidationError, match="above safe_probability"):
        ProofOfWork(model="proof_of_work", safe_probability=1e-4, final_probability=1e-2)
