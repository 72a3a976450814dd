"""What a node answers about the embedded chain: JSON-RPC methods that read, over the blocks it keeps."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.chain.embedded import EmbeddedChain
from simulator.chain.embedded_views import BlockView
from simulator.chain.jsonrpc import RpcError
from simulator.chain.keccak import address_bytes, checksum_address
from simulator.chain.protocol import Block, Call
from simulator.chain.revert import CallReverted
from simulator.chain.web3_provider import transaction_of

# Codes of JSON-RPC 2.0, and 3 for an execution that reverted (as geth and anvil have it).
_METHOD_NOT_FOUND, _INVALID_PARAMS, _REVERTED = -32601, -32602, 3

_ANYONE = "0x0000000000000000000000000000000000000000"


class EmbeddedNode:
    """Reads of an embedded chain in JSON-RPC terms.

    Blocks, transactions and logs go back as far as the chain keeps blocks; state is the head's. Hashes are of the
    content of a block or transaction: they are not those of a node, and there are no roots or blooms.
    """

    def __init__(self, chain: EmbeddedChain):
        self._chain = chain
        self._views: dict[int, BlockView] = {0: BlockView(Block(0, chain.genesis_timestamp, ()), None, [])}
        self._methods: dict[str, Callable] = {
            "web3_clientVersion": lambda: "seawall/embedded",
            "net_version": lambda: str(chain.chain_id),
            "eth_chainId": lambda: hex(chain.chain_id),
            "eth_syncing": lambda: False,
            "eth_blockNumber": lambda: hex(chain.head),
            "eth_gasPrice": lambda: "0x0",
            "eth_maxPriorityFeePerGas": lambda: "0x0",
            "eth_feeHistory": self._fee_history,
            "eth_getBalance": self._of_head(lambda address: hex(chain.balance(address))),
            "eth_getCode": self._of_head(lambda address: "0x" + chain.code(address).hex()),
            "eth_getTransactionCount": self._of_head(lambda address: hex(chain.nonce(address))),
            "eth_getStorageAt": self._storage,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_getBlockByNumber": lambda number, full=False: self._block(self._by_number(number), full),
            "eth_getBlockByHash": lambda key, full=False: self._block(self._by_hash(key), full),
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getTransactionByHash": lambda key: self._found(key, BlockView.transaction),
            "eth_getTransactionReceipt": lambda key: self._found(key, BlockView.receipt),
            "eth_getLogs": self._logs,
        }

    def read(self, method: str, params: list) -> Any:
        """Answer one request. Raises RpcError, also for a method it does not have."""
        answer = self._methods.get(method)
        if answer is None:
            known = ", ".join(sorted(self._methods))
            raise RpcError(method, _METHOD_NOT_FOUND, f"{method} is not there on the embedded chain; it has {known}")
        try:
            return answer(*params)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise RpcError(method, _INVALID_PARAMS, f"{method} cannot use its parameters: {error}") from None

    def head_hashes(self) -> list[str]:
        """Hashes of the transactions in the newest block."""
        return self._by_number("latest").transaction_hashes

    def _of_head(self, answer: Callable[[str], str]) -> Callable:
        def checked(address: str, block: str | int = "latest") -> str:
            self._require_head(block)
            return answer(checksum_address(address_bytes(address)))

        return checked

    def _storage(self, address: str, slot: str, block: str | int = "latest") -> str:
        self._require_head(block)
        return f"0x{self._chain.storage(checksum_address(address_bytes(address)), int(slot, 16)):064x}"

    def _call(self, fields: Mapping, block: str | int = "latest", *_) -> str:
        self._require_head(block)
        if not fields.get("to"):
            raise ValueError("a call needs `to`")
        sent = transaction_of({"from": _ANYONE, **fields})
        try:
            return "0x" + self._chain.call(Call(sent.to, sent.data, sent.sender, sent.value)).hex()
        except CallReverted as reverted:
            raise _execution_error("eth_call", reverted) from None

    def _estimate(self, fields: Mapping, block: str | int = "latest", *_) -> str:
        self._require_head(block)
        plain = {key: value for key, value in fields.items() if key != "gas"}
        try:
            return hex(self._chain.estimate(transaction_of({"from": _ANYONE, **plain})))
        except CallReverted as reverted:
            raise _execution_error("eth_estimateGas", reverted) from None

    def _fee_history(self, count: str | int, newest: str | int, percentiles: list | None = None) -> dict:
        last = self._by_number(newest).block.number
        blocks = min(int(count, 16) if isinstance(count, str) else count, last + 1)
        history = {
            "oldestBlock": hex(last - blocks + 1),
            "baseFeePerGas": ["0x0"] * (blocks + 1),
            "gasUsedRatio": [0.0] * blocks,
        }
        return history | ({"reward": [["0x0"] * len(percentiles)] * blocks} if percentiles else {})

    def _block_receipts(self, number: str | int) -> list[dict] | None:
        view = self._by_number(number)
        return None if view is None else [view.receipt(place) for place in range(len(view.transaction_hashes))]

    def _logs(self, wanted: Mapping) -> list[dict]:
        if "blockHash" in wanted:
            view = self._by_hash(wanted["blockHash"])
            if view is None:
                raise ValueError(f"unknown block {wanted['blockHash']}")
            return list(view.logs(wanted))
        first, last = (self._number(wanted.get(key) or "latest") for key in ("fromBlock", "toBlock"))
        views = self._synchronised()
        oldest = min(number for number in views if number > 0) if len(views) > 1 else 0
        if 0 < first < oldest:
            raise ValueError(f"blocks before {oldest} are not kept any more, and the filter starts at {first}")
        return [log for number in range(first, last + 1) if number in views for log in views[number].logs(wanted)]

    def _block(self, view: BlockView | None, full: bool) -> dict | None:
        if view is None:
            return None
        parent = self._views.get(view.block.number - 1)
        return view.header(parent, full)

    def _found(self, key: str, show: Callable[[BlockView, int], dict]) -> dict | None:
        for view in self._synchronised().values():
            if key.lower() in view.places:
                return show(view, view.places[key.lower()])
        return None

    def _by_number(self, number: str | int) -> BlockView | None:
        return self._synchronised().get(self._number(number))

    def _by_hash(self, key: str) -> BlockView | None:
        return next((view for view in self._synchronised().values() if view.hash == key.lower()), None)

    def _number(self, block: str | int) -> int:
        tags = {
            "earliest": 0,
            "finalized": self._chain.finalised,
            "safe": self._chain.finalised,
            "latest": self._chain.head,
            "pending": self._chain.head,
        }
        return tags[block] if block in tags else int(block, 16) if isinstance(block, str) else block

    def _require_head(self, block: str | int) -> None:
        if self._number(block) != self._chain.head:
            raise ValueError(f"only the state of the head is kept: block {self._chain.head}, not {block}")

    def _synchronised(self) -> dict[int, BlockView]:
        """Views of the blocks the chain keeps now; those it undid or let go of are dropped."""
        for block, nonces in self._unknown():
            self._views[block.number] = BlockView(block, self._chain.chain_id, nonces)
        oldest = next((block.number for block in self._chain.history), self._chain.head + 1)
        for number in [n for n in self._views if n > self._chain.head or 0 < n < oldest]:
            del self._views[number]
        return self._views

    def _unknown(self) -> Iterator[tuple[Block, list[int]]]:
        """Blocks that have no view yet, oldest first, with the nonces of their transactions."""
        later: defaultdict[str, int] = defaultdict(int)
        found = []
        for block in reversed(list(self._chain.history)):
            known = self._views.get(block.number)
            if known is not None and known.block is block:
                break
            nonces = []
            for receipt in reversed(block.receipts):
                sender = receipt.transaction.sender
                later[sender] += 1
                nonces.append(self._chain.nonce(sender) - later[sender])
            found.append((block, nonces[::-1]))
        return reversed(found)


def _execution_error(method: str, reverted: CallReverted) -> RpcError:
    if reverted.reason:
        return RpcError(method, -32003, f"EVM error {reverted.reason}")
    return RpcError(method, _REVERTED, "execution reverted", "0x" + reverted.data.hex())
