"""Measures what each kind of transaction costs on a node, and writes gas_schedule.json and gas_metering.json.

    python scripts/calibrate_gas.py [--check] [black-thursday=4000 flash-crash=600 ...]

Runs the scenarios for so many blocks on anvil and the embedded chain side by side, and takes the gas of every
transaction from both receipts; anvil counts cold storage as a real chain does.

The schedule is what a transaction is charged before it is executed, on every backend: by label, the mean of those that
succeeded, or a line in the words of calldata where these vary (least squares). Labels never sent keep what
they had and are listed as estimated. The metering is what the embedded chain reports as gas used after execution: by
function and outcome, a line from what its EVM read (least squares of the relative error).

`--check` writes nothing: it prints how far the packaged figures are from the node's.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from simulator.chain.backends import connect
from simulator.chain.metering import Metering
from simulator.chain.protocol import HARDFORK, Block, Chain, Transaction
from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp
from simulator.scenario.load import load

FOLDER = Path(__file__).resolve().parents[1] / "simulator" / "chain"
SCHEDULE, METERING = FOLDER / "gas_schedule.json", FOLDER / "gas_metering.json"
DEFAULT_RUNS = ["black-thursday=4000", "flash-crash=600"]
ROUND_TO = 1000

# With fewer calls, or less spread in what the EVM read, a slope means nothing: then it is one.
LEAST_CALLS, LEAST_SPREAD = 8, 1.02


class Sample(NamedTuple):
    """One transaction on both chains. `scheduled` is what it was charged."""

    data: bytes
    succeeded: bool
    read: int
    metered: int
    node: int
    scheduled: int

    @property
    def words(self) -> int:
        return -(-len(self.data) // 32)


Samples = dict[str, list[Sample]]


class SideBySide:
    """The embedded chain, with a node that mines the same blocks next to it."""

    def __init__(self, genesis: int):
        self._chain, self._node = (connect(name, genesis_timestamp=genesis) for name in ("embedded", "anvil"))
        self._chain.metering = Metering({})
        self.gas: list[tuple[int, int]] = []

    def __getattr__(self, name: str):
        return getattr(self._chain, name)

    def fund(self, address: str, wei: int) -> None:
        for chain in (self._chain, self._node):
            chain.fund(address, wei)

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        block, there = (chain.mine(transactions, timestamp) for chain in (self._chain, self._node))
        self.gas = [
            (ours.gas_used, theirs.gas_used) for ours, theirs in zip(block.receipts, there.receipts, strict=True)
        ]
        return block

    def reorg(self, depth: int) -> tuple[Block, ...]:
        self._node.reorg(depth)
        return self._chain.reorg(depth)

    def close(self) -> None:
        for chain in (self._chain, self._node):
            chain.close()


def sample(scenario_name: str, blocks: int) -> Samples:
    """Every transaction of the first `blocks` of a run, by label."""
    scenario = load(scenario_name)
    metering, samples = Metering.load(), defaultdict(list)
    chain: Chain = SideBySide(genesis_timestamp(scenario))
    try:
        model = ProtocolModel(scenario, chain)
        for _ in range(min(blocks, scenario.chain.blocks)):
            model.step()
            produced = model.last.produced
            for pending, receipt, (read, node) in zip(
                produced.included, produced.block.receipts, chain.gas, strict=True
            ):
                data, succeeded = pending.transaction.data, receipt.succeeded
                metered = metering.gas(data, succeeded, read)
                samples[pending.label].append(Sample(data, succeeded, read, metered, node, pending.gas))
    finally:
        chain.close()
    return samples


def cost(calls: list[Sample]) -> dict[str, int]:
    """Base and gas per word of calldata, rounded."""
    words, gas = np.array([(call.words, call.node) for call in calls], dtype=float).T
    if np.ptp(words) == 0:
        return {"base": _rounded(gas.mean())}
    slope, base = np.polyfit(words, gas, 1)
    if slope <= 0 or base < ROUND_TO:
        return {"base": _rounded(gas.mean())}
    return {"base": _rounded(base), "per_word": round(slope)}


def line(calls: list[Sample]) -> dict[str, float]:
    """From what the embedded EVM read to the node's gas."""
    read, node = np.array([(call.read, call.node) for call in calls], dtype=float).T
    if len(calls) < LEAST_CALLS or read.max() < LEAST_SPREAD * read.min():
        return {"base": round(float(np.median(node - read))), "slope": 1.0}
    design = np.column_stack([1.0 / node, read / node])
    (base, slope), *_ = np.linalg.lstsq(design, np.ones(len(node)), rcond=None)
    return {"base": round(float(base)), "slope": round(float(slope), 4)}


def metering_of(calls: list[Sample]) -> dict:
    """Selector and lines of one function."""
    entry: dict = {"selector": f"0x{calls[0].data[:4].hex()}"}
    for outcome, succeeded in (("succeeded", True), ("failed", False)):
        chosen = [call for call in calls if call.succeeded is succeeded]
        if chosen:
            entry[outcome] = line(chosen)
    return entry


def report(samples: Samples) -> None:
    """Print, by label, how far the packaged figures are from the node's: median and 95 % quantile."""
    print(f"{'':<36}{'calls':>7}{'node, mean':>12}{'metered: median':>17}{'95 %':>8}{'charged: median':>17}{'95 %':>8}")
    for label, calls in sorted(samples.items()):
        node = np.array([call.node for call in calls], dtype=float)
        metered = np.abs(np.array([call.metered for call in calls]) / node - 1)
        charged = np.abs(np.array([call.scheduled for call in calls]) / node - 1)
        figures = [np.median(metered), np.quantile(metered, 0.95), np.median(charged), np.quantile(charged, 0.95)]
        print(f"{label:<36}{len(calls):>7}{node.mean():>12,.0f}{figures[0]:>17.1%}{figures[1]:>8.1%}", end="")
        print(f"{figures[2]:>17.1%}{figures[3]:>8.1%}")


def _rounded(gas: float) -> int:
    return int(round(gas / ROUND_TO) * ROUND_TO)


def _write(path: Path, table: dict) -> None:
    path.write_text(json.dumps(table, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", default=DEFAULT_RUNS, help="scenario=blocks")
    parser.add_argument("--check", action="store_true", help="only compare the packaged figures with a node's")
    options = parser.parse_args()
    runs = [argument.partition("=") for argument in options.runs]
    samples: Samples = defaultdict(list)
    for name, _, blocks in runs:
        for label, calls in sample(name, int(blocks)).items():
            samples[label] += calls
    report(samples)
    if options.check:
        return
    source = f"anvil, {HARDFORK}: " + ", ".join(f"{name} ({blocks} blocks)" for name, _, blocks in runs)
    table = json.loads(SCHEDULE.read_text())
    succeeded = {label: [call for call in calls if call.succeeded] for label, calls in samples.items()}
    measured = {label: cost(calls) for label, calls in succeeded.items() if calls}
    costs = {**table["costs"], **measured}
    _write(
        SCHEDULE,
        {
            "source": f"{source}; mean gas of successful transactions",
            "estimated": sorted(set(costs) - set(measured)),
            "default": table["default"],
            "costs": dict(sorted(costs.items())),
        },
    )
    known = json.loads(METERING.read_text())["functions"] if METERING.exists() else {}
    functions = {**known, **{label: metering_of(calls) for label, calls in samples.items()}}
    _write(
        METERING,
        {
            "source": f"{source}; gas on anvil against gas read by the embedded EVM",
            "functions": dict(sorted(functions.items())),
        },
    )


if __name__ == "__main__":
    main()
