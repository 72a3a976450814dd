"""Paths of a whole scenario: seeds, prefixes, correlation."""

import numpy as np
import pytest

from simulator.market.paths import simulate
from simulator.scenario.load import load

ETH = 'path={process="%s",initial=100,volatility=0.8%s}'
PROCESSES = {
    "gbm": "",
    "merton": ",intensity=5000,jump_mean=-0.01,jump_volatility=0.02",
    "heston": ",long_volatility=0.6,reversion=3,vol_of_vol=0.5",
}


def quiet(process, blocks=200):
    return load("quiet", [f"market.assets.ETH.{ETH % (process, PROCESSES[process])}", f"chain.blocks={blocks}"])


@pytest.mark.parametrize("process", PROCESSES)
def test_the_seed_fixes_the_path(process):
    first, again, other = (simulate(quiet(process), np.random.SeedSequence(seed))[1] for seed in (5, 5, 6))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_asking_twice_with_one_seed_object_gives_one_path():
    seed, scenario = np.random.SeedSequence(5), quiet("merton")
    assert np.array_equal(simulate(scenario, seed)[1], simulate(scenario, seed)[1])


@pytest.mark.parametrize("process", PROCESSES)
def test_a_shorter_run_sees_the_beginning_of_a_longer_one(process):
    seed = np.random.SeedSequence(5)
    assert np.array_equal(simulate(quiet(process, 50), seed)[1], simulate(quiet(process, 200), seed)[1][:51])


@pytest.mark.parametrize("blocks", [1, 299, 300, 301, 7000])
def test_a_shorter_black_thursday_sees_the_beginning_of_the_whole(blocks):
    seed = np.random.SeedSequence(5)
    whole = simulate(load("black-thursday"), seed)[1]
    short = simulate(load("black-thursday", [f"chain.blocks={blocks}"]), seed)[1]
    assert np.array_equal(short, whole[: blocks + 1])


def test_a_run_that_starts_inside_a_bar_sees_the_rest_of_it():
    scenario = load("black-thursday", ["market.start=2020-03-12T10:30:12Z", "chain.blocks=100"])
    times, prices = simulate(scenario, np.random.SeedSequence(1))
    assert len(times) == 101
    assert prices[times == 1584009900, 0] == 125.00  # 10:45:00, the low of that hour


def test_assets_move_with_the_stated_correlation():
    assets = [
        {"symbol": s, "daily_volume": 1.0, "path": {"process": "gbm", "initial": 1.0, "volatility": 1.0}}
        for s in ("AA", "BB", "CC")
    ]
    matrix = [[1.0, 0.8, -0.3], [0.8, 1.0, 0.0], [-0.3, 0.0, 1.0]]
    scenario = load("quiet", [f"market.correlation={matrix}", "chain.blocks=40000", f"market.assets={toml(assets)}"])
    returns = np.diff(np.log(simulate(scenario, np.random.SeedSequence(3))[1]), axis=0)
    standard_error = (1 - np.array(matrix) ** 2) / np.sqrt(40_000)
    assert np.all(np.abs(np.corrcoef(returns.T) - matrix) <= 4 * standard_error + 1e-12)


def test_a_singular_correlation_is_usable():
    scenario = load("flash-crash", ["market.correlation=[[1.0, 1.0], [1.0, 1.0]]", "chain.blocks=50"])
    assert np.all(np.isfinite(simulate(scenario, np.random.SeedSequence(3))[1]))


def test_assets_of_one_jump_intensity_jump_together():
    returns = np.diff(np.log(simulate(load("flash-crash"), np.random.SeedSequence(3))[1]), axis=0)
    eth, btc = (set(np.flatnonzero(np.abs(column) > 0.008)) for column in returns.T)
    assert len(eth) >= 3 and len(eth & btc) >= 0.5 * len(eth)


def test_black_thursday_reaches_its_published_low():
    prices = simulate(load("black-thursday"), np.random.SeedSequence(9))[1]
    assert prices[0].tolist() == [194.61, 7934.52]
    assert prices.min(axis=0).tolist() == [86.00, 3782.13]


def toml(assets):
    """Inline TOML of a list of tables."""

    def value(v):
        if isinstance(v, dict):
            return "{" + ", ".join(f"{key} = {value(item)}" for key, item in v.items()) + "}"
        return f'"{v}"' if isinstance(v, str) else str(v)

    return "[" + ", ".join(value(asset) for asset in assets) + "]"
