"""Gas used as the embedded chain reports it against anvil's own figure, function by function. Needs anvil (`npm ci`).

The runs are not those of the calibration: other seeds, and rules, mechanisms and holds combined in another way.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = "scripts/gas_calibration/calibration.toml"
HOLDS = {
    "depth": "settlement.hold=depth+settlement.depth=5",
    "checkpoint": "settlement.hold=checkpoint+finality.model=instant_bft+finality.delay_blocks=4",
    "timeout": "settlement.hold=checkpoint+settlement.timeout_seconds=90",
}
RUNS = [
    f"{SCENARIO}+seed=101+protocol.rule=scenario+{HOLDS['timeout']}+rare=120",
    f"{SCENARIO}+seed=102+protocol.rule=isolated+liquidation.mechanism=english+liquidation.bid_seconds=60+rare=120",
    f"{SCENARIO}+seed=103+protocol.rule=parametric+{HOLDS['depth']}+rare=120",
    f"{SCENARIO}+seed=104+protocol.rule=expected-shortfall+liquidation.mechanism=fixed+{HOLDS['checkpoint']}+rare=120",
]

# Of fewer, the 95th percentile is no more than the worst.
LEAST_CALLS = 3


@pytest.fixture(scope="module")
def comparison():
    """What `scripts/calibrate_gas.py --check` finds: calls and errors by function, and what is not metered."""
    command = [sys.executable, "scripts/calibrate_gas.py", "--check", "--json", *RUNS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_gas_is_within_5_percent_in_the_median_and_15_at_the_95th_percentile_for_every_function(comparison):
    often = {name: row for name, row in comparison["functions"].items() if row["calls"] >= LEAST_CALLS}
    assert {name: row["median"] for name, row in often.items() if row["median"] > 0.05} == {}
    assert {name: row["tail"] for name, row in often.items() if row["tail"] > 0.15} == {}


def test_every_function_that_was_called_is_metered(comparison):
    assert comparison["unmetered"] == []


def test_the_runs_call_what_runs_seldom_do(comparison):
    seldom = {
        "ClearingHouse.bookBadDebt", "ClearingHouse.openAccount", "ClearingHouse.settleExpiry", "InsuranceFund.redeem",
        "Liquidation.restart", "Liquidation.terminate", "PriceOracle.fixSettlementPrice", "SettlementLedger.release",
        "SettlementLedger.releaseAfterTimeout", "SettlementLedger.void",
    }  # fmt: skip
    assert seldom <= set(comparison["functions"])
