"""Measures what each kind of transaction costs on a node, and writes gas_schedule.json and gas_metering.json.

    python scripts/calibrate_gas.py [--check] [black-thursday=4000 quiet+protocol.rule=isolated=300 ...]

Runs the scenarios for so many blocks on anvil and the embedded chain side by side, and takes the gas of every
transaction from both receipts; anvil counts cold storage as a real chain does.

The schedule is what a transaction is charged before it is executed, on every backend: by label, the mean of those that
succeeded in the first of the runs that has any, or a line in the words of calldata where these vary (least squares).
Labels never sent keep what they had and are listed as estimated.

The metering is what the embedded chain reports as gas used after execution: by function and outcome, from what
its EVM read, with a bend at the median, and the number of events (least squares of the relative error, in which every
run weighs the same).

`--check` writes nothing: it prints how far the packaged figures are from the node's.
"""

import argparse
import json
from collections import Counter, defaultdict
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
CRASH = "scripts/calibration.toml"
DEFAULT_RUNS = [
    "black-thursday=4000",
    *(f"{CRASH}+seed={seed}=120" for seed in (11, 12, 13)),
    *(f"{CRASH}+seed={seed}+protocol.rule=isolated=120" for seed in (14, 15, 16)),
    *(f"{CRASH}+seed={seed}+liquidation.mechanism=fixed=120" for seed in (17, 18)),
    "black-thursday+liquidation.mechanism=english=3000",
    *(f"{CRASH}+seed={seed}+liquidation.mechanism=english+liquidation.bid_seconds=60=120" for seed in (19, 20)),
    f"{CRASH}+seed=21+settlement.hold=depth+settlement.depth=8=120",
    f"{CRASH}+seed=22+settlement.hold=checkpoint+finality.model=instant_bft+finality.delay_blocks=6=120",
    f"{CRASH}+seed=23+settlement.hold=checkpoint+settlement.timeout_seconds=60=120",
]
ROUND_TO = 1000

# With fewer calls, or less spread in what the EVM read, slopes mean nothing: then only the constant is fitted.
LEAST_CALLS, LEAST_SPREAD = 20, 1.02


class Sample(NamedTuple):
    """One transaction on both chains. `run` numbers its run, `scheduled` is what it was charged."""

    run: int
    data: bytes
    succeeded: bool
    logs: int
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


def sample(number: int, name: str, overrides: list[str], blocks: int, samples: Samples) -> None:
    """Add every transaction of the first `blocks` of a run, by label."""
    scenario = load(name, overrides)
    metering = Metering.load()
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
                logs = len(receipt.logs)
                metered = metering.gas(data, succeeded, read, logs)
                samples[pending.label].append(Sample(number, data, succeeded, logs, read, metered, node, pending.gas))
    finally:
        chain.close()


def first_succeeded(samples: Samples) -> Samples:
    """By label, the successful calls of the first run that has any."""
    found: Samples = {}
    for label, calls in samples.items():
        succeeded = [call for call in calls if call.succeeded]
        if succeeded:
            found[label] = [call for call in succeeded if call.run == succeeded[0].run]
    return found


def cost(calls: list[Sample]) -> dict[str, int]:
    """Base and gas per word of calldata, rounded."""
    words, gas = np.array([(call.words, call.node) for call in calls], dtype=float).T
    if np.ptp(words) == 0:
        return {"base": _rounded(gas.mean())}
    slope, base = np.polyfit(words, gas, 1)
    if slope <= 0 or base < ROUND_TO:
        return {"base": _rounded(gas.mean())}
    return {"base": _rounded(base), "per_word": round(slope)}


def fit(calls: list[Sample]) -> dict[str, float]:
    """From what the embedded EVM read and the number of events to the node's gas."""
    read, logs, node = np.array([(call.read, call.logs, call.node) for call in calls], dtype=float).T
    if len(calls) < LEAST_CALLS or read.max() < LEAST_SPREAD * read.min():
        return {"base": float(np.median(node - read))}
    of_run = Counter(call.run for call in calls)
    weight = np.array([of_run[call.run] for call in calls], dtype=float) ** -0.5
    knee = float(np.median(read))
    design = np.column_stack([np.ones(len(node)), read, np.maximum(read - knee, 0.0), logs]) * (weight / node)[:, None]
    base, slope, bend, per_log = np.linalg.lstsq(design, weight, rcond=None)[0].tolist()
    return {
        "base": round(base),
        "slope": round(slope, 4),
        "knee": knee,
        "bend": round(bend, 4),
        "per_log": round(per_log),
    }


def metering_of(calls: list[Sample]) -> dict:
    """Selector and fits of one function."""
    entry: dict = {"selector": f"0x{calls[0].data[:4].hex()}"}
    for outcome, succeeded in (("succeeded", True), ("failed", False)):
        chosen = [call for call in calls if call.succeeded is succeeded]
        if chosen:
            entry[outcome] = fit(chosen)
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
    parser.add_argument("runs", nargs="*", default=DEFAULT_RUNS, help="scenario[+key=value...]=blocks")
    parser.add_argument("--check", action="store_true", help="only compare the packaged figures with a node's")
    options = parser.parse_args()
    samples: Samples = defaultdict(list)
    for number, argument in enumerate(options.runs):
        run, _, blocks = argument.rpartition("=")
        name, *overrides = run.split("+")
        sample(number, name, overrides, int(blocks), samples)
    report(samples)
    if options.check:
        return
    source = f"anvil, {HARDFORK}: {', '.join(options.runs)}"
    table = json.loads(SCHEDULE.read_text())
    measured = {label: cost(calls) for label, calls in first_succeeded(samples).items()}
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
