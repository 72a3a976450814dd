"""One web3.py script on both backends: the same answers, apart from hashes and gas. Needs anvil (`npm ci`)."""

import pytest
from hexbytes import HexBytes
from solidity import compiled
from web3.exceptions import (
    BlockNotFound,
    ContractCustomError,
    ContractLogicError,
    ContractPanicError,
    MethodUnavailable,
    TransactionNotFound,
    Web3RPCError,
)

from simulator.chain.backends import connect
from simulator.chain.protocol import REVERTIBLE_BLOCKS, Call, Transaction

GENESIS = 1_583_971_188
BACKENDS = ("embedded", "anvil")


@pytest.fixture(scope="module")
def code():
    output = compiled("tests/integration/ChainProbe.sol", "ChainProbe")
    return output["evm"]["bytecode"]["object"], output["evm"]["deployedBytecode"]["object"], output["abi"]


@pytest.fixture(params=BACKENDS)
def chain(request):
    chain = connect(request.param, genesis_timestamp=GENESIS)
    yield chain
    chain.close()


def deploy(w3, code):
    w3.eth.default_account = w3.eth.accounts[0]
    sent = w3.eth.contract(abi=code[2], bytecode=code[0]).constructor().transact()
    return w3.eth.contract(address=w3.eth.wait_for_transaction_receipt(sent)["contractAddress"], abi=code[2])


def script(w3, code):
    """What people do with web3.py; everything it saw."""
    probe = deploy(w3, code)
    alice, bob, carol = w3.eth.accounts[:3]
    w3.provider.make_request("anvil_setBalance", [bob, hex(10**18)])
    seen = [probe.address, w3.eth.chain_id, w3.net.version, w3.eth.block_number, w3.eth.gas_price, w3.is_connected()]
    receipts = []
    for call, fields in (
        (probe.functions.add(3), {"from": alice}),
        (probe.functions.add(2), {"from": bob, "value": 7}),
        (probe.functions.move(carol, (5, -6), [1, 2, 3]), {"from": bob}),
        (probe.functions.failWithCustomError(3), {"from": bob, "gas": 200_000}),
        (probe.functions.spawn(), {"from": carol}),
    ):
        receipts.append(w3.eth.wait_for_transaction_receipt(call.transact(fields)))
    w3.eth.send_transaction({"from": bob, "to": carol, "value": 1000})
    seen += [(r["status"], r["blockNumber"], r["from"], r["to"], r["transactionIndex"]) for r in receipts]
    seen += [[(log["address"], log["topics"], log["data"], log["logIndex"]) for log in r["logs"]] for r in receipts]
    seen += [(event["args"], event["blockNumber"]) for event in probe.events.Noted.get_logs(from_block=0)]
    seen += [event["args"] for event in probe.events.Noted.get_logs(from_block=0, argument_filters={"who": bob})]
    seen += [event["args"] for event in probe.events.Noted().process_receipt(receipts[1])]
    seen.append(len(w3.eth.get_logs({"fromBlock": 0, "address": [probe.address, bob], "topics": [None]})))
    seen.append(len(w3.eth.get_logs({"fromBlock": 0, "address": carol})))
    seen.append(len(w3.eth.get_logs({"blockHash": receipts[0]["blockHash"]})))
    seen += [probe.functions.counter().call(), probe.functions.surroundings().call({"from": carol})]
    seen.append(probe.functions.add(1).call({"from": bob, "value": 5}))
    seen += [w3.eth.get_balance(address) for address in (alice, bob, carol, probe.address)]
    seen += [w3.eth.get_transaction_count(address) for address in (alice, bob, carol, probe.address)]
    seen += [w3.eth.get_storage_at(probe.address, 0), w3.eth.get_code(probe.address), w3.eth.get_code(bob)]
    for number in range(w3.eth.block_number + 1):
        block = w3.eth.get_block(number, full_transactions=True)
        seen += [block["number"], block["timestamp"], block["gasLimit"], block["baseFeePerGas"], block["miner"]]
        seen += [
            (t["from"], t["to"], t["value"], t["input"], t["nonce"], t["blockNumber"]) for t in block["transactions"]
        ]
    sent = w3.eth.get_transaction(receipts[1]["transactionHash"])
    seen += [sent["value"], sent["nonce"], sent["input"], sent["blockHash"] == receipts[1]["blockHash"]]
    seen.append(w3.eth.get_block(receipts[0]["blockHash"])["number"])
    seen.append(w3.eth.fee_history(2, "latest", [50])["baseFeePerGas"])
    return seen + failures(w3, probe) + travel(w3, probe)


