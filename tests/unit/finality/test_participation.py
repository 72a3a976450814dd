"""Finality while part of the stake is offline."""

import math

import pytest

from simulator.finality.participation import CheckpointVotes
from simulator.finality.proof_of_stake import ProofOfStakeFinality
from simulator.scenario.finality import ProofOfStake


def test_full_participation_is_the_plain_rule():
    plain, voted = ProofOfStakeFinality(), ProofOfStakeFinality(participation=((0, 1.0),))
    for head in range(0, 400, 7):
        assert voted.safe_head(head) == plain.safe_head(head)
        assert voted.final_head(head) == plain.final_head(head)


def test_two_thirds_are_enough():
    assert CheckpointVotes([(0, 2 / 3)]).final(10) == 9
    assert CheckpointVotes([(0, 0.66)]).final(10) == -1


def test_nothing_is_justified_while_too_many_are_offline():
    votes = CheckpointVotes([(0, 1.0), (10, 0.6), (14, 1.0)])
    assert [votes.justified(epoch) for epoch in (9, 10, 13, 14, 15)] == [9, 9, 9, 14, 15]
    # Two consecutive justified checkpoints make the first of them final.
    assert [votes.final(epoch) for epoch in (9, 13, 14, 15)] == [8, 8, 8, 14]


@pytest.mark.parametrize("share", [0.4, 0.5, 0.6])
def test_the_leak_restores_the_quorum(share):
    """An offline balance falls like exp(-t^2 / 2^25): the quorum is back when 2 (1 - p) exp(...) = p."""
    votes = CheckpointVotes([(0, share)])
    expected = math.sqrt(2**25 * math.log(2 * (1 - share) / share))
    epoch = next(e for e in range(20_000) if votes.justified(e) >= 0)
    assert epoch == pytest.approx(expected, rel=2e-3, abs=5)
    assert votes.final(epoch + 1) == epoch


def test_who_stays_offline_pays_on_after_the_leak_until_its_score_is_gone():
    """Altair takes balance * score / 2^26 of whoever misses an epoch, in the leak or not; out of it the score of an
    offline validator falls by 16 - 4 an epoch, so that a score s costs another s^2 / 24 / 2^26 or so."""
    votes = CheckpointVotes([(0, 0.6)])
    back = next(e for e in range(4000) if votes.final(e) >= 0)
    offline = votes._cohorts[-1]
    score, balance = offline.score, offline.balance
    votes.final(back + int(score / 12) + 2)
    assert offline.score == 0
    assert math.log(offline.balance / balance) == pytest.approx(-(score**2) / 24 / 2**26, rel=0.01)
    # So finality outlives a further percent of the stake, for which it would be too little at the end of the leak.
    assert CheckpointVotes([(0, 0.6), (back + 1100, 0.59)]).final(back + 1200) == back + 1199


def test_an_offline_validator_reaches_the_ejection_balance_after_three_weeks():
    """32 ETH leak to 16.75 ETH in about 4,685 epochs (Ben Edgington, Upgrading Ethereum); the protocol leaks effective
    balances, which fall in steps of 1 ETH, so that the smooth curve is half a per cent faster."""
    votes = CheckpointVotes([(0, 0.0)])
    epoch = 0
    while 32 * votes._cohorts[0].balance > 16.75:
        epoch += 1
        votes.final(epoch)
    assert epoch == pytest.approx(4685, rel=0.01)


def test_the_scenario_gives_hours_from_block_0():
    section = ProofOfStake(first_slot=16, participation=[(0, 1.0), (6.4, 0.5), (6.5, 0.6)])
    assert section.by_epoch == ((0, 1.0), (60, 0.5), (61, 0.6))
    with pytest.raises(ValueError, match="hours must rise"):
        ProofOfStake(participation=[(0, 1.0), (3, 0.5), (2, 0.6)])
    with pytest.raises(ValueError, match="between 0 and 1"):
        ProofOfStake(participation=[(0, 1.5)])
