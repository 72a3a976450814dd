"""Scenario sets as bytes: what contracts/oracle/ScenarioSets.sol stores and ExpectedShortfallMargin reads.

Moves are whole multiples of 2^-26 (1.5e-8) in [-1, 32), so that floats hold them exactly and the mirror sees what the
contract sees. Layout: number of underlyings (1 byte), the underlyings in ascending order (2 bytes each), then per
scenario and underlying the price move and the volatility move (int32 each), big endian.
"""

from dataclasses import dataclass

import numpy as np

from simulator.chain.keccak import keccak256
from simulator.errors import DataError
from simulator.risk.inputs import require_finite
from simulator.risk.scenario_set import ScenarioSet

MAX_SCENARIOS, MAX_UNDERLYINGS = 512, 8
RESOLUTION = 2.0**-26
"""The unit of a move."""
MAX_MOVE = (2**31 - 1) * RESOLUTION
MAX_CHUNK_BYTES = 24_575
"""The largest contract (EIP-170), less the STOP before the data."""
_INT = np.dtype(">i4")
_EVEN = 1e-9


@dataclass(frozen=True, slots=True)
class PostedSet:
    """What a publisher of `ScenarioSets` sends.

    commitment : argument of `commit`
    chunks : arguments of `post`, one after the other, after their index
    """

    commitment: tuple
    chunks: tuple[bytes, ...]


def quantised(shocks) -> np.ndarray:
    """The moves as the contract sees them, to the nearest 2^-26: (n_scenarios, n_assets, 2).

    Parameters
    ----------
    shocks : (n_scenarios, n_assets, 2)
        Price in the scenario over price now, less one; relative change of implied volatility.

    Raises
    ------
    DataError
        Not of that shape, not finite, over 512 scenarios or 8 assets, or a move outside [-1, 32).
    """
    return _units(shocks) * RESOLUTION


def encode(shocks, underlyings=None) -> bytes:
    """The bytes of a set. `underlyings`: the number of each asset, ascending; 0, 1, ... if left out.

    Parameters and errors as for `quantised`.
    """
    units = _units(shocks)
    assets = units.shape[1]
    numbers = np.arange(assets) if underlyings is None else np.asarray(underlyings)
    if numbers.shape != (assets,) or (np.diff(numbers) <= 0).any() or numbers[0] < 0 or numbers[-1] >= 2**16:
        raise DataError(
            f"underlyings {numbers.tolist()}: {assets} different numbers in [0, 65535] are needed, in ascending order"
        )
    return bytes([assets]) + numbers.astype(">u2").tobytes() + units.astype(_INT).tobytes()


def decode(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The underlyings, (n_assets,), and the moves, (n_scenarios, n_assets, 2), of a set.

    Raises DataError if the bytes are no set.
    """
    assets = data[0] if data else 0
    header = 1 + 2 * assets
    cells, rest = divmod(len(data) - header, 8 * assets) if assets else (0, 0)
    if not 1 <= assets <= MAX_UNDERLYINGS or not 1 <= cells <= MAX_SCENARIOS or rest:
        raise DataError(f"{len(data)} bytes, the first {assets}, are no scenario set")
    moves = np.frombuffer(data, _INT, offset=header).reshape(cells, assets, 2)
    return np.frombuffer(data, ">u2", assets, 1).astype(int), moves.astype(np.float64) * RESOLUTION


def posted(data: bytes, timestamp: int, horizon: int) -> PostedSet:
    """How to post the bytes of a set, computed at `timestamp` for moves over `horizon` seconds.

    Raises DataError if the bytes are no set.
    """
    underlyings, moves = decode(data)
    commitment = (keccak256(data), int(timestamp), int(horizon), len(moves), len(underlyings))
    chunks = tuple(data[at : at + MAX_CHUNK_BYTES] for at in range(0, len(data), MAX_CHUNK_BYTES))
    return PostedSet(commitment, chunks)


def shocks_of(scenarios: ScenarioSet) -> np.ndarray:
    """Moves of a simulated set as the contract sees them: (n_scenarios, n_assets, 2).

    Raises
    ------
    DataError
        Weights that differ (see `equally_likely`), a stable coin that moves (posted sets have no place for it), and
        what `quantised` raises.
    """
    if np.ptp(scenarios.weights) > _EVEN * scenarios.weights.max():
        raise DataError("the scenarios have different weights; a posted set has none: resample it by equally_likely")
    if (scenarios.stable != 1).any():
        raise DataError("the scenarios move the stable coin, which a posted set cannot; leave it at 1")
    return quantised(scenarios.shocks)


def equally_likely(scenarios: ScenarioSet, count: int = MAX_SCENARIOS) -> ScenarioSet:
    """`count` scenarios of equal weight that stand for the set, each as often as its weight says, to less than one.

    Systematic resampling with the midpoint in place of a random start, in the order of the assets' mean return: each
    share of probability, the tails too, has its share of scenarios.

    Raises DataError if `count` is below 1.

    Source: Kitagawa (1996), Monte Carlo filter and smoother for non-Gaussian nonlinear state space models, J.
    Computational and Graphical Statistics 5(1), appendix.
    """
    if count < 1:
        raise DataError(f"{count} scenarios: at least 1 is needed")
    if count == len(scenarios.weights) and np.ptp(scenarios.weights) <= _EVEN / count:
        return scenarios
    order = np.argsort(scenarios.returns.mean(axis=1), kind="stable")
    points = (np.arange(count) + 0.5) / count
    place = np.searchsorted(np.cumsum(scenarios.weights[order]), points)
    chosen = np.sort(order[np.minimum(place, len(order) - 1)])
    return ScenarioSet(scenarios.returns[chosen], None, scenarios.volatility[chosen], scenarios.stable[chosen])


def _units(shocks) -> np.ndarray:
    shocks = require_finite(shocks, "scenario moves", 3)
    scenarios, assets, kinds = shocks.shape
    if scenarios > MAX_SCENARIOS or assets > MAX_UNDERLYINGS or kinds != 2:
        raise DataError(
            f"scenario moves of shape {shocks.shape}: at most {MAX_SCENARIOS} scenarios of at most {MAX_UNDERLYINGS} "
            "assets are needed, each with a price move and a volatility move"
        )
    outside = (shocks < -1) | (shocks > MAX_MOVE)
    if outside.any():
        where = tuple(int(i) for i in np.argwhere(outside)[0])
        raise DataError(f"scenario move {shocks[where]} at {where}: moves lie in [-1, 32)")
    return np.rint(shocks / RESOLUTION).astype(np.int64)
