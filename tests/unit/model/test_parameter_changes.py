"""What an oracle transaction changed, as it goes on record."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from contract_events import event

from simulator.model.parameters import parameter_changes
from simulator.protocol.prices import PriceIndex
from simulator.risk.state import RISK_COLUMNS

WAD = 10**18
SET = tuple(round(x * WAD) for x in (0.3, 0.4, 0.2, 0.1, 0.0, 1.5))
ROOT = Path(__file__).resolve().parents[3]
UPDATE = SimpleNamespace(inputs={"volatility": 0.9})


@pytest.fixture
def prices():
    index = PriceIndex(1, [])
    index.apply(event("PriceOracle", "SpotInForce", 0, 2000 * WAD, 2000 * WAD, WAD, 1))
    return index


def test_a_new_spot_states_the_one_it_replaced_and_why_it_was_posted(prices):
    (change,) = parameter_changes([event("PriceOracle", "SpotInForce", 0, 1990 * WAD, 0, WAD, 2)], prices, UPDATE)
    assert (change.parameter, change.before, change.after, change.accepted) == ("spot", 2000.0, 1990.0, True)
    assert change.inputs == {"volatility": 0.9}


def test_a_risk_set_is_one_change_for_each_parameter(prices):
    changes = parameter_changes([event("RiskParameters", "RiskSetPublished", 0, "0x", SET, 2)], prices, UPDATE)
    assert [change.parameter for change in changes] == list(RISK_COLUMNS)
    assert [change.after for change in changes] == pytest.approx([value / WAD for value in SET])
    assert {(change.before, change.accepted, change.reason) for change in changes} == {(0.0, True, "")}


def enum_names(path: str, name: str) -> list[str]:
    """Members of an enum of the contracts' interfaces, as words."""
    source = (ROOT / path).read_text(encoding="utf-8")
    body = re.search(rf"enum {name} \{{(.*?)\}}", source, re.DOTALL)[1]
    return [re.sub(r"(?<!^)(?=[A-Z])", " ", word.strip()).lower() for word in body.split(",")]


def test_reasons_of_refused_prices_are_the_contracts(prices):
    for number, words in enumerate(enum_names("contracts/interfaces/IPriceOracle.sol", "Refusal")):
        refused = event("PriceOracle", "UpdateRefused", 0, 0, "0x", number, 1)
        (change,) = parameter_changes([refused], prices, UPDATE)
        assert (change.accepted, change.before, change.after) == (False, 2000.0, 2000.0)
        assert change.reason.replace("the ", "") == words


def test_reasons_of_refused_parameters_are_the_contracts(prices):
    for number, words in enumerate(enum_names("contracts/interfaces/IRiskParameters.sol", "Refusal")):
        refused = event("RiskParameters", "RiskSetRefused", 0, "0x", SET, number, 1)
        for change in parameter_changes([refused], prices, UPDATE):
            assert not change.accepted
            assert change.reason.replace("the ", "") == words


def test_a_refused_smile_is_recorded_as_an_expiry(prices):
    refused = event("PriceOracle", "UpdateRefused", 0, 1_700_000_000, "0x", 3, 1)
    (change,) = parameter_changes([refused], prices, UPDATE)
    assert (change.parameter, change.reason) == ("expiry", "out of range")


def test_transactions_of_others_change_no_parameter(prices):
    deposited = event("ClearingHouse", "Deposited", 1, "0x", WAD)
    assert parameter_changes([deposited], prices, None) == []
