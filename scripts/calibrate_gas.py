"""Measures what each function costs on a node, and writes gas_metering.json and gas_schedule.json.

    python scripts/calibrate_gas.py [--check [--json]] [black-thursday=4000 quiet+protocol.rule=isolated+rare=300 ...]

Runs scenarios for so many blocks on anvil and the embedded chain side by side, set-up included, and takes the gas of
every transaction from both; anvil counts cold storage as a real chain does. With `rare`, functions that runs seldom or
never call are called every few blocks, on a branch that is undone.

The metering is what the embedded chain reports as gas used after execution: by function, and by error for calls that
failed, fitted to what its EVM read. The schedule is what a transaction is charged, on every backend: by label, the mean
of those that succeeded, or a line in the words of calldata where these vary, and the mean of those that failed.

`--check` writes nothing. It prints how far the packaged figures are from the node's, and fails (status 1) if for a
function the error of what is reported exceeds 5 % in the median or 15 % at the 95th percentile, or if a function was
called that is not metered. Its seeds are not those of the calibration.
"""

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, product
from pathlib import Path

from gas_calibration.fits import errors, metering, schedule, unmetered
from gas_calibration.samples import RunSpec, Sample, samples

from simulator.chain.protocol import HARDFORK
from simulator.errors import SeawallError

FOLDER = Path(__file__).resolve().parents[1] / "simulator" / "chain"
SCHEDULE, METERING = FOLDER / "gas_schedule.json", FOLDER / "gas_metering.json"
CRASH = "scripts/gas_calibration/calibration.toml"
RULES = [f"protocol.rule={rule}" for rule in ("scenario", "isolated", "parametric", "expected-shortfall")]
MECHANISMS = [
    "liquidation.mechanism=dutch",
    "liquidation.mechanism=fixed",
    "liquidation.mechanism=english+liquidation.bid_seconds=60",
]
HOLDS = [
    "settlement.hold=depth+settlement.depth=8",
    "settlement.hold=checkpoint+finality.model=instant_bft+finality.delay_blocks=6",
    "settlement.hold=checkpoint+settlement.timeout_seconds=60",
]
MODES = [f"{a}+{b}" for a, b in (*product(MECHANISMS, RULES), *product(MECHANISMS[::2], HOLDS))]
DEFAULT_MODE = ["black-thursday=2500", "black-thursday+seed=3=2000", "black-thursday+seed=4=1500"]
PROCESSES = 2
MEDIAN, TAIL, LEAST_CALLS = 0.05, 0.15, 3
"""Bounds of the error, for what is called as often."""


def crashes(seed: int) -> list[str]:
    """A crash with rare calls in each mode, each with a seed of its own from `seed` up."""
    return [f"{CRASH}+seed={seed + number}+{mode}+rare=120" for number, mode in enumerate(MODES)]


def measured(runs: list[str]) -> list[Sample]:
    """Samples of all runs, in the order of the runs."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        return list(chain.from_iterable(pool.map(samples, runs)))


def write(runs: list[str], taken: list[Sample]) -> None:
    source = f"anvil, {HARDFORK}: {', '.join(runs)}"
    _write(METERING, {"source": f"{source}; gas on anvil against the embedded EVM's", "functions": metering(taken)})
    costs = {"default": json.loads(SCHEDULE.read_text())["default"], "costs": schedule(taken)}
    _write(SCHEDULE, {"source": f"{source}; mean gas on anvil", **costs})


def calibrate(runs: list[str]) -> int:
    """Write both files from these runs, or those that fit the packaged ones."""
    runs = runs or [*DEFAULT_MODE, *crashes(11), "black-thursday+liquidation.mechanism=english=1500"]
    taken = measured(runs)
    write(runs, taken)
    _print(errors(taken), unmetered(taken))
    return 0


def compare(runs: list[str], as_json: bool) -> int:
    """Print how far the packaged figures are off in these runs, or in others than fitted them; 1 if too far."""
    taken = measured(runs or ["black-thursday+seed=2=2500", *crashes(31)])
    table, missing = errors(taken), unmetered(taken)
    if as_json:
        print(json.dumps({"functions": table, "unmetered": missing}))
    else:
        _print(table, missing)
    return 1 if missing or not all(_close(row) for row in table.values()) else 0


def _write(path: Path, table: dict) -> None:
    path.write_text(json.dumps(table, indent=2) + "\n")


def _print(table: dict[str, dict[str, float]], missing: list[str]) -> None:
    print(
        f"{'':<38}{'calls':>7}{'node, mean':>12}{'reported: median':>18}{'95 %':>8}{'charged: median':>17}{'95 %':>8}"
    )
    for label, row in table.items():
        print(f"{label:<38}{row['calls']:>7}{row['node']:>12,.0f}{row['median']:>18.1%}{row['tail']:>8.1%}", end="")
        print(f"{row['charged_median']:>17.1%}{row['charged_tail']:>8.1%}{'' if _close(row) else '  too far'}")
    for name in missing:
        print(f"{name}: not metered")


def _close(row: dict[str, float]) -> bool:
    return row["calls"] < LEAST_CALLS or (row["median"] <= MEDIAN and row["tail"] <= TAIL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", help="scenario[+key=value...][+rare]=blocks")
    parser.add_argument("--check", action="store_true", help="only compare the packaged figures with a node's")
    parser.add_argument("--json", action="store_true", help="with --check: print the comparison as JSON")
    options = parser.parse_args()
    try:
        for run in options.runs:
            RunSpec.parse(run)
        sys.exit(compare(options.runs, options.json) if options.check else calibrate(options.runs))
    except SeawallError as error:
        sys.exit(f"calibrate_gas: {error}")


if __name__ == "__main__":
    main()
