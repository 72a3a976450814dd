"""Sending, signing and driving a chain through web3.py, on both chains. Needs anvil (`npm ci`)."""

import gc

import pytest
from eth_account import Account
from web3.exceptions import TransactionNotFound, Web3RPCError
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3.utils.address import get_create_address
from web3_probe import GENESIS, deploy

from simulator.chain.backends import connect
from simulator.chain.protocol import REVERTIBLE_BLOCKS, Transaction
from simulator.chain.web3_signed import SignedTransaction

SIGNER = Account.from_key("0x" + "33" * 32)


def ask(w3, method, *params):
    return w3.manager.request_blocking(method, list(params))


def test_the_signing_middleware_deploys_and_transacts_for_an_account_without_a_balance(w3):
    w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(SIGNER), layer=0)
    w3.eth.default_account = SIGNER.address
    probe = deploy(w3, **{"from": SIGNER.address})
    receipt = w3.eth.wait_for_transaction_receipt(probe.functions.add(2).transact())
    assert (receipt["status"], receipt["from"], receipt["type"]) == (1, SIGNER.address, 2)
    assert probe.functions.counter().call() == 2
    assert w3.eth.get_transaction_count(SIGNER.address) == 2


def test_a_script_may_build_sign_and_send_itself(w3):
    probe = deploy(w3)
    nonce = w3.eth.get_transaction_count(SIGNER.address, "pending")
    signed = SIGNER.sign_transaction(probe.functions.add(1).build_transaction({"from": SIGNER.address, "nonce": nonce}))
    assert w3.eth.send_raw_transaction(signed.raw_transaction) == signed.hash
    sent = w3.eth.get_transaction(signed.hash)
    assert Account.recover_transaction(signed.raw_transaction) == sent["from"]
    assert (sent["r"], sent["s"]) == (signed.r.to_bytes(32), signed.s.to_bytes(32))
    assert w3.eth.get_block("latest")["transactions"] == [signed.hash]


def test_signed_and_unsigned_transactions_of_one_account_take_turns(chain, w3):
    bob = w3.eth.accounts[1]
    fields = {"to": bob, "gas": 21_000, "gasPrice": 0, "chainId": 31337}
    w3.eth.send_raw_transaction(SIGNER.sign_transaction(fields | {"nonce": 0}).raw_transaction)
    chain.mine([Transaction(SIGNER.address, bob, b"")], chain.timestamp + 1)
    w3.eth.send_transaction({"from": SIGNER.address, "to": bob, "nonce": 2})
    w3.eth.send_raw_transaction(SIGNER.sign_transaction(fields | {"nonce": 3}).raw_transaction)
    assert w3.eth.get_transaction_count(SIGNER.address) == 4


def test_a_signed_transaction_may_be_sent_again_after_a_reorganisation_and_keeps_its_hash(chain, w3):
    fields = {"to": w3.eth.accounts[1], "gas": 21_000, "gasPrice": 0, "nonce": 0, "chainId": 31337}
    raw = SIGNER.sign_transaction(fields).raw_transaction
    sent = w3.eth.send_raw_transaction(raw)
    chain.reorg(1)
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction(sent)
    assert w3.eth.send_raw_transaction(raw) == sent
    assert w3.eth.get_transaction_receipt(sent)["blockNumber"] == 1


def test_a_signed_transaction_that_the_simulator_mines_again_keeps_its_hash_while_its_nonce_is_the_one_signed():
    chain = connect("embedded", genesis_timestamp=GENESIS)
    w3 = chain.web3()
    fields = {"to": w3.eth.accounts[1], "gas": 21_000, "gasPrice": 0, "nonce": 0, "chainId": 31337}
    sent = w3.eth.send_raw_transaction(SIGNER.sign_transaction(fields).raw_transaction)
    (undone,) = chain.reorg(1)
    again = undone.receipts[0].transaction
    chain.mine([again, again], chain.timestamp + 1)
    shown = w3.eth.get_block("latest", full_transactions=True)["transactions"]
    assert [key["hash"] == sent for key in shown] == [True, False]
    assert [key["nonce"] for key in shown] == [0, 1]


def test_of_signed_transactions_no_more_is_kept_than_the_blocks_that_hold_them():
    chain = connect("embedded", genesis_timestamp=GENESIS)
    w3 = chain.web3()
    fields = {"to": w3.eth.accounts[1], "gas": 100_000, "gasPrice": 0, "chainId": 31337, "data": b"to be let go of"}
    for nonce in range(REVERTIBLE_BLOCKS + 50):
        w3.eth.send_raw_transaction(SIGNER.sign_transaction(fields | {"nonce": nonce}).raw_transaction)
    found = [kept for kept in gc.get_objects() if isinstance(kept, SignedTransaction) and kept.data == fields["data"]]
    assert len(found) == REVERTIBLE_BLOCKS


