"""What a node answers about the embedded chain: JSON-RPC methods that read, over the blocks it keeps."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from simulator.chain.embedded import EmbeddedChain
from simulator.chain.embedded_views import BlockView
from simulator.chain.fork import in_fork
from simulator.chain.jsonrpc import RpcError
from simulator.chain.keccak import address_bytes, checksum_address, keccak256
from simulator.chain.protocol import EVM_BLOCK_GAS_LIMIT, Block, Call
from simulator.chain.revert import CallReverted, decode_revert
from simulator.chain.web3_provider import BLOCK_SECONDS, transaction_of
from simulator.errors import ChainError

# Codes of JSON-RPC 2.0, and 3 for an execution that reverted (as geth and anvil have it).
_METHOD_NOT_FOUND, _INVALID_PARAMS, _NOT_EXECUTED, _REVERTED = -32601, -32602, -32003, 3

_ANYONE = "0x0000000000000000000000000000000000000000"

# "0x" and 32 bytes: a hash, where shorter text is a number.
_HASH_LENGTH = 66


class EmbeddedNode:
    """Reads of an embedded chain in JSON-RPC terms.

    Blocks, transactions, logs and states go back as far as the chain keeps blocks; a state before the head's is read in
    a copy of the process. Hashes are of the content of a block and of its parent, or of a transaction: they are not
    those of a node, save for transactions that came signed, and there are no roots.
    """

    def __init__(self, chain: EmbeddedChain):
        self._chain = chain
        self._views: dict[int, BlockView] = {
            0: BlockView(Block(0, chain.genesis_timestamp, ()), chain.chain_id, []),
        }
        self._methods: dict[str, Callable] = {
            "web3_clientVersion": lambda: "seawall/embedded",
            "net_version": lambda: str(chain.chain_id),
            "net_listening": lambda: True,
            "eth_chainId": lambda: hex(chain.chain_id),
            "eth_syncing": lambda: False,
            "eth_blockNumber": lambda: hex(chain.head),
            "eth_gasPrice": lambda: "0x0",
            "eth_feeHistory": self._fee_history,
            "eth_getBalance": self._of_account(lambda address: hex(chain.balance(address))),
            "eth_getCode": self._of_account(lambda address: "0x" + chain.code(address).hex()),
            "eth_getTransactionCount": self._of_account(lambda address: hex(chain.nonce(address))),
            "eth_getStorageAt": self._storage,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_getBlockByNumber": lambda number, full=False: _shown(self._by_number(number), full),
            "eth_getBlockByHash": lambda key, full=False: _shown(self._by_hash(key), full),
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getBlockTransactionCountByNumber": lambda number: _size(self._by_number(number)),
            "eth_getBlockTransactionCountByHash": lambda key: _size(self._by_hash(key)),
            "eth_getTransactionByHash": lambda key: self._found(key, BlockView.transaction),
            "eth_getTransactionByBlockNumberAndIndex": lambda number, place: _at(self._by_number(number), place),
            "eth_getTransactionByBlockHashAndIndex": lambda key, place: _at(self._by_hash(key), place),
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
        except CallReverted as reverted:
            raise _execution_error(method, reverted) from None
        except (ChainError, ValueError, OverflowError) as error:
            raise RpcError(method, _INVALID_PARAMS, f"{method}: {error}") from None
        except (TypeError, KeyError, AttributeError) as error:
            problem = str(error).rpartition("() ")[2]  # without the name of the function here
            raise RpcError(method, _INVALID_PARAMS, f"{method} cannot use its parameters: {problem}") from None

    def _of_account(self, answer: Callable[[str], str]) -> Callable:
        def of_account(address: str, block: str | int | Mapping = "latest") -> str:
            account = checksum_address(address_bytes(address))
            return self._in_state(block, lambda: answer(account))

        return of_account

    def _storage(self, address: str, slot: str | int, block: str | int | Mapping = "latest") -> str:
        account = checksum_address(address_bytes(address))
        place = int(slot, 16) if isinstance(slot, str) else slot
        return self._in_state(block, lambda: f"0x{self._chain.storage(account, place):064x}")

    def _call(self, fields: Mapping, block: str | int | Mapping = "latest", *overrides: Mapping | None) -> str:
        _refuse(overrides)
        if not fields.get("to"):
            raise ValueError("a call needs `to`")
        sent = transaction_of({"from": _ANYONE, **fields})
        call = Call(sent.to, sent.data, sent.sender, sent.value, sent.gas_limit)
        return self._in_block(block, lambda: "0x" + self._chain.call(call).hex())

    def _estimate(self, fields: Mapping, block: str | int | Mapping = "latest", *overrides: Mapping | None) -> str:
        _refuse(overrides)
        plain = {key: value for key, value in fields.items() if key != "gas"}
        sent = transaction_of({"from": _ANYONE, **plain})
        return self._in_block(block, lambda: hex(self._chain.estimate(sent)))

    def _in_state(self, block: str | int | Mapping, answer: Callable[[], str]) -> str:
        """What `answer` reads in the state after a block."""
        return self._chain.read_at(self._state_number(block), answer)

    def _in_block(self, block: str | int | Mapping, answer: Callable[[], str]) -> str:
        """What `answer` finds when it executes in a block; in the next one if it is pending."""
        if block != "pending":
            return self._in_state(block, answer)

        def in_the_next() -> str:
            self._chain.mine([], self._chain.timestamp + BLOCK_SECONDS)
            return answer()

        return in_fork(in_the_next)

    def _fee_history(self, count: str | int, newest: str | int, percentiles: list | None = None) -> dict:
        last = self._state_number(newest)
        first = max(self._oldest(), last + 1 - _number(count))
        blocks = [self._views[number].block for number in range(first, last + 1)]
        history = {
            "oldestBlock": hex(first),
            "baseFeePerGas": ["0x0"] * (len(blocks) + 1),
            "gasUsedRatio": [sum(made.gas_used for made in block.receipts) / EVM_BLOCK_GAS_LIMIT for block in blocks],
        }
        return history | {"reward": [["0x0"] * len(percentiles) for _ in blocks] if percentiles else []}

    def _block_receipts(self, block: str | int) -> list[dict] | None:
        view = self._by_hash(block) if _is_hash(block) else self._by_number(block)
        return None if view is None else [view.receipt(place) for place in range(len(view.transaction_hashes))]

    def _logs(self, wanted: Mapping) -> list[dict]:
        if "blockHash" in wanted:
            view = self._by_hash(wanted["blockHash"])
            if view is None:
                raise ValueError(f"unknown block {wanted['blockHash']}")
            return list(view.logs(wanted))
        first, last = (self._block_number(wanted.get(key) or "latest") for key in ("fromBlock", "toBlock"))
        oldest, head = self._oldest(), self._chain.head
        if first > head:
            raise ValueError(f"the filter starts at block {first}, after the head, which is {head}")
        if first < oldest:
            raise ValueError(f"blocks before {oldest} are not kept any more, and the filter starts at {first}")
        return [log for number in range(first, min(last, head) + 1) for log in self._views[number].logs(wanted)]

    def _found(self, key: str, show: Callable[[BlockView, int], dict]) -> dict | None:
        for view in self._synchronised().values():
            if key.lower() in view.places:
                return show(view, view.places[key.lower()])
        return None

    def _by_number(self, number: str | int) -> BlockView | None:
        views = self._synchronised()
        if number != "pending":
            return views.get(self._block_number(number))
        head = views[self._chain.head]
        following = Block(head.block.number + 1, head.block.timestamp + BLOCK_SECONDS, ())
        return BlockView(following, self._chain.chain_id, [], head.hash)

    def _by_hash(self, key: str) -> BlockView | None:
        return next((view for view in self._synchronised().values() if view.hash == key.lower()), None)

    def _block_number(self, block: str | int) -> int:
        """A block's number, whether there is one or not."""
        tags = {"earliest": 0, "latest": self._chain.head, "pending": self._chain.head}
        return tags[block] if block in tags else _number(block)

    def _state_number(self, block: str | int | Mapping) -> int:
        """Number of a block that has a state: given by number, tag or hash, or as EIP-1898 has it."""
        if isinstance(block, Mapping):
            block = block["blockHash"] if "blockHash" in block else block["blockNumber"]
        if not _is_hash(block):
            number = self._block_number(block)
            if number > self._chain.head:
                raise ValueError(f"there is no block {number} yet: the head is {self._chain.head}")
            return number
        view = self._by_hash(block)
        if view is None:
            raise ValueError(f"unknown block {block}")
        return view.block.number

    def _oldest(self) -> int:
        """Number of the oldest block kept without a gap to the head."""
        oldest = min((number for number in self._synchronised() if number > 0), default=0)
        return 0 if oldest == 1 else oldest

    def _synchronised(self) -> dict[int, BlockView]:
        """Views of the blocks the chain keeps now; those it undid or let go of are dropped."""
        for block, nonces in self._unknown():
            parent = self._views.get(block.number - 1)
            self._views[block.number] = BlockView(
                block,
                self._chain.chain_id,
                nonces,
                parent.hash if parent else _stand_in(block.number - 1),
            )
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


