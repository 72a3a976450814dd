"""The committed artifacts are what the sources compile to."""

import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def test_artifacts_recompile_to_the_same_bytes():
    check = subprocess.run(
        [sys.executable, "scripts/compile.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr


def test_forge_tests_what_brownie_compiles():
    forge = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    brownie = yaml.safe_load((ROOT / "brownie-config.yaml").read_text())["compiler"]
    optimizer = {"enabled": forge["optimizer"], "runs": forge["optimizer_runs"]}
    assert (forge["evm_version"], forge["via_ir"], optimizer) == (
        brownie["evm_version"],
        brownie["solc"]["viaIR"],
        brownie["solc"]["optimizer"],
    )
