"""Crashes that several files look at, each simulated once, and empty chains."""

import shutil

import pytest
from crash import POOR_FUND, crash, simulated
from web3_probe import GENESIS
from witness import watch

from simulator.chain.backends import connect
from simulator.run import run_scenario

HOUSES = {
    "dutch-scenario": ("liquidation.mechanism=dutch", "protocol.rule=scenario"),
    "dutch-isolated": ("liquidation.mechanism=dutch", "protocol.rule=isolated"),
    "fixed-scenario": ("liquidation.mechanism=fixed", "protocol.rule=scenario"),
    "fixed-isolated": ("liquidation.mechanism=fixed", "protocol.rule=isolated"),
}


@pytest.fixture(scope="session", params=HOUSES)
def crashed(request):
    """What happened in a crash with a poor fund, under one mechanism and one margin rule. Read only."""
    with simulated(crash(*POOR_FUND, *HOUSES[request.param])) as model:
        yield watch(model)


@pytest.fixture(scope="session")
def recorded_crash(tmp_path_factory):
    """The folder of a complete run with failed transactions and liquidations. Read only."""
    folder = tmp_path_factory.mktemp("recorded") / "run"
    run_scenario(crash(*POOR_FUND, blocks=40), out=folder)
    return folder


@pytest.fixture
def crash_copy(recorded_crash, tmp_path):
    """A copy of it, to change."""
    return shutil.copytree(recorded_crash, tmp_path / "run")


@pytest.fixture(params=("embedded", "anvil"))
def chain(request):
    """One without blocks, on each backend in turn."""
    chain = connect(request.param, genesis_timestamp=GENESIS)
    yield chain
    chain.close()


@pytest.fixture
def w3(chain):
    """web3.py on such a chain."""
    return chain.web3()
