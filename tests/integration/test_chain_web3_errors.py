"""What goes wrong in a web3.py script goes wrong alike on the embedded chain and on anvil. Needs anvil (`npm ci`)."""

from types import SimpleNamespace

import pytest
from eth_account import Account
from hexbytes import HexBytes
from web3_probe import deploy

from simulator.chain.backends import connect

GENESIS = 1_583_971_188
SIGNER = Account.from_key("0x" + "22" * 32)
UNKNOWN = HexBytes(b"\x11" * 32)


def prepared(name: str) -> SimpleNamespace:
    chain = connect(name, genesis_timestamp=GENESIS)
    w3 = chain.web3()
    alice, bob = w3.eth.accounts[:2]
    w3.eth.default_account = alice
    probe = deploy(w3)
    filter_id = w3.eth.filter("latest").filter_id
    return SimpleNamespace(
        chain=chain, w3=w3, eth=w3.eth, probe=probe, call=probe.functions, alice=alice, bob=bob, blocks=filter_id
    )


@pytest.fixture(scope="module")
def both():
    made = [prepared("embedded"), prepared("anvil")]
    yield made
    for one in made:
        one.chain.close()


def signed(**fields):
    plain = {"to": SIGNER.address, "value": 0, "gas": 21_000, "gasPrice": 0, "nonce": 0, "chainId": 31337}
    return SIGNER.sign_transaction(plain | fields).raw_transaction


def ask(s, method, *params):
    return s.w3.manager.request_blocking(method, list(params))


