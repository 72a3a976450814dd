"""Runs of the tiny scenario."""

from pathlib import Path

import pytest
from small_run import write_block

from simulator.record import RunWriter


@pytest.fixture
def new_run(tmp_path):
    """A function that starts a run in `tmp_path / name`."""

    def start(name: str = "run", **options) -> RunWriter:
        options = {"flush_blocks": 4, **options}
        return RunWriter(Path(tmp_path) / name, {"name": "tiny"}, 1, "embedded", {"seawall": "0"}, **options)

    return start


@pytest.fixture
def complete_run(new_run):
    """The folder of a complete run of ten blocks."""
    with new_run() as writer:
        for number in range(1, 11):
            write_block(writer, number)
        writer.finish("0xd1", {"reconciled": True})
    return writer.folder
