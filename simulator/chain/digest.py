"""The run digest: one hash over everything a run put on chain.

Each block is written in a canonical form and chained from 32 zero bytes: digest_n = keccak256(digest_{n-1} || block_n).
Only what every backend agrees on goes in: gas and block hashes stay out. All integers are big-endian.

    block:        number (8) timestamp (8) transaction count (4) transactions
    transaction:  sender (20) length of to (1: 0 or 20) to value (32) calldata length (4) calldata
                  succeeded (1) log count (4) logs
    log:          address (20) topic count (1) topics (32 each) data length (4) data
"""

from struct import Struct

from simulator.chain.keccak import address_bytes, keccak256
from simulator.chain.protocol import Block, Log, Receipt

_HEADER = Struct(">QQI")
_COUNT = Struct(">I")


class RunDigest:
    """The digest so far. Two runs with the same `hexdigest` executed the same transactions to the same effect."""

    def __init__(self) -> None:
        self._digest = bytes(32)

    @property
    def hexdigest(self) -> str:
        """64 hexadecimal digits; all zero before the first block."""
        return self._digest.hex()

    def update(self, block: Block) -> None:
        """Add the next block."""
        self._digest = keccak256(self._digest + canonical_bytes(block))


def canonical_bytes(block: Block) -> bytes:
    """`block` as the digest sees it; the layout is at the top of this module."""
    parts = [_HEADER.pack(block.number, block.timestamp, len(block.receipts))]
    for receipt in block.receipts:
        _write_receipt(receipt, parts)
    return b"".join(parts)


def _write_receipt(receipt: Receipt, parts: list[bytes]) -> None:
    transaction = receipt.transaction
    to = address_bytes(transaction.to) if transaction.to else b""
    parts += (
        address_bytes(transaction.sender),
        len(to).to_bytes(1, "big"),
        to,
        transaction.value.to_bytes(32, "big"),
        _COUNT.pack(len(transaction.data)),
        transaction.data,
        b"\x01" if receipt.succeeded else b"\x00",
        _COUNT.pack(len(receipt.logs)),
    )
    for log in receipt.logs:
        _write_log(log, parts)


def _write_log(log: Log, parts: list[bytes]) -> None:
    parts += (address_bytes(log.address), len(log.topics).to_bytes(1, "big"), *log.topics)
    parts += (_COUNT.pack(len(log.data)), log.data)
