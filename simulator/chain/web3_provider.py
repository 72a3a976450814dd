"""web3.py on a `Chain`: what moves the chain goes through it, so that it never loses its place; the rest is read."""

from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any

from web3 import Web3
from web3.providers import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from simulator.chain.block_time import require_later
from simulator.chain.jsonrpc import RpcError
from simulator.chain.keccak import address_bytes, checksum_address, keccak256
from simulator.chain.protocol import CALL_GAS, Block, Chain, Transaction
from simulator.chain.web3_filters import Filters
from simulator.chain.web3_signed import SignedTransaction, signed_transaction
from simulator.errors import ChainError

# Seconds from one block to the next, unless evm_increaseTime or evm_setNextBlockTimestamp say otherwise.
BLOCK_SECONDS = 12

# Any address may send, because nothing need be signed and gas costs nothing; these are for scripts that take some.
ACCOUNTS = [checksum_address(keccak256(f"seawall account {number}".encode())[12:]) for number in range(10)]

_METHOD_NOT_FOUND, _SERVER_ERROR = -32601, -32000

# Development methods are called alike by the clients that began with them: Ganache, Hardhat and anvil.
_DIALECTS = ("evm", "hardhat", "anvil")

# What a node could do that `Chain` would not hear of; of it, what leaves blocks, nonces and mining alone may pass.
_MOVING = (*(f"{dialect}_" for dialect in _DIALECTS), "eth_send")
_PASSING = {
    f"{dialect}_{name}" for dialect in _DIALECTS for name in ("setCode", "setStorageAt", "nodeInfo", "metadata")
}

Read = Callable[[str, list], Any]
MineSigned = Callable[[SignedTransaction, int], Block]


