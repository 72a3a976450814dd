"""Fixtures that several folders of tests use."""

import signal

import pytest
from synthetic_run import write_synthetic_run

# A shell starts what it puts in the background with Ctrl-C ignored, and children inherit that: tests send it to them.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def crash_run(tmp_path_factory):
    """The folder of a complete synthetic run with a crash, liquidations and losses. Read only."""
    return write_synthetic_run(tmp_path_factory.mktemp("runs") / "crash", blocks=3000)


@pytest.fixture(scope="session")
def calm_run(tmp_path_factory):
    """The folder of a complete synthetic run in which nothing is liquidated. Read only."""
    return write_synthetic_run(tmp_path_factory.mktemp("runs") / "calm", blocks=200, fall=0.0)


@pytest.fixture(scope="session")
def interrupted_run(tmp_path_factory):
    """The folder of a synthetic run that was interrupted amid the crash. Read only."""
    return write_synthetic_run(tmp_path_factory.mktemp("runs") / "cut", blocks=3000, stop_at=1480)


@pytest.fixture(scope="session")
def one_block_run(tmp_path_factory):
    """The folder of a run that was interrupted after its first block. Read only."""
    return write_synthetic_run(tmp_path_factory.mktemp("runs") / "one", blocks=200, stop_at=1)
