"""Gas used as the embedded chain reports it against anvil's own figure, function by function. Needs anvil (`npm ci`).

`scripts/calibrate_gas.py --check` does the same over thousands of blocks of the built-in scenarios.
"""

from collections import defaultdict

import numpy as np
import pytest
from crash import crash
from side_by_side import SideBySide

from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp

# Of fewer, the 95th percentile is no more than the worst.
LEAST_CALLS = 20


@pytest.fixture(scope="module")
def gas():
    """(ours, anvil's) of every transaction of a crash, by function."""
    scenario = crash("liquidation.mechanism=dutch", "protocol.rule=scenario")
    chain = SideBySide(genesis_timestamp(scenario))
    measured = defaultdict(list)
    try:
        model = ProtocolModel(scenario, chain)
        for _ in range(scenario.chain.blocks):
            model.step()
            produced = model.last.produced
            for pending, receipt, theirs in zip(
                produced.included, produced.block.receipts, chain.node_gas, strict=True
            ):
                measured[pending.label].append((receipt.gas_used, theirs))
    finally:
        chain.close()
    return {label: np.array(pairs, dtype=float).T for label, pairs in measured.items() if len(pairs) >= LEAST_CALLS}


def test_gas_is_within_5_percent_in_the_median_and_15_at_the_95th_percentile_for_every_function(gas):
    assert {"ClearingHouse.settleTrades", "PriceOracle.publish", "Liquidation.liquidate"} <= set(gas)
    errors = {label: np.abs(ours / theirs - 1) for label, (ours, theirs) in gas.items()}
    medians = {label: float(np.median(error)) for label, error in errors.items()}
    tails = {label: float(np.quantile(error, 0.95)) for label, error in errors.items()}
    assert {label: median for label, median in medians.items() if median > 0.05} == {}
    assert {label: tail for label, tail in tails.items() if tail > 0.15} == {}