def _stand_in(number: int) -> str:
    """In place of the hash of a block that was let go of before anyone asked for it."""
    return "0x" + keccak256(f"seawall block {number}".encode()).hex()


def _shown(view: BlockView | None, full: bool) -> dict | None:
    return None if view is None else view.header(full)


def _size(view: BlockView | None) -> str | None:
    return None if view is None else hex(len(view.transaction_hashes))


def _at(view: BlockView | None, place: str | int) -> dict | None:
    return view.transaction(_number(place)) if view and 0 <= _number(place) < len(view.places) else None


def _is_hash(block: str | int) -> bool:
    return isinstance(block, str) and len(block) == _HASH_LENGTH


def _number(value: str | int) -> int:
    return int(value, 16) if isinstance(value, str) else value


def _refuse(overrides: tuple[Mapping | None, ...]) -> None:
    if any(overrides):
        raise ValueError("the embedded chain cannot override state or block for a call; anvil can")


def _execution_error(method: str, reverted: CallReverted) -> RpcError:
    if reverted.reason:
        return RpcError(method, _NOT_EXECUTED, f"EVM error {reverted.reason}")
    name, arguments = decode_revert(reverted.data)
    reason = f": {arguments['reason']}" if name == "Error" else ""
    return RpcError(method, _REVERTED, f"execution reverted{reason}", "0x" + reverted.data.hex())