def test_the_receipt_of_a_creation_names_its_address_also_where_it_failed(chain, w3):
    alice = w3.eth.accounts[0]
    addresses = []
    for nonce, code in enumerate(("0x5f5ffd", "0x5f5ff3")):  # reverts; leaves no code
        receipt = w3.eth.wait_for_transaction_receipt(
            w3.eth.send_transaction({"data": code, "gas": 10**6, "from": alice})
        )
        assert receipt["status"] == nonce
        addresses.append(receipt["contractAddress"])
    deployed = chain.mine([Transaction(alice, None, bytes.fromhex("5f5ff3"))], chain.timestamp + 1).receipts[0]
    assert [*addresses, deployed.contract_address] == [get_create_address(alice, nonce) for nonce in range(3)]
    assert w3.eth.get_block_receipts("latest")[0]["contractAddress"] == deployed.contract_address


def test_every_web3_of_a_chain_shows_the_same_transactions(chain, w3):
    fields = {"to": w3.eth.accounts[1], "gas": 21_000, "gasPrice": 0, "nonce": 0, "chainId": 31337}
    sent = w3.eth.send_raw_transaction(SIGNER.sign_transaction(fields).raw_transaction)
    assert chain.web3().eth.get_transaction(sent) == w3.eth.get_transaction(sent)


def test_a_refused_transaction_leaves_the_chosen_time_for_the_next(w3):
    ask(w3, "evm_setNextBlockTimestamp", GENESIS + 500)
    with pytest.raises(Web3RPCError, match="nsufficient funds"):
        w3.eth.send_transaction({"from": w3.eth.accounts[0], "to": w3.eth.accounts[1], "value": 1, "gas": 21_000})
    w3.eth.send_transaction({"from": w3.eth.accounts[0], "to": w3.eth.accounts[1]})
    assert w3.eth.get_block("latest")["timestamp"] == GENESIS + 500


def test_a_chosen_time_that_the_simulator_has_passed_is_forgotten(chain, w3):
    ask(w3, "evm_setNextBlockTimestamp", GENESIS + 5)
    chain.mine([], GENESIS + 10)
    ask(w3, "evm_mine")
    assert w3.eth.get_block("latest")["timestamp"] == GENESIS + 22


def test_blocks_are_mined_in_the_words_of_each_client(w3):
    def head():
        block = w3.eth.get_block("latest")
        return block["number"], block["timestamp"] - GENESIS

    ask(w3, "evm_mine")
    assert head() == (1, 12)
    ask(w3, "evm_mine", GENESIS + 20)
    assert head() == (2, 20)
    ask(w3, "evm_mine", {"timestamp": hex(GENESIS + 30), "blocks": 2})
    assert head() == (4, 42)
    ask(w3, "anvil_mine", "0x3", "0x5")
    assert head() == (7, 64)
    ask(w3, "hardhat_mine")
    assert head() == (8, 76)
    ask(w3, "evm_increaseTime", 100)
    ask(w3, "evm_increaseTime", hex(50))
    ask(w3, "evm_mine")
    assert head() == (9, 238)


def test_development_methods_go_through_the_chain(chain, w3):
    alice, bob = w3.eth.accounts[:2]
    ask(w3, "hardhat_setBalance", alice, hex(70))
    ask(w3, "hardhat_impersonateAccount", alice)
    w3.eth.send_transaction({"from": alice, "to": bob, "value": 5})
    ask(w3, "anvil_stopImpersonatingAccount", alice)
    mark = ask(w3, "anvil_snapshot")
    w3.eth.send_transaction({"from": alice, "to": bob, "value": 5})
    assert chain.head == 2
    assert ask(w3, "anvil_revert", mark) is True
    assert (chain.head, chain.balance(bob)) == (1, 5)
    ask(w3, "anvil_rollback", 1)
    assert (chain.head, chain.balance(bob)) == (0, 0)


def test_a_batch_is_answered_in_order(w3):
    alice, bob = w3.eth.accounts[:2]
    w3.eth.send_transaction({"from": alice, "to": bob})
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_block(1))
        batch.add(w3.eth.get_transaction_count(alice))
        block, count = batch.execute()
    assert (block["number"], count) == (1, 1)
