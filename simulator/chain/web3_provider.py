"""web3.py on a `Chain`: what moves the chain goes through it, so that it never loses its place; the rest is read."""

from collections.abc import Callable, Mapping
from typing import Any

from web3 import Web3
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from simulator.chain.jsonrpc import RpcError
from simulator.chain.keccak import address_bytes, checksum_address, keccak256
from simulator.chain.protocol import Chain, Transaction
from simulator.errors import ChainError

# Seconds from one block to the next, unless evm_increaseTime or evm_setNextBlockTimestamp say otherwise.
BLOCK_SECONDS = 12

# Any address may send, because nothing is signed and gas costs nothing; these are for scripts that take the first few.
ACCOUNTS = [checksum_address(keccak256(f"seawall account {number}".encode())[12:]) for number in range(10)]

_SERVER_ERROR = -32000


class ChainProvider(BaseProvider):
    """Answers web3.py from a chain of the simulator. Every transaction is mined at once, in a block of its own.

    Parameters
    ----------
    chain : the chain.
    read : answers methods that leave the chain as it is; raises RpcError.
    head_hashes : hashes of the transactions in the newest block.
    """

    def __init__(self, chain: Chain, read: Callable[[str, list], Any], head_hashes: Callable[[], list[str]]):
        super().__init__()
        self._chain = chain
        self._read = read
        self._head_hashes = head_hashes
        self._ahead = 0
        self._next_timestamp: int | None = None
        self._acts: dict[str, Callable] = {
            "eth_accounts": lambda: ACCOUNTS,
            "eth_sendTransaction": self._send,
            "evm_mine": self._mine_empty,
            "evm_snapshot": lambda: hex(chain.snapshot()),
            "evm_revert": self._revert,
            "evm_increaseTime": self._increase_time,
            "evm_setNextBlockTimestamp": self._set_next_timestamp,
            "anvil_setBalance": lambda address, wei: chain.fund(_address(address), _number(wei)),
        }

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Answer one request; every failure is an error response, which web3.py turns into its own exceptions."""
        act = self._acts.get(method)
        params = _plain(params)
        try:
            result = act(*params) if act else self._read(method, params)
        except RpcError as error:
            failure = {"code": error.code, "message": error.reason}
            if error.data is not None:
                failure["data"] = error.data
            return {"jsonrpc": "2.0", "id": 1, "error": failure}
        except (ChainError, TypeError, ValueError) as error:
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": _SERVER_ERROR, "message": f"{method}: {error}"}}
        return {"jsonrpc": "2.0", "id": 1, "result": result}

    def is_connected(self, show_traceback: bool = False) -> bool:
        """Whether the chain answers."""
        return "result" in self.make_request(RPCEndpoint("eth_chainId"), [])

    def _send(self, fields: Mapping) -> str:
        self._chain.mine([transaction_of(fields)], self._timestamp())
        return self._head_hashes()[0]

    def _mine_empty(self, timestamp: str | int | None = None) -> str:
        if timestamp is not None:
            self._set_next_timestamp(timestamp)
        self._chain.mine([], self._timestamp())
        return "0x0"

    def _revert(self, snapshot: str) -> bool:
        try:
            self._chain.revert(_number(snapshot))
        except ChainError:
            return False
        return True

    def _increase_time(self, seconds: str | int) -> str:
        self._ahead += _number(seconds)
        return hex(self._ahead)

    def _set_next_timestamp(self, timestamp: str | int) -> None:
        self._next_timestamp = _number(timestamp)

    def _timestamp(self) -> int:
        """Timestamp of the next block."""
        chosen, ahead = self._next_timestamp, self._ahead
        self._next_timestamp, self._ahead = None, 0
        return self._chain.timestamp + BLOCK_SECONDS + ahead if chosen is None else chosen


def web3_on(chain: Chain, read: Callable[[str, list], Any], head_hashes: Callable[[], list[str]]) -> Web3:
    """A web3.py `Web3` whose provider is `chain`."""
    return Web3(ChainProvider(chain, read, head_hashes))


def transaction_of(fields: Mapping) -> Transaction:
    """A transaction from its JSON-RPC form. Prices are dropped: gas costs nothing on this level."""
    optional = {"gas_limit": _number(fields["gas"])} if "gas" in fields else {}
    if not fields.get("from"):
        raise ValueError("a transaction needs a sender: set `from`, or w3.eth.default_account")
    return Transaction(
        _address(fields["from"]),
        _address(fields["to"]) if fields.get("to") else None,
        bytes.fromhex((fields.get("data") or fields.get("input") or "0x")[2:]),
        _number(fields.get("value", 0)),
        **optional,
    )


def _plain(value: Any) -> Any:
    """Parameters as JSON has them: web3.py leaves bytes in, which its other providers encode on the way out."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _address(text: str) -> str:
    return checksum_address(address_bytes(text))


def _number(value: str | int) -> int:
    return int(value, 16) if isinstance(value, str) else value
