"""What a liquidation can still lose until it is final."""

import math
from dataclasses import replace

import numpy as np
import pytest

from simulator.finality import Category, Settlement, blocks_to_finality
from simulator.finality.exposure import Bearer, exposure
from simulator.finality.factory import finality_model
from simulator.finality.jump_risk import JumpDiffusion
from simulator.finality.proof_of_work import reversal_probability
from simulator.finality.reorg_risk import undo_probability
from simulator.finality.reorg_sources import Conditions, ReorgSources
from simulator.scenario.finality import ProofOfStake, ProofOfWork, Unsettled
from simulator.scenario.reorgs import Reorgs

STAKE = ProofOfStake(model="proof_of_stake")
CALM, WILD = JumpDiffusion(volatility=1.0), JumpDiffusion(volatility=3.0)
LATE = {"source": "late_blocks", "probability": 0.1, "second_probability": 0.3}
DEEP = {"source": "deep_fork", "probability": 0.02, "depth": 5}
SEQUENCER = {"source": "sequencer", "probability": 0.05, "batch_blocks": 7}


def settlement(block=1000, payment=1000.0, fee=20.0):
    return Settlement(
        settlement=1, category=Category.LIQUIDATION, account=3, counterparty=9, payment=payment, fee=fee,
        included_block=block, included_time=0,
    )  # fmt: skip


def seen(at, head, section=STAKE, reorgs=(), dynamics=(CALM,)):
    return exposure(at, head, finality_model(section), Reorgs(sources=list(reorgs)), dynamics, 12.0)


@pytest.mark.parametrize("sources", [[LATE], [DEEP], [SEQUENCER], [LATE, DEEP, SEQUENCER]])
def test_the_chance_is_that_of_the_scenarios_reorganisations(sources):
    """Block 1000 followed through 4,000 branches, 40 heads each."""
    section, trials = Reorgs(sources=sources), 4000
    undone = 0
    for seed in range(trials):
        drawn = ReorgSources(section, np.random.default_rng(seed))
        undone += any(drawn.depth(head, 0, Conditions()) >= head - 999 for head in range(1000, 1040))
    expected = undo_probability(section, 1000, 1000, 1040)
    assert undone / trials == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / trials))


def test_each_block_on_top_lowers_the_chance_and_nothing_goes_beyond_finality():
    section = Reorgs(sources=[LATE, DEEP])
    chances = [undo_probability(section, 1000, head, 1100) for head in range(1000, 1007)]
    assert chances == sorted(chances, reverse=True)
    assert chances[5:] == [0.0, 0.0]
    assert undo_probability(section, 1000, 1000, 1001) < chances[0]


def test_a_mining_race_counts_by_the_chance_that_the_rival_overtakes():
    race = {"source": "mining_race", "attacker_share": 0.3, "race_probability": 0.5, "confirmations": 2}
    chance = undo_probability(Reorgs(sources=[race]), 1000, 1003, 1100)
    assert chance == pytest.approx(0.5 * reversal_probability(0.3, 4))


def test_proof_of_work_has_its_own_figure():
    found = seen(settlement(), 1002, ProofOfWork(model="proof_of_work", attacker_share=0.1))
    assert found.reversal_probability == reversal_probability(0.1, 3)


def test_proof_of_stake_has_none_without_reorganisations():
    assert math.isnan(seen(settlement(), 1000).reversal_probability)


def test_what_is_final_cannot_be_lost():
    final = 1000 + blocks_to_finality(finality_model(STAKE), 1000)
    found = seen(settlement(), final, reorgs=[LATE])
    assert (found.reversal_probability, found.blocks_to_final, found.value_at_risk) == (0.0, 0, 0.0)


def test_the_value_at_risk_is_that_of_the_price_over_the_time_that_is_left():
    found = seen(settlement(), 1000)
    seconds = found.blocks_to_final * 12.0
    assert found.amount == 1020.0
    assert found.value_at_risk == pytest.approx(CALM.value_at_risk(1020.0, seconds, 0.99))
    assert seen(settlement(), 1030).value_at_risk < found.value_at_risk


@pytest.mark.parametrize("dynamics", [(CALM, WILD), (WILD, CALM)])
def test_of_several_prices_the_riskiest_counts(dynamics):
    alone = seen(settlement(), 1000, reorgs=[LATE], dynamics=[WILD])
    assert alone.value_at_risk > seen(settlement(), 1000).value_at_risk
    assert seen(settlement(), 1000, reorgs=[LATE], dynamics=dynamics) == alone


def test_who_paid_bears_it():
    assert seen(settlement(), 1000).bearer is Bearer.LIQUIDATOR
    paid = settlement(payment=-500.0)
    assert seen(paid, 1000).bearer is Bearer.FUND
    assert seen(paid, 1000).amount == 520.0
    assert seen(replace(paid, from_fund=1.0, socialised=499.0), 1000).bearer is Bearer.FUND
    assert seen(replace(paid, socialised=500.0), 1000).bearer is Bearer.ACCOUNTS


def test_without_finality_nothing_is_ever_safe():
    found = seen(settlement(), 1000, Unsettled(model="none"), [LATE])
    assert found.blocks_to_final is None
    assert math.isnan(found.value_at_risk)
    assert found.reversal_probability == undo_probability(Reorgs(sources=[LATE]), 1000, 1000, None) > 0
