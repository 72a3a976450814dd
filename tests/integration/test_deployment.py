"""Deployment of the protocol on a chain."""

import pytest

from simulator.chain.backends import connect
from simulator.errors import TransactionReverted
from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp
from simulator.scenario.load import load


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            "scenario",
            r"deploying ScenarioMargin reverted: InvalidParameter\(name=initialFactor, index=3, value=20e18\)",
        ),
        (
            "isolated",
            r"deploying IsolatedMargin reverted: InvalidFactors\(maintenanceFactor=1e18, initialFactor=20e18\)",
        ),
    ],
)
def test_a_contract_that_refuses_its_configuration_says_why(rule, says):
    scenario = load("quiet", [f"protocol.rule={rule}", "protocol.initial_factor=20"])
    chain = connect("embedded", genesis_timestamp=genesis_timestamp(scenario))
    with pytest.raises(TransactionReverted, match=says):
        ProtocolModel(scenario, chain)
