"""Crashes that several files look at, each simulated once."""

import pytest
from crash import POOR_FUND, crash, simulated
from witness import watch

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
