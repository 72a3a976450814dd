"""Blocks of the embedded chain in JSON-RPC form."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import rlp

from simulator.chain.digest import canonical_bytes
from simulator.chain.keccak import address_bytes, checksum_address, keccak256
from simulator.chain.protocol import COINBASE, EVM_BLOCK_GAS_LIMIT, Block, Log, Receipt, Transaction
from simulator.chain.web3_signed import SignedTransaction

# Keccak-256 of an empty RLP list: the hash of no uncles.
_NO_UNCLES = "0x" + keccak256(b"\xc0").hex()
_NO_HASH = "0x" + "00" * 32

# EIP-155: `v` of a signature of parity 0 is 35 more than twice the chain id. A transaction without one shows it, with
# r = s = 0.
_CHAIN_BOUND_V = 35

_BLOOM_BYTES = 256


class BlockView:
    """One block with its hashes, as JSON-RPC shows it and what is in it.

    Parameters
    ----------
    block : the block.
    chain_id : of its transactions.
    nonces : of its transactions, in order.
    parent_hash : hash of the block before it, which goes into its own.
    """

    def __init__(
        self,
        block: Block,
        chain_id: int,
        nonces: Sequence[int],
        parent_hash: str = _NO_HASH,
    ):
        self.block = block
        self.parent_hash = parent_hash
        self.hash = "0x" + keccak256(bytes.fromhex(parent_hash[2:]) + canonical_bytes(block)).hex()
        self._chain_id = chain_id
        self._nonces = nonces
        self._signed = [
            _as_signed(receipt.transaction, nonce) for receipt, nonce in zip(block.receipts, nonces, strict=True)
        ]
        self.transaction_hashes = [
            signed.hash if signed else _content_hash(receipt.transaction, nonce)
            for signed, receipt, nonce in zip(self._signed, block.receipts, nonces, strict=True)
        ]
        self.places = {key: place for place, key in enumerate(self.transaction_hashes)}

    def header(self, full: bool) -> dict:
        """The block; `full` with transactions instead of their hashes."""
        return {
            "number": hex(self.block.number),
            "hash": self.hash,
            "parentHash": self.parent_hash,
            "timestamp": hex(self.block.timestamp),
            "miner": COINBASE,
            "difficulty": "0x0",
            "totalDifficulty": "0x0",
            "extraData": "0x",
            "nonce": "0x0000000000000000",
            "mixHash": _NO_HASH,
            "gasLimit": hex(EVM_BLOCK_GAS_LIMIT),
            "gasUsed": hex(sum(receipt.gas_used for receipt in self.block.receipts)),
            "baseFeePerGas": "0x0",
            "logsBloom": _bloom(self.block.receipts),
            "transactions": (
                [self.transaction(place) for place in range(len(self.places))] if full else self.transaction_hashes
            ),
            "sha3Uncles": _NO_UNCLES,
            "uncles": [],
            "withdrawals": [],
        }

    def transaction(self, place: int) -> dict:
        """The transaction at this place."""
        sent = self.block.receipts[place].transaction
        signed = self._signed[place]
        unsigned = {
            "type": "0x0",
            "chainId": hex(self._chain_id),
            "v": hex(2 * self._chain_id + _CHAIN_BOUND_V),
            "r": "0x0",
            "s": "0x0",
        }
        return {
            **self._place(place, "hash"),
            "nonce": hex(self._nonces[place]),
            "from": sent.sender,
            "to": sent.to,
            "value": hex(sent.value),
            "gas": hex(sent.gas_limit),
            "gasPrice": "0x0",
            "input": "0x" + sent.data.hex(),
            **(signed.shown if signed else unsigned),
        }

    def receipt(self, place: int) -> dict:
        """The receipt of the transaction at this place."""
        receipt = self.block.receipts[place]
        signed = self._signed[place]
        before = sum(len(earlier.logs) for earlier in self.block.receipts[:place])
        return {
            **self._place(place, "transactionHash"),
            "from": receipt.transaction.sender,
            "to": receipt.transaction.to,
            "contractAddress": self._created(place),
            "status": "0x1" if receipt.succeeded else "0x0",
            "gasUsed": hex(receipt.gas_used),
            "cumulativeGasUsed": hex(sum(earlier.gas_used for earlier in self.block.receipts[: place + 1])),
            "effectiveGasPrice": "0x0",
            "type": signed.shown["type"] if signed else "0x0",
            "logs": [self._log(place, before + index, log) for index, log in enumerate(receipt.logs)],
            "logsBloom": _bloom([receipt]),
        }

    def logs(self, wanted: Mapping) -> Iterator[dict]:
        """Logs that pass a filter of eth_getLogs by address and topics."""
        addresses = wanted.get("address") or []
        accepted = {address_bytes(one) for one in ([addresses] if isinstance(addresses, str) else addresses)}
        topics = [_alternatives(topic) for topic in wanted.get("topics") or []]
        index = 0
        for place, receipt in enumerate(self.block.receipts):
            for log in receipt.logs:
                if (not accepted or address_bytes(log.address) in accepted) and _matches(log, topics):
                    yield self._log(place, index, log)
                index += 1

    def _created(self, place: int) -> str | None:
        """Address that a creation was for, whether it succeeded or not; of sender and nonce (yellow paper, 7)."""
        sent = self.block.receipts[place].transaction
        if sent.to is not None:
            return None
        return checksum_address(keccak256(rlp.encode([address_bytes(sent.sender), self._nonces[place]]))[12:])

    def _log(self, place: int, index: int, log: Log) -> dict:
        return {
            **self._place(place, "transactionHash"),
            "address": log.address,
            "topics": ["0x" + topic.hex() for topic in log.topics],
            "data": "0x" + log.data.hex(),
            "logIndex": hex(index),
            "removed": False,
        }

    def _place(self, place: int, name: str) -> dict:
        return {
            name: self.transaction_hashes[place],
            "transactionIndex": hex(place),
            "blockNumber": hex(self.block.number),
            "blockHash": self.hash,
            "blockTimestamp": hex(self.block.timestamp),
        }


def _as_signed(transaction: Transaction, nonce: int) -> SignedTransaction | None:
    """The transaction if it was signed, and for this nonce: after a reorganisation it may come with another."""
    return transaction if isinstance(transaction, SignedTransaction) and transaction.nonce == nonce else None


def _content_hash(transaction: Transaction, nonce: int) -> str:
    """Of sender and nonce, which name a transaction, and its content; unlike a node's it has no signature in it."""
    to = address_bytes(transaction.to) if transaction.to else b""
    head = address_bytes(transaction.sender) + nonce.to_bytes(8, "big") + len(to).to_bytes(1, "big") + to
    return "0x" + keccak256(head + transaction.value.to_bytes(32, "big") + transaction.data).hex()


