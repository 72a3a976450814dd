"""The `seawall` program as a shell starts it."""

import os
import subprocess
import sys

COMMAND = [sys.executable, "-m", "simulator.cli"]
PATIENCE = 300


def seawall(*arguments, folder=None, **environment) -> subprocess.CompletedProcess:
    """Run `seawall` with `arguments` in `folder` and wait for it."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "COLUMNS": "120", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def one_line_error(done: subprocess.CompletedProcess) -> str:
    """The error of a command that failed as it should: one line on standard error, nothing on standard output."""
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("seawall: error: "), lines[0]
    return lines[0].removeprefix("seawall: error: ")