class ChainProvider(JSONBaseProvider):
    """Answers web3.py from a chain of the simulator. Every transaction is mined at once, in a block of its own.

    Threads take turns, request by request.

    Parameters
    ----------
    chain : the chain.
    read : answers methods that leave the chain as it is; raises RpcError.
    mine_signed : makes a block of one signed transaction at a timestamp.
    turn : held while a request is answered; one for all providers of a chain.
    """

    def __init__(self, chain: Chain, read: Read, mine_signed: MineSigned, turn: RLock):
        super().__init__()
        self._turn = turn
        self._chain = chain
        self._read = read
        self._mine_signed = mine_signed
        self._ahead = 0
        self._next_timestamp: int | None = None
        filters = Filters(read)
        self._acts: dict[str, Callable] = {
            "eth_accounts": lambda: ACCOUNTS,
            # Nodes suggest a tip though none is needed; whoever signs what they suggest would need a balance.
            "eth_maxPriorityFeePerGas": lambda: "0x0",
            "eth_sendTransaction": self._send,
            "eth_sendRawTransaction": self._send_signed,
            "eth_call": lambda fields, *rest: read("eth_call", [_bounded(fields), *rest]),
            "eth_estimateGas": lambda fields, *rest: read("eth_estimateGas", [_bounded(fields), *rest]),
            "eth_newFilter": filters.of_logs,
            "eth_newBlockFilter": filters.of_blocks,
            "eth_newPendingTransactionFilter": filters.of_transactions,
            "eth_getFilterChanges": filters.changes,
            "eth_getFilterLogs": filters.logs,
            "eth_uninstallFilter": filters.uninstall,
            "eth_subscribe": _push,
        }
        for name, act in (
            ("mine", self._mine_blocks),
            ("snapshot", lambda: hex(chain.snapshot())),
            ("revert", self._revert),
            ("rollback", self._rollback),
            ("increaseTime", self._increase_time),
            ("setNextBlockTimestamp", self._set_next_timestamp),
            ("setBalance", lambda address, wei: chain.fund(_address(address), _number(wei))),
            # Any address may send as it is.
            ("impersonateAccount", lambda address: None),
            ("stopImpersonatingAccount", lambda address: None),
        ):
            self._acts |= {f"{dialect}_{name}": act for dialect in _DIALECTS}
        self._acts["evm_mine"] = self._mine_block

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer one request; every failure is an error response, which web3.py turns into its own exceptions."""
        try:
            with self._turn:
                result = self._answer(method, self._settled(_plain(params)))
        except RpcError as error:
            failure = {"code": error.code, "message": error.reason}
            if error.data is not None:
                failure["data"] = error.data
            return {"jsonrpc": "2.0", "id": 1, "error": failure}
        except (ChainError, TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": _SERVER_ERROR, "message": f"{method}: {error}"}}
        return {"jsonrpc": "2.0", "id": 1, "result": result}

    def make_batch_request(self, requests: list[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
        """Answer the requests of `w3.batch_requests()`, in their order."""
        return [self.make_request(method, params) for method, params in requests]

    def _answer(self, method: str, params: list) -> Any:
        if act := self._acts.get(method):
            return act(*params)
        if method.startswith(_MOVING) and method not in _PASSING:
            known = ", ".join(sorted(act for act in self._acts if act.startswith(_MOVING)))
            raise RpcError(
                method, _METHOD_NOT_FOUND, f"{method} is not there: blocks are made by the simulator; it has {known}"
            )
        return self._read(method, params)

    def _settled(self, params: list) -> list:
        """Parameters with the number of the newest final block for its tags: what is final the simulator says."""
        final = hex(self._chain.finalised)
        tags = {"safe": final, "finalized": final}

        def settled(value: Any) -> Any:
            return tags.get(value, value) if isinstance(value, str) else value

        return [
            {key: settled(entry) for key, entry in value.items()} if isinstance(value, Mapping) else settled(value)
            for value in params
        ]

    def _send(self, fields: Mapping) -> str:
        transaction = transaction_of(fields)
        if "nonce" in fields:
            self._require_next(transaction.sender, _number(fields["nonce"]))
        if "chainId" in fields:
            self._require_chain(_number(fields["chainId"]))
        self._chain.mine([transaction], self._due())
        return self._sent()

    def _send_signed(self, raw: str) -> str:
        signed = signed_transaction(_bytes(raw))
        if signed.price:
            raise ValueError(f"gas costs nothing on this chain: sign a gas price of 0 instead of {signed.price} wei")
        self._require_next(signed.sender, signed.nonce)
        if signed.chain_id is not None:
            self._require_chain(signed.chain_id)
        self._mine_signed(signed, self._due())
        return self._sent()

    def _require_next(self, sender: str, nonce: int) -> None:
        due = _number(self._read("eth_getTransactionCount", [sender, "latest"]))
        if nonce != due:
            raise ValueError(f"nonce too {'low' if nonce < due else 'high'}: {sender} is at {due}, got {nonce}")

    def _require_chain(self, chain_id: int) -> None:
        if chain_id != self._chain.chain_id:
            raise ValueError(f"the transaction is for chain {chain_id}, and this is chain {self._chain.chain_id}")

    def _due(self) -> int:
        """Timestamp of the next block. One that was chosen counts until the simulator has passed it."""
        if self._next_timestamp is not None and self._next_timestamp > self._chain.timestamp:
            return self._next_timestamp
        return self._chain.timestamp + BLOCK_SECONDS + self._ahead

    def _mined(self) -> None:
        """Forget what was asked of the time of the block that is now there."""
        self._next_timestamp, self._ahead = None, 0

    def _sent(self) -> str:
        """Hash of the only transaction of the newest block."""
        self._mined()
        return self._read("eth_getBlockByNumber", ["latest", False])["transactions"][0]

    def _mine_block(self, options: str | int | Mapping | None = None) -> str:
        """evm_mine: takes a timestamp, or a timestamp and a number of blocks by name."""
        options = options if isinstance(options, Mapping) else {"timestamp": options}
        if options.get("timestamp") is not None:
            self._set_next_timestamp(options["timestamp"])
        self._mine_blocks(options.get("blocks") or 1)
        return "0x0"

    def _mine_blocks(self, blocks: str | int = 1, seconds: str | int = BLOCK_SECONDS) -> None:
        """anvil_mine and hardhat_mine: so many blocks, so many seconds apart."""
        for place in range(_number(blocks)):
            self._chain.mine([], self._chain.timestamp + _number(seconds) if place else self._due())
            self._mined()

    def _revert(self, snapshot: str | int) -> bool:
        try:
            self._chain.revert(_number(snapshot))
        except ChainError:
            return False
        return True

    def _rollback(self, depth: str | int = 1) -> None:
        self._chain.reorg(_number(depth))

    def _increase_time(self, seconds: str | int) -> str:
        if _number(seconds) < 0:
            raise ValueError(f"time only moves forward, got {seconds} seconds")
        ahead = self._ahead + _number(seconds)
        self._require_later(self._chain.timestamp + BLOCK_SECONDS + ahead)
        self._ahead = ahead
        return hex(ahead)

    def _set_next_timestamp(self, timestamp: str | int) -> None:
        chosen = _number(timestamp)
        self._require_later(chosen)
        self._next_timestamp = chosen

    def _require_later(self, timestamp: int) -> None:
        require_later(timestamp, self._chain.head + 1, self._chain.timestamp)


def web3_on(chain: Chain, read: Read, mine_signed: MineSigned, turn: RLock) -> Web3:
    """A web3.py `Web3` whose provider is `chain`."""
    return Web3(ChainProvider(chain, read, mine_signed, turn))


def _push(*wanted: Any) -> None:
    """A node would answer later requests with what it pushes; there is one connection for both."""
    raise RpcError(
        "eth_subscribe",
        _METHOD_NOT_FOUND,
        "eth_subscribe is not there: ask a filter for what is new (w3.eth.filter, eth_getFilterChanges)",
    )


def transaction_of(fields: Mapping) -> Transaction:
    """A transaction from its JSON-RPC form. Prices are dropped: gas costs nothing on this level."""
    optional = {"gas_limit": _quantity(fields, "gas", bits=64)} if "gas" in fields else {}
    if not fields.get("from"):
        raise ValueError("a transaction needs a sender: set `from`, or w3.eth.default_account")
    return Transaction(
        _address(fields["from"]),
        _address(fields["to"]) if fields.get("to") else None,
        _bytes(fields.get("data") or fields.get("input") or "0x"),
        _quantity(fields, "value", bits=256),
        **optional,
    )


def _bounded(fields: Mapping) -> Mapping:
    """A call with a gas limit: a node's default is the block's, at which an endless loop runs for hours."""
    return {"gas": hex(CALL_GAS), **fields}


def _plain(value: Any) -> Any:
    """Parameters as JSON has them: web3.py leaves bytes in, which its other providers encode on the way out."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _address(text: str) -> str:
    return checksum_address(address_bytes(text))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _quantity(fields: Mapping, name: str, *, bits: int) -> int:
    number = _number(fields.get(name, 0))
    if number >> bits:
        raise ValueError(f"`{name}` is a number from 0 to 2^{bits} - 1, got {number}")
    return number


def _number(value: str | int) -> int:
    return int(value, 16) if isinstance(value, str) else value