def _alternatives(topic: str | list[str | None] | None) -> set[bytes]:
    """Values that a topic may have; none for any."""
    choices = topic if isinstance(topic, list) else [topic]
    return set() if None in choices else {_topic(choice) for choice in choices}


def _topic(text: str) -> bytes:
    value = bytes.fromhex(text[2:])
    if len(value) != 32:
        raise ValueError(f"{text!r} is not a topic: expected 32 bytes, got {len(value)}")
    return value


def _matches(log: Log, topics: list[set[bytes]]) -> bool:
    if len(topics) > len(log.topics):
        return False
    return all(not choices or topic in choices for choices, topic in zip(topics, log.topics, strict=False))


def _bloom(receipts: Iterable[Receipt]) -> str:
    """Bloom filter of addresses and topics (yellow paper, 4.3.1): of each, three times 11 bits of its hash."""
    bloom = 0
    for entry in {entry for receipt in receipts for log in receipt.logs for entry in _entries(log)}:
        digest = keccak256(entry)
        for place in (0, 2, 4):
            bloom |= 1 << (int.from_bytes(digest[place : place + 2]) % (8 * _BLOOM_BYTES))
    return "0x" + bloom.to_bytes(_BLOOM_BYTES).hex()


def _entries(log: Log) -> tuple[bytes, ...]:
    return address_bytes(log.address), *log.topics
