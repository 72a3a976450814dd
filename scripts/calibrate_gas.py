"""Measures what each kind of transaction costs on a node, and writes simulator/chain/gas_schedule.json.

    python scripts/calibrate_gas.py [black-thursday=4000 flash-crash=600 ...]

Runs the scenarios on anvil for so many blocks and takes the gas of every successful transaction from its receipt, which
counts cold storage as a real chain does. A label whose calldata varies in length gets a line (least squares), any other
the mean. Labels the scenarios never sent keep what they had and are listed as estimated.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from simulator.chain.backends import connect
from simulator.chain.protocol import HARDFORK
from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp
from simulator.scenario.load import load

FILE = Path(__file__).resolve().parents[1] / "simulator" / "chain" / "gas_schedule.json"
DEFAULT_RUNS = ["black-thursday=4000", "flash-crash=600"]
ROUND_TO = 1000

Samples = dict[str, list[tuple[int, int]]]


def sample(scenario_name: str, blocks: int, samples: Samples) -> None:
    """Add (words of calldata, gas used) of every successful transaction of a run, by label."""
    scenario = load(scenario_name)
    chain = connect("anvil", genesis_timestamp=genesis_timestamp(scenario))
    try:
        model = ProtocolModel(scenario, chain)
        for _ in range(min(blocks, scenario.chain.blocks)):
            model.step()
            produced = model.last.produced
            for pending, receipt in zip(produced.included, produced.block.receipts, strict=True):
                if receipt.succeeded:
                    words = -(-len(pending.transaction.data) // 32)
                    samples[pending.label].append((words, receipt.gas_used))
    finally:
        chain.close()


def cost(observed: list[tuple[int, int]]) -> dict[str, int]:
    """Base and gas per word of calldata, rounded."""
    words, gas = np.array(observed, dtype=float).T
    if np.ptp(words) == 0:
        return {"base": _rounded(gas.mean())}
    slope, base = np.polyfit(words, gas, 1)
    if slope <= 0 or base < ROUND_TO:
        return {"base": _rounded(gas.mean())}
    return {"base": _rounded(base), "per_word": round(slope)}


def _rounded(gas: float) -> int:
    return int(round(gas / ROUND_TO) * ROUND_TO)


def main(arguments: list[str]) -> None:
    runs = [argument.partition("=") for argument in arguments or DEFAULT_RUNS]
    samples: Samples = defaultdict(list)
    for name, _, blocks in runs:
        sample(name, int(blocks), samples)
    table = json.loads(FILE.read_text())
    measured = {label: cost(observed) for label, observed in samples.items()}
    costs = {**table["costs"], **measured}
    table = {
        "source": f"anvil, {HARDFORK}: mean gas of successful transactions of "
        + ", ".join(f"{name} ({blocks} blocks)" for name, _, blocks in runs),
        "estimated": sorted(set(costs) - set(measured)),
        "default": table["default"],
        "costs": dict(sorted(costs.items())),
    }
    FILE.write_text(json.dumps(table, indent=2) + "\n")
    for label, observed in sorted(samples.items()):
        gas = [used for _, used in observed]
        print(f"{label:<36}{len(gas):>7}{min(gas):>12,}{round(np.mean(gas)):>12,}{max(gas):>12,}  {measured[label]}")


if __name__ == "__main__":
    main(sys.argv[1:])