def failures(w3, probe):
    """Errors by type and content, as web3.py raises them."""
    caught = []
    for attempt in (
        lambda: probe.functions.failWithCustomError(3).call(),
        lambda: probe.functions.failWithReason().call(),
        lambda: probe.functions.failWithPanic(0).call(),
        lambda: probe.functions.failSilently().call(),
        lambda: probe.functions.failWithReason().transact(),
        lambda: probe.functions.failWithPanic(0).estimate_gas(),
        lambda: w3.eth.get_block(10_000),
        lambda: w3.eth.get_transaction(HexBytes(bytes(32))),
        lambda: w3.eth.get_transaction_receipt(HexBytes(bytes(32))),
    ):
        with pytest.raises(
            (ContractLogicError, ContractCustomError, ContractPanicError, BlockNotFound, TransactionNotFound)
        ) as error:
            attempt()
        caught.append((error.type, getattr(error.value, "data", None)))
    return caught


def travel(w3, probe):
    """Snapshots, time and empty blocks."""
    ask = w3.provider.make_request
    before = w3.eth.block_number, probe.functions.counter().call()
    mark = ask("evm_snapshot", [])["result"]
    probe.functions.add(4).transact()
    during = probe.functions.counter().call()
    seen = [before, during, ask("evm_revert", [mark])["result"], ask("evm_revert", [mark])["result"]]
    seen.append((w3.eth.block_number, probe.functions.counter().call()))
    ask("evm_increaseTime", [100])
    ask("evm_mine", [])
    seen.append(w3.eth.get_block("latest")["timestamp"])
    ask("evm_setNextBlockTimestamp", [GENESIS + 5000])
    ask("evm_mine", [])
    return [*seen, w3.eth.get_block("latest")["timestamp"], w3.eth.get_block("latest")["transactions"]]


def test_the_same_script_gets_the_same_answers(code):
    answers = []
    for name in BACKENDS:
        chain = connect(name, genesis_timestamp=GENESIS)
        answers.append(script(chain.web3(), code))
        chain.close()
    for ours, theirs in zip(*answers, strict=True):
        assert ours == theirs


def test_scripts_and_the_simulator_use_the_chain_in_turn(chain, code):
    w3 = chain.web3()
    probe = deploy(w3, code)
    assert (chain.head, chain.timestamp) == (1, GENESIS + 12)
    user = w3.eth.accounts[1]
    block = chain.mine([Transaction(user, probe.address, HexBytes(probe.encode_abi("add", [2])))], chain.timestamp + 5)
    assert w3.eth.get_block("latest")["timestamp"] == GENESIS + 17
    assert w3.eth.get_block("latest")["number"] == block.number == 2
    receipt = w3.eth.get_transaction_receipt(w3.eth.get_block(2)["transactions"][0])
    assert probe.events.Noted().process_receipt(receipt)[0]["args"]["value"] == 2
    probe.functions.add(1).transact()
    assert int.from_bytes(chain.call(Call(probe.address, HexBytes(probe.encode_abi("counter"))))) == 3


def test_after_a_reorganisation_undone_blocks_are_gone(chain, code):
    w3 = chain.web3()
    probe = deploy(w3, code)
    kept = w3.eth.get_block("latest")["hash"]
    lost = probe.functions.add(1).transact()
    probe.functions.add(2).transact()
    chain.reorg(2)
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction_receipt(lost)
    assert w3.eth.block_number == 1
    probe.functions.add(5).transact()
    assert w3.eth.get_block(2)["parentHash"] == w3.eth.get_block(1)["hash"] == kept
    assert [event["args"]["value"] for event in probe.events.Noted.get_logs(from_block=0)] == [5]


def test_the_code_is_what_the_compiler_said(chain, code):
    w3 = chain.web3()
    assert w3.eth.get_code(deploy(w3, code).address) == HexBytes(code[1])


def test_an_estimate_is_enough_and_not_far_too_much(chain, code):
    w3 = chain.web3()
    probe = deploy(w3, code)
    for call in (probe.functions.add(5), probe.functions.spawn()):
        limit = call.estimate_gas()
        receipt = w3.eth.wait_for_transaction_receipt(call.transact({"gas": limit}))
        assert receipt["status"] == 1
        assert receipt["gasUsed"] <= limit <= 2 * receipt["gasUsed"]


def test_what_the_embedded_chain_does_not_do_it_says():
    w3 = connect("embedded", genesis_timestamp=GENESIS).web3()
    with pytest.raises(MethodUnavailable, match="eth_getProof is not there on the embedded chain; it has eth_block"):
        w3.eth.get_proof(w3.eth.accounts[0], [])
    with pytest.raises(Web3RPCError, match="needs a sender"):
        w3.eth.send_transaction({"to": w3.eth.accounts[0], "gas": 21_000})


def test_blocks_older_than_the_chain_keeps_are_not_found():
    chain = connect("embedded", genesis_timestamp=GENESIS)
    w3 = chain.web3()
    for _ in range(REVERTIBLE_BLOCKS + 2):
        chain.mine([], chain.timestamp + 12)
    with pytest.raises(BlockNotFound):
        w3.eth.get_block(2)
    assert w3.eth.get_block(3)["number"] == 3
    with pytest.raises(Web3RPCError, match="blocks before 3 are not kept any more"):
        w3.eth.get_logs({"fromBlock": 1})
