"""Real processes and a real full disk: a run outlives whatever ends its writer."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulator.errors import UsageError
from simulator.record import Run, RunWriter

ROOT = Path(__file__).resolve().parents[3]

WRITE = """
import resource, sys
from pathlib import Path
from simulator.errors import DataError
from simulator.record import RunWriter
from conftest import write_block

folder, blocks, file_limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if file_limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
try:
    with RunWriter(folder, {"name": "tiny"}, 1, "embedded", {}, flush_blocks=50) as writer:
        for number in range(1, blocks + 1):
            write_block(writer, number)
            if number % 50 == 0:
                print(number, flush=True)
        writer.finish("0x")
except DataError as error:
    sys.exit(f"DataError: {error}")
"""


def start(folder: Path, blocks: int, file_limit: int = 0) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, str(folder), str(blocks), str(file_limit)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def check_whole(run: Run) -> None:
    """The run is a whole number of blocks, nothing missing and nothing twice."""
    whole = list(range(1, run.info.blocks + 1))
    assert list(run.table("blocks")["number"]) == whole
    assert len(run.table("transactions")) == 2 * len(whole)
    assert list(run.table("settlements")["included_block"]) == [n for n in whole if n % 3 == 0]


@pytest.mark.parametrize("delay", [0.0, 0.011, 0.023])
def test_a_killed_writer_leaves_a_readable_run(tmp_path, delay):
    with start(tmp_path / "run", blocks=10**9) as process:
        process.stdout.readline()
        time.sleep(delay)
        process.kill()
    run = Run.open(tmp_path / "run")
    assert run.info.status == "running"
    assert run.info.blocks >= 50
    check_whole(run)


def test_ctrl_c_marks_the_run_interrupted(tmp_path):
    with start(tmp_path / "run", blocks=10**9) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    run = Run.open(tmp_path / "run")
    assert (run.info.status, run.info.reason) == ("interrupted", "interrupted by the user")
    assert run.info.blocks >= 50
    check_whole(run)


def test_force_leaves_a_run_alone_that_another_process_is_writing(tmp_path):
    with start(tmp_path / "run", blocks=10**9) as process:
        process.stdout.readline()
        with pytest.raises(UsageError, match="is being written by another process"):
            RunWriter(tmp_path / "run", {"name": "tiny"}, 2, "embedded", {}, force=True)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    run = Run.open(tmp_path / "run")
    assert (run.info.seed, run.info.status) == (1, "interrupted")
    check_whole(run)


def test_a_file_that_may_not_grow_is_one_clear_error(tmp_path):
    with start(tmp_path / "run", blocks=10**9, file_limit=20_000) as process:
        _, error = process.communicate(timeout=60)
    (line,) = error.splitlines()
    assert "cannot write the run" in line
    assert "File too large" in line
    run = Run.open(tmp_path / "run")
    assert run.info.status == "interrupted"
    assert f"readable up to block {run.info.blocks}" in line
    check_whole(run)


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 256 KB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a file system takes root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_one_clear_error_and_what_was_flushed_stays(tiny_disk):
    with start(tiny_disk / "run", blocks=10**9) as process:
        _, error = process.communicate(timeout=60)
    (line,) = error.splitlines()
    assert "cannot write the run" in line
    assert "No space left on device" in line
    run = Run.open(tiny_disk / "run")
    assert f"readable up to block {run.info.blocks}" in line
    assert run.info.blocks > 0
    check_whole(run)
