"""Where the time of a run goes, and how its transaction rate compares with a bare pyrevm loop over the same calldata.

    python scripts/benchmarks/run.py [SCENARIO] [--blocks N] [--set KEY=VALUE]

Parts are measured in processor time by wrapping the calls a step makes; a part that runs inside another counts once,
for itself. The bare loop executes the run's own transactions after set-up and keeps nothing.
"""

import argparse
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from chain import bare_loop

from agents.desk import Desk
from agents.liquidation_view import LiquidationView
from agents.liquidators import Liquidator
from agents.market_view import MarketView
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.protocol import Block, Transaction
from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp
from simulator.oracle.engine import OracleEngine
from simulator.record.recorder import Recorder
from simulator.risk.rules import margin_rule
from simulator.run import run_scenario
from simulator.scenario.load import load


class Clock:
    """Processor time by part; time in an inner part is not counted again for the outer one."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._inner: list[float] = []

    def wrap(self, owner: type, method: str, part: str) -> None:
        """Count every call of a method for a part."""
        original: Callable = getattr(owner, method)

        def timed(*arguments, **options):
            self._inner.append(0.0)
            start = time.process_time()
            try:
                return original(*arguments, **options)
            finally:
                spent = time.process_time() - start
                self.seconds[part] += spent - self._inner.pop()
                if self._inner:
                    self._inner[-1] += spent

        setattr(owner, method, timed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario", nargs="?", default="black-thursday")
    parser.add_argument("--blocks", type=int)
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="KEY=VALUE")
    options = parser.parse_args()
    scenario = load(options.scenario, overrides=options.overrides)
    rule = type(margin_rule(scenario.protocol.rule))
    clock, tape = Clock(), []
    mine = EmbeddedChain.mine

    def taped(chain: EmbeddedChain, transactions: list[Transaction], timestamp: int) -> Block:
        block = mine(chain, transactions, timestamp)
        tape.append((timestamp, tuple(transactions)))
        return block

    EmbeddedChain.mine = taped
    for owner, method, part in (
        (EmbeddedChain, "mine", "EVM: blocks"),
        (EmbeddedChain, "calls", "EVM: reconciliation"),
        (MarketView, "advance", "market"),
        (OracleEngine, "observe", "oracle"),
        (rule, "scenario_values", "mirror of the rule"),
        (rule, "requirements", "mirror of the rule"),
        (LiquidationView, "advance", "liquidation view"),
        (Liquidator, "act", "liquidators"),
        (Desk, "trade", "matching and margin checks"),
        (ProtocolModel, "_absorb", "events and index"),
        (Recorder, "genesis", "record"),
        (Recorder, "step", "record"),
        (ProtocolModel, "step", "agents and the rest of a step"),
        (ProtocolModel, "__init__", "set-up"),
    ):
        clock.wrap(owner, method, part)
    with tempfile.TemporaryDirectory() as folder:
        wall, start = time.perf_counter(), time.process_time()
        figures = run_scenario(scenario, out=Path(folder) / "run", blocks=options.blocks)
        total, wall = time.process_time() - start, time.perf_counter() - wall
    EmbeddedChain.mine = mine
    setup = next(at for at, (timestamp, _) in enumerate(tape) if timestamp > int(scenario.market.start.timestamp()))
    count = sum(len(transactions) for _, transactions in tape[setup:])
    bare = bare_seconds(genesis_timestamp(scenario), tape, setup)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{options.scenario}: {figures['blocks']:,} blocks, {count:,} transactions, ", end="")
    print(f"{figures['liquidations']:,} liquidations")
    print(f"{wall:.1f} s wall, {total:.1f} s processor, {memory:,.0f} MiB at the peak\n")
    for part, seconds in sorted(clock.seconds.items(), key=lambda item: -item[1]):
        print(f"{part:32} {seconds:8.2f} s {100 * seconds / total:6.1f} %")
    print(f"{'outside the steps':32} {total - sum(clock.seconds.values()):8.2f} s")
    evm = clock.seconds["EVM: blocks"]
    print(f"\nbare pyrevm loop                 {count / bare:10,.0f} transactions/s")
    print(f"embedded chain in the run        {count / evm:10,.0f} transactions/s = {100 * bare / evm:.0f} %")
    print(f"whole simulation                 {count / total:10,.0f} transactions/s = {100 * bare / total:.0f} %")


def bare_seconds(genesis: int, tape: list[tuple[int, tuple[Transaction, ...]]], setup: int) -> float:
    """Processor time of executing the simulated blocks with nothing around the EVM."""
    chain = EmbeddedChain(genesis_timestamp=genesis)
    for timestamp, transactions in tape[:setup]:
        chain.mine(transactions, timestamp)
    start = time.process_time()
    bare_loop(chain, tape[setup:])
    return time.process_time() - start


if __name__ == "__main__":
    main()
