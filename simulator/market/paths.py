"""Undisturbed prices of all assets of a scenario, block by block."""

import numpy as np

from simulator.errors import ScenarioError
from simulator.market.bridge import HistoricalBridge
from simulator.market.gbm import GeometricBrownianMotion
from simulator.market.heston import HestonVariance
from simulator.market.merton import MertonJumpDiffusion
from simulator.market.process import Draws, PriceProcess
from simulator.scenario import Scenario
from simulator.scenario.market import GBM, Heston, HistoricalPath, MertonJump

_PROCESSES = {GBM: GeometricBrownianMotion, MertonJump: MertonJumpDiffusion, Heston: HestonVariance}
_COMMON, _NORMALS, _OWN = range(3)


def simulate(scenario: Scenario, seed: np.random.SeedSequence) -> tuple[np.ndarray, np.ndarray]:
    """Block times and prices.

    The same seed gives the same prices; a shorter run sees the beginning of a longer one's, and adding an asset at the
    end leaves the others' alone.

    Returns
    -------
    times : (n_blocks + 1,), UTC seconds, from the start on
    prices : (n_blocks + 1, n_assets), quote currency

    Raises
    ------
    ScenarioError
        If a historical path still names a file (`simulator.scenario.load` turns it into bars).
    """
    market, step = scenario.market, scenario.chain.block_seconds
    start = int(market.start.timestamp())
    end = start + scenario.chain.blocks * step
    spans = [(start, end)] * len(market.assets)
    processes: list[PriceProcess] = []
    for index, asset in enumerate(market.assets):
        if isinstance(asset.path, HistoricalPath):
            if asset.path.file is not None:
                raise ScenarioError(f"{asset.symbol} path names a file; load the scenario with simulator.scenario.load")
            bridge = HistoricalBridge(asset.path)
            first, last = bridge.span(start, end)
            # On the block grid, inside the bars.
            spans[index] = (start - (start - first) // step * step, max(end, start + (last - 1 - start) // step * step))
            processes.append(bridge)
        else:
            processes.append(_PROCESSES[type(asset.path)](asset.path))
    times = np.arange(min(first for first, _ in spans), max(last for _, last in spans) + 1, step)
    normals = _normals(market.correlation, len(market.assets), len(times) - 1, seed)
    prices = np.empty((scenario.chain.blocks + 1, len(market.assets)))
    for index, (process, (first, last)) in enumerate(zip(processes, spans, strict=True)):
        begin, stop = (first - times[0]) // step, (last - times[0]) // step
        draws = Draws(normals[begin:stop, index], _stream(seed, _OWN, index), _stream(seed, _COMMON))
        path = process.path(times[begin : stop + 1], draws)
        skip = (start - first) // step
        prices[:, index] = path[skip : skip + len(prices)]
    return np.arange(start, end + 1, step), prices


def _normals(
    correlation: list[list[float]] | None, n_assets: int, n_steps: int, seed: np.random.SeedSequence
) -> np.ndarray:
    """Correlated standard normals, (n_steps, n_assets)."""
    columns = [_stream(seed, _NORMALS, index).standard_normal(n_steps) for index in range(n_assets)]
    independent = np.stack(columns, axis=1)
    if correlation is None:
        return independent
    # A singular matrix is a valid correlation; the ridge lets it factor.
    return independent @ np.linalg.cholesky(np.array(correlation) + 1e-12 * np.eye(n_assets)).T


def _stream(seed: np.random.SeedSequence, *key: int) -> np.random.Generator:
    """A generator that depends on seed and key alone, however often it is asked for."""
    return np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *key)))
