"""A browser for the tests, and the reports they open."""

import os

import pytest
from chromium import Chromium, find_chromium

from simulator.report import write_report


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Chromium; where there is none the tests are skipped, except under CI, where that is a failure."""
    program = find_chromium()
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no Chromium on this machine: install the package chromium")
    chromium = Chromium(program, tmp_path_factory.mktemp("profile"))
    yield chromium
    chromium.close()


@pytest.fixture(scope="session", params=["crash_run", "calm_run", "interrupted_run", "one_block_run"])
def report(request):
    """The report of each kind of run."""
    return write_report(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
def crash_report(crash_run):
    """The report of a run with everything in it."""
    return write_report(crash_run)
