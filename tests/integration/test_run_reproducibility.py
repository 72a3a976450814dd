"""The same scenario and seed give the same run, and each part draws from its own stream."""

import os
import subprocess
import sys

import numpy as np
import pytest
from crash import POOR_FUND, crash, simulated

from simulator.chain.digest import RunDigest
from simulator.run import run_scenario
from simulator.scenario import Scenario

BLOCKS = 50
"""Enough for accounts to be liquidated."""

RUN = """
import sys
from crash import POOR_FUND, crash
from simulator.run import run_scenario
from pathlib import Path
print(run_scenario(crash(*POOR_FUND, blocks={blocks}), out=Path({out!r}))["digest"])
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The figures of a recorded crash."""
    return run_scenario(crash(*POOR_FUND, blocks=BLOCKS), out=tmp_path_factory.mktemp("crash") / "run")


def digests(scenario: Scenario, blocks: int) -> list[str]:
    """The run digest after each block, set-up included."""
    digest, after = RunDigest(), []
    with simulated(scenario) as model:
        for block in model.genesis.blocks:
            digest.update(block)
        for _ in range(blocks):
            model.step()
            digest.update(model.last.produced.block)
            after.append(digest.hexdigest)
    return after


def spots(scenario: Scenario, blocks: int) -> np.ndarray:
    """True spot after each block: (blocks, n_assets)."""
    with simulated(scenario) as model:
        found = []
        for _ in range(blocks):
            model.step()
            found.append(model.market.quote.spot)
    return np.array(found)


def test_the_run_has_liquidations_and_bad_debt(result):
    assert result["liquidations"] > 0 and result["bad_debt"] > 0


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_another_process_with_another_order_of_sets_gives_the_same_digest(result, tmp_path, hash_seed):
    program = RUN.format(blocks=BLOCKS, out=str(tmp_path / "run"))
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.path.dirname(__file__)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == result["digest"], done.stderr


def test_another_seed_gives_another_digest(result, tmp_path):
    other = run_scenario(crash(*POOR_FUND, "seed=3", blocks=BLOCKS), out=tmp_path / "run")
    assert other["digest"] != result["digest"]


def test_fewer_blocks_only_cut_the_run_short():
    longer = digests(crash(blocks=BLOCKS), BLOCKS)
    assert digests(crash(blocks=BLOCKS), 20) == longer[:20]
    assert digests(crash(blocks=20), 20) == longer[:20]


def test_stopping_after_some_blocks_is_a_scenario_of_so_many_blocks(tmp_path):
    stopped = run_scenario(crash(blocks=BLOCKS), out=tmp_path / "stopped", blocks=20)
    short = run_scenario(crash(blocks=20), out=tmp_path / "short")
    assert (stopped["blocks"], stopped["digest"]) == (20, short["digest"])


NO_IMPACT = "market.impact.coefficient=0"


def test_more_agents_of_one_kind_leave_the_market_alone():
    few = spots(crash(NO_IMPACT, blocks=20), 20)
    many = spots(crash(NO_IMPACT, "agents.noise_trader.count=25", blocks=20), 20)
    assert np.array_equal(few, many)


def test_more_agents_of_one_kind_leave_block_space_alone():
    def background(scenario):
        with simulated(scenario) as model:
            fees = []
            for _ in range(20):
                model.step()
                fees.append((model.last.produced.base_fee, model.last.produced.background_gas))
        return fees

    # Every block is full of background demand that outbids the protocol, so that what agents send makes no difference.
    crowded = ("chain.background.load=3", "chain.background.gas_price_gwei=[[0, 1000, 2000, 4000]]")
    assert background(crash(*crowded, blocks=20)) == background(
        crash(*crowded, "agents.noise_trader.count=25", blocks=20)
    )


def test_a_model_draws_only_from_its_named_streams():
    first = digests(crash(blocks=10), 10)
    np.random.seed(12345)  # noqa: NPY002 - the global state that nobody may use
    assert digests(crash(blocks=10), 10) == first
