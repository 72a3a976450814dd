"""Reorganisations come as often and as deep as their causes say."""

import numpy as np
import pytest

from simulator.errors import UsageError
from simulator.finality.proof_of_work import reversal_probability
from simulator.finality.reorg_sources import Conditions, ReorgSources
from simulator.scenario.reorgs import Reorgs

CALM = Conditions()


def sources(*tables: dict, seed: int = 1, **keys) -> ReorgSources:
    return ReorgSources(Reorgs(sources=list(tables), **keys), np.random.default_rng(seed))


def depths(drawn: ReorgSources, blocks: int, conditions: Conditions = CALM) -> np.ndarray:
    return np.array([drawn.depth(head, 0, conditions) for head in range(1000, 1000 + blocks)])


def test_without_sources_nothing_is_undone():
    drawn = sources()
    assert drawn.max_depth == 0
    assert depths(drawn, 100).sum() == 0


def test_late_blocks_are_one_deep_and_sometimes_two():
    found = depths(sources({"source": "late_blocks", "probability": 0.1, "second_probability": 0.25}), 20_000)
    assert set(found) == {0, 1, 2}
    assert (found > 0).mean() == pytest.approx(0.1, abs=0.01)
    assert (found == 2).sum() / (found > 0).sum() == pytest.approx(0.25, abs=0.04)


def test_load_and_crashes_make_reorganisations_likelier():
    table = {"source": "deep_fork", "probability": 0.01, "depth": 7}
    calm = depths(sources(table, load_factor=3, crash_factor=50), 20_000)
    busy = depths(sources(table, load_factor=3, crash_factor=50), 20_000, Conditions(fullness=1.0, drop=0.1))
    assert set(busy) == {0, 7}
    assert busy.sum() / calm.sum() == pytest.approx(9, rel=0.2)


@pytest.mark.parametrize("share, confirmations", [(0.1, 1), (0.3, 2), (0.3, 4)])
def test_mining_races_are_won_as_often_as_rosenfeld_has_it(share, confirmations):
    table = {"source": "mining_race", "attacker_share": share, "confirmations": confirmations}
    races, won = 4000, 0
    for seed in range(races):
        race = sources({**table, "race_probability": 1.0, "give_up": 40}, seed=seed)
        for head in range(1000, 1400):
            depth = race.depth(head, 0, CALM)
            if depth:
                won += depth >= confirmations
                break
            if not race._sources[0]._running:
                break
    expected = reversal_probability(share, confirmations)
    assert won / races == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / races) + 1e-3)


def test_a_sequencer_loses_what_no_batch_has():
    drawn = sources({"source": "sequencer", "probability": 1.0, "batch_blocks": 50})
    assert [drawn.depth(head, 0, CALM) for head in (1000, 1001, 1049)] == [0, 1, 49]


def test_a_script_acts_once_at_its_block():
    drawn = sources({"source": "scripted", "reorgs": [{"block": 1002, "depth": 3}]})
    assert [drawn.depth(head, 0, CALM) for head in (1001, 1002, 1002)] == [0, 3, 0]


def test_a_script_cannot_undo_what_is_final():
    drawn = sources({"source": "scripted", "reorgs": [{"block": 1002, "depth": 30}]})
    with pytest.raises(UsageError, match=r"depth 30 at block 1002 would undo block 973, .* at most 10 blocks"):
        drawn.depth(1002, 993, CALM)


def test_chance_stops_at_what_is_final():
    drawn = sources({"source": "deep_fork", "probability": 1.0, "depth": 7})
    assert drawn.depth(1000, 998, CALM) == 3
    assert drawn.depth(1000, 1001, CALM) == 0
