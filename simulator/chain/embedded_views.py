"""Blocks of the embedded chain in JSON-RPC form."""

from collections.abc import Iterator, Mapping, Sequence

from simulator.chain.digest import canonical_bytes
from simulator.chain.keccak import address_bytes, keccak256
from simulator.chain.protocol import COINBASE, EVM_BLOCK_GAS_LIMIT, Block, Log, Transaction

_NO_HASH = "0x" + "00" * 32


class BlockView:
    """One block with its hashes, as JSON-RPC shows it and what is in it.

    Parameters
    ----------
    block : the block.
    chain_id : of its transactions.
    nonces : of its transactions, in order.
    """

    def __init__(self, block: Block, chain_id: int | None, nonces: Sequence[int]):
        self.block = block
        self.hash = "0x" + keccak256(canonical_bytes(block)).hex()
        self._chain_id = chain_id
        self._nonces = nonces
        self.transaction_hashes = [
            "0x" + _transaction_hash(receipt.transaction, nonce).hex()
            for receipt, nonce in zip(block.receipts, nonces, strict=True)
        ]
        self.places = {key: place for place, key in enumerate(self.transaction_hashes)}

    def header(self, parent: "BlockView | None", full: bool) -> dict:
        """The block; `full` with transactions instead of their hashes."""
        everything = [self.transaction(place) for place in range(len(self.places))]
        return {
            "number": hex(self.block.number),
            "hash": self.hash,
            "parentHash": parent.hash if parent else _NO_HASH,
            "timestamp": hex(self.block.timestamp),
            "miner": COINBASE,
            "difficulty": "0x0",
            "gasLimit": hex(EVM_BLOCK_GAS_LIMIT),
            "gasUsed": hex(sum(receipt.gas_used for receipt in self.block.receipts)),
            "baseFeePerGas": "0x0",
            "transactions": everything if full else self.transaction_hashes,
            "uncles": [],
        }

    def transaction(self, place: int) -> dict:
        """The transaction at this place."""
        sent = self.block.receipts[place].transaction
        return {
            **self._place(place, "hash"),
            "nonce": hex(self._nonces[place]),
            "from": sent.sender,
            "to": sent.to,
            "value": hex(sent.value),
            "gas": hex(sent.gas_limit),
            "gasPrice": "0x0",
            "input": "0x" + sent.data.hex(),
            "type": "0x0",
            "chainId": hex(self._chain_id),
        }

    def receipt(self, place: int) -> dict:
        """The receipt of the transaction at this place."""
        receipt = self.block.receipts[place]
        before = sum(len(earlier.logs) for earlier in self.block.receipts[:place])
        return {
            **self._place(place, "transactionHash"),
            "from": receipt.transaction.sender,
            "to": receipt.transaction.to,
            "contractAddress": receipt.contract_address,
            "status": "0x1" if receipt.succeeded else "0x0",
            "gasUsed": hex(receipt.gas_used),
            "cumulativeGasUsed": hex(sum(earlier.gas_used for earlier in self.block.receipts[: place + 1])),
            "effectiveGasPrice": "0x0",
            "type": "0x0",
            "logs": [self._log(place, before + index, log) for index, log in enumerate(receipt.logs)],
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
        }


def _alternatives(topic: str | list[str] | None) -> set[bytes]:
    """Values that a topic may have; none for any."""
    choices = [topic] if isinstance(topic, str) else topic or []
    return {bytes.fromhex(choice[2:]) for choice in choices}


def _matches(log: Log, topics: list[set[bytes]]) -> bool:
    if len(topics) > len(log.topics):
        return False
    return all(not choices or topic in choices for choices, topic in zip(topics, log.topics, strict=False))


def _transaction_hash(transaction: Transaction, nonce: int) -> bytes:
    """Of sender and nonce, which name a transaction, and its content; unlike a node's it has no signature in it."""
    to = address_bytes(transaction.to) if transaction.to else b""
    head = address_bytes(transaction.sender) + nonce.to_bytes(8, "big") + len(to).to_bytes(1, "big") + to
    return keccak256(head + transaction.value.to_bytes(32, "big") + transaction.data)
