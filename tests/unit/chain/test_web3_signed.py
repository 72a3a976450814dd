"""Signed transactions, decoded."""

import pytest
from eth_account import Account

from simulator.chain.protocol import Transaction
from simulator.chain.web3_signed import signed_transaction

# EIP-155, "Example": private key 0x46...46, nonce 9, 20 gwei, one ether to 0x35...35, chain 1.
EIP155 = bytes.fromhex(
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe53"
    "7567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
)
SIGNER = Account.from_key("0x" + "46" * 32)


def plain(signed):
    return Transaction(signed.sender, signed.to, signed.data, signed.value, signed.gas_limit)


def test_the_example_of_eip_155():
    signed = signed_transaction(EIP155)
    assert plain(signed) == Transaction(SIGNER.address, "0x" + "35" * 20, b"", 10**18, gas_limit=21_000)
    assert (signed.nonce, signed.chain_id, signed.price) == (9, 1, 20 * 10**9)
    assert signed.shown["v"] == "0x25"
    assert signed.shown["type"] == "0x0"


@pytest.mark.parametrize("kind", (0, 1, 2))
def test_each_type_says_who_sent_what_at_which_price(kind):
    price = {"maxFeePerGas": 7, "maxPriorityFeePerGas": 2} if kind == 2 else {"gasPrice": 7}
    listed = {"type": kind, "accessList": [{"address": SIGNER.address, "storageKeys": ["0x" + "00" * 31 + "05"]}]}
    fields = {"nonce": 3, "gas": 90_000, "to": None, "value": 4, "data": b"\x01\x02", "chainId": 31337} | price
    made = SIGNER.sign_transaction({k: v for k, v in (fields | (listed if kind else {})).items() if v is not None})
    signed = signed_transaction(made.raw_transaction)
    assert plain(signed) == Transaction(SIGNER.address, None, b"\x01\x02", 4, gas_limit=90_000)
    assert (signed.nonce, signed.chain_id, signed.price, signed.hash) == (3, 31337, 7, made.hash.to_0x_hex())
    assert signed.shown.get("accessList") == (listed["accessList"] if kind else None)


def test_a_signature_without_a_chain_holds_on_any():
    made = SIGNER.sign_transaction({"nonce": 0, "gas": 21_000, "gasPrice": 0, "to": SIGNER.address, "value": 0})
    signed = signed_transaction(made.raw_transaction)
    assert signed.chain_id is None
    assert "chainId" not in signed.shown


@pytest.mark.parametrize(
    "raw",
    (b"", b"\xc0", b"\x02\xc0", b"\x02", EIP155[:-1], EIP155 + b"\x00", b"\xf8" + bytes(50), b"\xc9" + b"\x80" * 9),
    ids=repr,
)
def test_other_bytes_are_refused(raw):
    with pytest.raises(ValueError, match="this is not a signed transaction: "):
        signed_transaction(raw)


@pytest.mark.parametrize("kind", (0, 3, 4, 0x7F))
def test_other_types_are_refused(kind):
    with pytest.raises(ValueError, match="not a signed transaction" if kind == 0 else f"type {kind} are not taken"):
        signed_transaction(bytes([kind]) + b"\xc0")
