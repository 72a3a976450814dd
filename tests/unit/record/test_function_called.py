"""What the record calls the function of a transaction."""

import pytest

from simulator.chain import artifacts
from simulator.chain.contract import Contract
from simulator.chain.protocol import Transaction
from simulator.record.called import function_called

ADDRESS = "0x00000000000000000000000000000000DeaDBeef"
ANYONE = "0x000000000000000000000000000000000000dEaD"
TOKEN = Contract("Quote", ADDRESS, artifacts.load("TestToken").abi)


@pytest.mark.parametrize(
    ("to", "data", "called"),
    [
        (ADDRESS, TOKEN.encode("approve", ANYONE, 5), "Quote.approve"),
        (ADDRESS, b"\xde\xad\xbe\xef", "Quote.?"),
        (ADDRESS, b"", "Quote.?"),
        (None, b"\x60\x80", "constructor"),
        (ANYONE, TOKEN.encode("approve", ANYONE, 5), "constructor"),
    ],
)
def test_it_is_named_by_contract_and_function(to, data, called):
    assert function_called({ADDRESS: TOKEN}, Transaction(ANYONE, to, data)) == called
