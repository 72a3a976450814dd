"""What the oracle costs a block: a scenario's market observed, estimated and published without a chain.

    python scripts/benchmarks/oracle.py [--scenario black-thursday] [--blocks 9000]

Processor time of observe, due and parameters_due together, per block, for the default oracle and for heavier ones; fits
included. What is asked of a chain, and of agents, is in run.py.
"""

import argparse
import time

import numpy as np

from simulator.market import Market
from simulator.oracle.engine import OracleEngine
from simulator.oracle.garch_fit import fit_garch
from simulator.scenario.load import load
from simulator.streams import seed_sequence

ORACLES = {
    "default": [],
    "all ranges and bipower": [
        'oracle.volatility=["ewma", "parkinson", "garman_klass", "rogers_satchell", "yang_zhang", "bipower"]'
    ],
    "five-minute bars, dcc": ["oracle.bar_seconds=300", 'oracle.correlation="dcc"'],
    "five-minute bars, GJR-GARCH, ES, all steps": [
        "oracle.bar_seconds=300",
        'oracle.volatility=["gjr_garch"]',
        'oracle.policy.kind="es_targeted"',
        'oracle.policy.steps=[{step="stressed_weight"}, {step="floor"}, {step="buffer"}, {step="speed_limit"}]',
        "oracle.policy.liquidity={}",
        "oracle.recalibration_seconds=21600",
    ],
}


def seconds(name: str, blocks: int, overrides: list[str]) -> float:
    """Processor time of the oracle over a run."""
    scenario = load(name, [f"chain.blocks={blocks}", *overrides])
    market = Market(scenario, seed_sequence(scenario.seed, "market"))
    expiries = [(n, int(e.timestamp())) for n, a in enumerate(scenario.market.assets) for e in a.listing.options]
    engine, quote, spent = OracleEngine(scenario, expiries), market.quote, 0.0
    for block in range(blocks):
        now = quote.timestamp if block == 0 else quote.timestamp + scenario.chain.block_seconds
        quote = market.advance(now) if block else quote
        begun = time.process_time()
        engine.observe(quote, market)
        engine.due(0, now)
        engine.parameters_due(now)
        spent += time.process_time() - begun
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="black-thursday")
    parser.add_argument("--blocks", type=int, default=9000)
    options = parser.parse_args()
    fit_garch(np.random.default_rng(0).standard_normal(300), asymmetric=True)  # imports arch
    for name, overrides in ORACLES.items():
        spent = seconds(options.scenario, options.blocks, overrides)
        print(f"{name:45}{1e6 * spent / options.blocks:8.1f} us a block{spent:8.2f} s")


if __name__ == "__main__":
    main()
