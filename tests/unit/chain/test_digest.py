"""The run digest covers what happened, chained block by block."""

from dataclasses import replace

from simulator.chain.digest import RunDigest, canonical_bytes
from simulator.chain.keccak import keccak256
from simulator.chain.protocol import Block, Log, Receipt, Transaction

SENDER, TO = "0x" + "11" * 20, "0x" + "22" * 20
LOG = Log(TO, (bytes([7]) * 32,), b"\x08\x09")
RECEIPT = Receipt(Transaction(SENDER, TO, b"\xab\xcd", value=5), True, b"", (LOG,), 21000)
BLOCK = Block(3, 1000, (RECEIPT,))


def digest(*blocks):
    run = RunDigest()
    for block in blocks:
        run.update(block)
    return run.hexdigest


def test_layout_of_a_block():
    assert canonical_bytes(BLOCK).hex() == (
        "0000000000000003" "00000000000003e8" "00000001"
        + "11" * 20 + "14" + "22" * 20 + f"{5:064x}" + "00000002" + "abcd" + "01" + "00000001"
        + "22" * 20 + "01" + "07" * 32 + "00000002" + "0809"
    )  # fmt: skip


def test_digest_chains_from_zero():
    first = keccak256(bytes(32) + canonical_bytes(BLOCK))
    assert digest() == "00" * 32
    assert digest(BLOCK) == first.hex()
    assert digest(BLOCK, BLOCK) == keccak256(first + canonical_bytes(BLOCK)).hex()


def test_everything_that_happened_counts():
    changes = [
        RECEIPT._replace(succeeded=False),
        RECEIPT._replace(logs=()),
        RECEIPT._replace(logs=(LOG._replace(data=b"\x08"),)),
        RECEIPT._replace(transaction=replace(RECEIPT.transaction, data=b"\xab")),
        RECEIPT._replace(transaction=replace(RECEIPT.transaction, to=None)),
        RECEIPT._replace(transaction=replace(RECEIPT.transaction, value=6)),
    ]
    blocks = [BLOCK, replace(BLOCK, timestamp=1001), *(replace(BLOCK, receipts=(change,)) for change in changes)]
    assert len({digest(block) for block in blocks}) == len(blocks)


def test_gas_does_not_count_because_backends_differ_in_it():
    assert digest(BLOCK) == digest(replace(BLOCK, receipts=(RECEIPT._replace(gas_used=1),)))
