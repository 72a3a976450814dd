"""How far flow had moved the price of a run's first asset: from its record, and from its price without flow."""

import math

from simulator.explain import Evidence
from simulator.explain.flows import Flows, TrueMarket
from simulator.explain.impact import ImpactShares
from simulator.market.paths import simulate
from simulator.streams import seed_sequence


def displacements(evidence: Evidence) -> tuple[list[float], list[float]]:
    """Log displacement at each block, recomputed from recorded flow, and true: recorded over undisturbed price."""
    market = TrueMarket(evidence)
    flows = list(Flows(evidence, market))
    causes = {key: number for number, key in enumerate(sorted({flow.cause for flow in flows if flow.cause}))}
    rows = range(len(market.times))
    impact = ImpactShares(market, evidence.scenario, flows, causes, rows)
    _, undisturbed = simulate(evidence.scenario, seed_sequence(evidence.scenario.seed, "market"))
    true = [math.log(market.spot(0, row) / undisturbed[row + 1, 0]) for row in rows]
    return [float(impact.displacement(row)[0]) for row in rows], true