MISTAKES = {
    "custom error in a call": lambda s: s.call.failWithCustomError(3).call(),
    "custom error in an earlier block": lambda s: s.call.failWithCustomError(3).call(block_identifier=1),
    "custom error in an estimate": lambda s: s.call.failWithCustomError(3).estimate_gas(),
    "custom error while sending": lambda s: s.call.failWithCustomError(3).transact(),
    "reason in a call": lambda s: s.call.failWithReason().call(),
    "reason in the pending block": lambda s: s.call.failWithReason().call(block_identifier="pending"),
    "reason in an estimate": lambda s: s.call.failWithReason().estimate_gas(),
    "panic": lambda s: s.call.failWithPanic(0).call(),
    "revert without data": lambda s: s.call.failSilently().call(),
    "endless loop in a call": lambda s: s.call.burnAllGas().call(),
    "call with too little gas": lambda s: s.call.add(9).call({"gas": 60_000}),
    "unknown function": lambda s: s.eth.call({"to": s.probe.address, "data": "0x12345678"}),
    "call of a function where there is no contract": lambda s: (
        s.eth.contract(s.bob, abi=s.probe.abi).functions.counter().call()
    ),
    "call before the contract was there": lambda s: s.call.counter().call(block_identifier=0),
    "unknown transaction": lambda s: s.eth.get_transaction(UNKNOWN),
    "unknown receipt": lambda s: s.eth.get_transaction_receipt(UNKNOWN),
    "receipt that never comes": lambda s: s.eth.wait_for_transaction_receipt(UNKNOWN, timeout=0.01, poll_latency=0.01),
    "block in the future": lambda s: s.eth.get_block(9_999),
    "block of unknown hash": lambda s: s.eth.get_block(UNKNOWN),
    "transaction of a block in the future": lambda s: s.eth.get_transaction_by_block(9_999, 0),
    "receipts of a block in the future": lambda s: s.eth.get_block_receipts(9_999),
    "balance in the future": lambda s: s.eth.get_balance(s.bob, 9_999),
    "call in the future": lambda s: s.call.counter().call(block_identifier=9_999),
    "balance in an unknown block": lambda s: s.eth.get_balance(s.bob, UNKNOWN),
    "logs of an unknown block": lambda s: s.eth.get_logs({"blockHash": UNKNOWN}),
    "logs from the future": lambda s: s.eth.get_logs({"fromBlock": 9_999}),
    "topic of the wrong length": lambda s: ask(s, "eth_getLogs", {"fromBlock": "0x0", "topics": ["0x12"]}),
    "address with a wrong checksum": lambda s: s.eth.get_balance(s.bob.swapcase().replace("X", "x")),
    "address of the wrong length": lambda s: ask(s, "eth_getBalance", s.bob[:-2], "latest"),
    "parameter left out": lambda s: ask(s, "eth_getBalance"),
    "subscription": lambda s: ask(s, "eth_subscribe", "newHeads"),
    "unknown filter": lambda s: s.eth.get_filter_changes("0x1234"),
    "logs of a filter of blocks": lambda s: s.eth.get_filter_logs(s.blocks),
    "text in place of a transaction": lambda s: ask(s, "eth_sendTransaction", "0x12"),
    "filter not named": lambda s: ask(s, "eth_getFilterChanges"),
    "no sender": lambda s: ask(s, "eth_sendTransaction", {"to": s.bob}),
    "more value than there is": lambda s: s.eth.send_transaction({"to": s.bob, "value": 10**20, "gas": 21_000}),
    "value below nothing": lambda s: ask(s, "eth_sendTransaction", {"from": s.bob, "to": s.bob, "value": "-0x1"}),
    "value of 257 bits": lambda s: ask(s, "eth_sendTransaction", {"from": s.bob, "to": s.bob, "value": hex(1 << 256)}),
    "gas of 65 bits": lambda s: ask(s, "eth_sendTransaction", {"from": s.bob, "to": s.bob, "gas": hex(1 << 64)}),
    "gas of 65 bits in a call": lambda s: ask(s, "eth_call", {"to": s.bob, "gas": hex(1 << 64)}, "latest"),
    "slot of 257 bits": lambda s: ask(s, "eth_getStorageAt", s.probe.address, hex(1 << 256), "latest"),
    "slot below nothing": lambda s: ask(s, "eth_getStorageAt", s.probe.address, "-0x1", "latest"),
    "gas for less than the start": lambda s: s.eth.send_transaction({"to": s.bob, "gas": 20_000}),
    "nonce that was used": lambda s: s.eth.send_transaction({"to": s.bob, "nonce": 0, "gas": 21_000}),
    "nonce that is not due": lambda s: s.eth.send_transaction({"to": s.bob, "nonce": 7, "gas": 21_000}),
    "another chain": lambda s: ask(s, "eth_sendTransaction", {"from": s.bob, "chainId": "0x1"}),
    "signature for another chain": lambda s: s.eth.send_raw_transaction(signed(chainId=1)),
    "signed nonce that is not due": lambda s: s.eth.send_raw_transaction(signed(nonce=3)),
    "signed gas price": lambda s: s.eth.send_raw_transaction(signed(gasPrice=1)),
    "signed value that is not there": lambda s: s.eth.send_raw_transaction(signed(value=1)),
    "signed gas for less than the start": lambda s: s.eth.send_raw_transaction(signed(gas=20_000)),
    "bytes that are no transaction": lambda s: s.eth.send_raw_transaction("0x1234"),
    "no bytes": lambda s: s.eth.send_raw_transaction("0x"),
    "signed transaction cut short": lambda s: s.eth.send_raw_transaction(signed()[:-1]),
    "transaction of an unknown type": lambda s: s.eth.send_raw_transaction("0x04c0"),
    "time before the head's": lambda s: ask(s, "evm_setNextBlockTimestamp", GENESIS),
    "block before the head's time": lambda s: ask(s, "evm_mine", GENESIS),
    "time without end": lambda s: ask(s, "evm_setNextBlockTimestamp", hex(1 << 64)),
    "block after all time": lambda s: ask(s, "evm_mine", hex(1 << 64)),
    "time to wait without end": lambda s: ask(s, "evm_increaseTime", hex(1 << 64)),
    "time backwards": lambda s: ask(s, "evm_increaseTime", -5),
    "rollback of more than there is": lambda s: ask(s, "anvil_rollback", 9_999),
    "mining that the chain would not hear of": lambda s: ask(s, "evm_setAutomine", True),
    "node taken back to its start": lambda s: ask(s, "anvil_reset"),
    "sending past the chain": lambda s: ask(s, "eth_sendUnsignedTransaction", {"from": s.bob, "to": s.bob}),
}


@pytest.mark.parametrize("attempt", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_the_same_mistake_and_leaves_no_trace(both, attempt):
    ours, theirs = (failure(one, attempt) for one in both)
    assert ours == theirs


def failure(one, attempt):
    before = one.eth.block_number, one.chain.timestamp
    with pytest.raises(Exception) as error:
        attempt(one)
    assert "\n" not in str(error.value)
    assert (one.eth.block_number, one.chain.timestamp) == before
    one.eth.send_transaction({"to": one.bob, "gas": 21_000})
    assert one.eth.block_number == before[0] + 1
    return error.type, getattr(error.value, "data", None)
