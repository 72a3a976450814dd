"""What the embedded chain says of transactions that no block can hold, and of calls that halt."""

import pytest

from simulator.chain.embedded import EmbeddedChain
from simulator.chain.protocol import Call, Transaction
from simulator.chain.revert import CallReverted
from simulator.errors import ChainError

ALICE, BOB = "0x" + "11" * 20, "0x" + "22" * 20

# PUSH0 PUSH0 REVERT, INVALID, and JUMPDEST PUSH0 JUMP, each deployed by copying itself out of the init code.
REVERTS, INVALID, LOOPS = "5f5ffd", "fe", "5b5f56"


@pytest.fixture
def chain():
    return EmbeddedChain(genesis_timestamp=0)


def deployed(chain, code):
    size = len(code) // 2
    init = bytes.fromhex(f"60{size:02x}600a5f3960{size:02x}5ff3{code}")
    block = chain.mine([Transaction(ALICE, None, init)], chain.timestamp + 1)
    return block.receipts[0].contract_address


def test_value_that_is_not_there(chain):
    chain.fund(ALICE, 3)
    with pytest.raises(ChainError, match="insufficient funds: it sends 5 wei, and the sender has 3"):
        chain.mine([Transaction(ALICE, BOB, b"", 5)], 1)


def test_gas_for_less_than_the_start(chain):
    with pytest.raises(ChainError, match="intrinsic gas too low: it takes 21000 gas to start, and the limit is 20999"):
        chain.mine([Transaction(ALICE, BOB, b"", gas_limit=20_999)], 1)


@pytest.mark.parametrize(("code", "reason"), [(REVERTS, ""), (INVALID, "InvalidFEOpcode"), (LOOPS, "OutOfGas")])
def test_why_a_call_stopped(chain, code, reason):
    with pytest.raises(CallReverted) as error:
        chain.call(Call(deployed(chain, code), b"", gas_limit=100_000))
    assert (error.value.data, error.value.reason) == (b"", reason)


@pytest.mark.parametrize("gas_limit", [10**12 + 1, 1 << 64])
def test_gas_for_more_than_a_block(chain, gas_limit):
    with pytest.raises(ChainError, match=f"its gas limit of {gas_limit} is above that of a block"):
        chain.mine([Transaction(ALICE, BOB, b"", gas_limit=gas_limit)], 1)


def test_a_contract_that_should_send(chain):
    contract = deployed(chain, REVERTS)
    with pytest.raises(ChainError, match="its sender is a contract"):
        chain.mine([Transaction(contract, BOB, b"")], 2)
    with pytest.raises(CallReverted, match="its sender is a contract"):
        chain.call(Call(BOB, b"", contract))


def test_init_code_longer_than_the_evm_takes(chain):
    with pytest.raises(ChainError, match="its init code exceeds the 49152 bytes"):
        chain.mine([Transaction(ALICE, None, bytes(49_153))], 1)


def test_a_balance_is_not_set_where_that_would_execute_code(chain):
    """A log that is in no block, or storage changed between two, would come of it."""
    contract = deployed(chain, "5f5fa0")  # logs whatever comes
    with pytest.raises(ChainError, match="it holds code, which a transfer would execute"):
        chain.fund(contract, 5)
    assert chain.balance(contract) == 0


@pytest.mark.parametrize("wei", [-1, 1 << 256])
def test_a_balance_that_no_account_has(chain, wei):
    with pytest.raises(ChainError, match=f"cannot set the balance of {ALICE} to {wei} wei"):
        chain.fund(ALICE, wei)
