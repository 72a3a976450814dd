"""Finality models: heads, thresholds, and the scenario section that chooses them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator.errors import ScenarioError
from simulator.finality import blocks_to_finality, finality_model
from simulator.finality.proof_of_stake import ProofOfStakeFinality
from simulator.finality.proof_of_work import ProofOfWorkFinality, reversal_probability
from simulator.scenario.finality import ProofOfStake, ProofOfWork

MODELS = st.one_of(
    st.builds(ProofOfStakeFinality, slots_per_epoch=st.integers(2, 64), first_slot=st.integers(0, 100)),
    st.builds(
        ProofOfWorkFinality,
        attacker_share=st.floats(0.01, 0.4),
        safe_probability=st.floats(1e-3, 0.1),
        final_probability=st.floats(1e-6, 1e-3),
    ),
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


def test_an_attacker_near_one_half_is_refused_rather_than_waited_for():
    with pytest.raises(ScenarioError, match="proof_of_work takes more than"):
        blocks_to_finality(ProofOfWorkFinality(attacker_share=0.499), head=10)


def test_the_section_chooses_the_model():
    assert finality_model(ProofOfStake(first_slot=7)) == ProofOfStakeFinality(32, 7)
    work = ProofOfWork(model="proof_of_work", attacker_share=0.2)
    assert finality_model(work) == ProofOfWorkFinality(attacker_share=0.2)


def test_final_may_not_be_likelier_to_be_reversed_than_safe():
    with pytest.raises(ValidationError, match="above safe_probability"):
        ProofOfWork(model="proof_of_work", safe_probability=1e-4, final_probability=1e-2)
