"""The committed artifacts are what the sources compile to."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_artifacts_recompile_to_the_same_bytes():
    check = subprocess.run(
        [sys.executable, "scripts/compile.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr
