"""How far liquidations had moved a price at a time, each of them and together."""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from simulator.explain.flows import Flow, Key, TrueMarket
from simulator.scenario import Scenario

_YEAR_DAYS = 365


class ImpactShares:
    """Log displacement of prices by the flow of a run, and the part of it that each cause answers for.

    The impact of `simulator.market.impact`, taken apart. The permanent part is linear in flow, so each cause has its
    own. The temporary part is the signed square root of x, and x is linear: flow q adds c^2 q / V, and x decays. What
    all causes together did is counterfactual: the displacement less what it would be without their x. It is shared
    among those that pushed in its direction in proportion to their x: shares add up to the whole and none exceeds it.

    Parameters
    ----------
    market : TrueMarket
    scenario : Scenario
    flows : iterable of Flow
        In the order in which they reached the market.
    causes : mapping
        Liquidation (settlement, attempt) to the number of the cause that it belongs to, from 0 without gaps.
    rows : sequence of int
        Rows of the market at which shares will be asked for.
    """

    def __init__(
        self,
        market: TrueMarket,
        scenario: Scenario,
        flows: Iterable[Flow],
        causes: Mapping[Key, int],
        rows: Sequence[int],
    ):
        self.causes = count = 1 + max(causes.values(), default=-1)
        by_row: dict[int, list[Flow]] = {}
        for flow in flows:
            by_row.setdefault(market.row(flow.timestamp), []).append(flow)
        wanted, section = set(rows), scenario.market.impact
        n_assets = len(scenario.market.assets)
        volumes = [asset.daily_volume for asset in scenario.market.assets]
        # The last column is flow without a cause.
        temporary, permanent = np.zeros((n_assets, count + 1)), np.zeros((n_assets, count + 1))
        self._shares: dict[int, np.ndarray] = {}
        self._total: dict[int, np.ndarray] = {}
        for row, time in enumerate(market.times):
            if row in wanted:
                self._shares[row] = np.array([_shares(*parts) for parts in zip(temporary, permanent, strict=True)])
                total = temporary.sum(axis=1)
                self._total[row] = np.sign(total) * np.sqrt(np.abs(total)) + permanent.sum(axis=1)
            seconds = time - market.times[row - 1] if row else scenario.chain.block_seconds
            temporary *= 0.25 ** (seconds / section.recovery_half_life_seconds)
            for flow in by_row.get(row, ()):
                cause = count if flow.cause is None else causes[flow.cause]
                scale = section.coefficient * market.short_volatility(flow.asset, row) / math.sqrt(_YEAR_DAYS)
                share = flow.quantity / volumes[flow.asset]
                temporary[flow.asset, cause] += scale**2 * share
                permanent[flow.asset, cause] += scale * section.permanent_share * share

    def shares(self, row: int) -> np.ndarray:
        """Log displacement by each cause: (n_assets, n_causes)."""
        return self._shares[row]

    def displacement(self, row: int) -> np.ndarray:
        """Log displacement by all flow: (n_assets,)."""
        return self._total[row]


def _shares(temporary: np.ndarray, permanent: np.ndarray) -> np.ndarray:
    """Displacement of one asset by cause, from their x and their permanent parts: (n_causes + 1,) each, others last."""
    own, other = temporary[:-1], temporary[-1]
    ours = own.sum()
    joint = _root(ours + other) - _root(other)
    pushing = np.where(own * ours > 0, own, 0.0)
    whole = pushing.sum()
    return permanent[:-1] + (joint * pushing / whole if whole else 0.0)


def _root(x: float) -> float:
    return math.copysign(math.sqrt(abs(x)), x)
