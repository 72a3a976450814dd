"""Filters that are asked again and again for what is new, on any chain and through its reorganisations.

web3.py's own LocalFilterMiddleware counts blocks: after a reorganisation it leaves out those of the new branch that it
counted already, and it has no way to say that a log is gone.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from simulator.chain.jsonrpc import RpcError
from simulator.chain.protocol import REVERTIBLE_BLOCKS

_SERVER_ERROR = -32000

Read = Callable[[str, list], Any]


@dataclass(slots=True)
class _Seen:
    """A block that a filter has looked at, and the logs it gave out of it."""

    number: int
    hash: str
    logs: list[dict] = field(default_factory=list)


class Filters:
    """The filters of one script.

    Parameters
    ----------
    read : answers JSON-RPC methods; raises RpcError.
    """

    def __init__(self, read: Read):
        self._read = read
        self._filters: dict[str, _BlockFilter] = {}
        self._identifiers = count(1)

    def of_logs(self, wanted: Mapping) -> str:
        """Watch for logs that eth_getLogs would give for `wanted`; the filter's identifier."""
        return self._add(_LogFilter(self._read, wanted))

    def of_blocks(self) -> str:
        """Watch for blocks; the filter's identifier."""
        return self._add(_BlockFilter(self._read))

    def of_transactions(self) -> str:
        """Watch for transactions, which are in a block as soon as they are sent; the filter's identifier."""
        return self._add(_TransactionFilter(self._read))

    def changes(self, identifier: str) -> list:
        """What is new since this was last asked: logs, or hashes of blocks or transactions.

        Logs of blocks that a reorganisation undid come first, the latest first, with `removed` true.
        """
        return self._find("eth_getFilterChanges", identifier).changes()

    def logs(self, identifier: str) -> list[dict]:
        """All logs that a filter of logs matches."""
        found = self._find("eth_getFilterLogs", identifier)
        if not isinstance(found, _LogFilter):
            raise RpcError("eth_getFilterLogs", _SERVER_ERROR, f"filter {identifier} is not one of logs")
        return self._read("eth_getLogs", [found.wanted])

    def uninstall(self, identifier: str) -> bool:
        """Forget a filter; whether there was one."""
        return self._filters.pop(identifier, None) is not None

    def _add(self, made: "_BlockFilter") -> str:
        identifier = hex(next(self._identifiers))
        self._filters[identifier] = made
        return identifier

    def _find(self, method: str, identifier: str) -> "_BlockFilter":
        found = self._filters.get(identifier)
        if found is None:
            raise RpcError(method, _SERVER_ERROR, f"filter {identifier} not found")
        return found


class _BlockFilter:
    """Follows the chain from block `first` (None: the next) on, telling blocks apart by hash."""

    def __init__(self, read: Read, first: int | None = None):
        self._read = read
        head = self._head()
        self._first = head + 1 if first is None else first
        # Known by hash, so that a branch that leaves the chain before the filter began is new from where it leaves.
        known = range(max(0, head + 1 - REVERTIBLE_BLOCKS), min(head + 1, self._first))
        blocks = [self._block(number) for number in known]
        self._seen = deque((_Seen(_number(block), block["hash"]) for block in blocks if block), REVERTIBLE_BLOCKS)

    def changes(self) -> list:
        undone, new = self._advance()
        return self._report(undone, new)

    def _report(self, undone: list[_Seen], new: list[dict]) -> list:
        return [block["hash"] for block in new]

    def _advance(self) -> tuple[list[_Seen], list[dict]]:
        """Blocks seen that the chain undid, latest first, and those it has that were not seen, earliest first."""
        head = self._head()
        undone: list[_Seen] = []
        while self._seen:
            block = self._block(self._seen[-1].number)
            if block is None and self._seen[-1].number <= head:
                raise self._lost(self._seen[-1].number)
            if block is not None and block["hash"] == self._seen[-1].hash:
                break
            undone.append(self._seen.pop())
        first = self._seen[-1].number + 1 if self._seen else undone[-1].number if undone else self._first
        new = []
        for number in range(first, head + 1):
            block = self._block(number)
            if block is None:
                raise self._lost(number)
            self._seen.append(_Seen(number, block["hash"]))
            new.append(block)
        return undone, new

    def _head(self) -> int:
        return int(self._read("eth_blockNumber", []), 16)

    def _block(self, number: int) -> dict | None:
        return self._read("eth_getBlockByNumber", [hex(number), False])

    @staticmethod
    def _lost(number: int) -> RpcError:
        return RpcError(
            "eth_getFilterChanges",
            _SERVER_ERROR,
            f"the filter stands at block {number}, which the chain does not keep any more: make a new filter, and ask "
            f"it at least every {REVERTIBLE_BLOCKS} blocks",
        )


class _TransactionFilter(_BlockFilter):
    def _report(self, undone: list[_Seen], new: list[dict]) -> list:
        return [key for block in new for key in block["transactions"]]


class _LogFilter(_BlockFilter):
    """Logs by block range, address and topics; those of a given block (`blockHash`) are never new."""

    def __init__(self, read: Read, wanted: Mapping):
        self.wanted = dict(wanted)
        self._from = _bound(wanted.get("fromBlock"))
        super().__init__(read, self._from)
        self._last = -1 if "blockHash" in wanted else _bound(wanted.get("toBlock"))

    def _report(self, undone: list[_Seen], new: list[dict]) -> list:
        gone = [log | {"removed": True} for block in undone for log in reversed(block.logs)]
        return gone + self._logs(new)

    def _logs(self, new: list[dict]) -> list[dict]:
        """Logs of blocks just seen, kept with them in case they are undone."""
        first = 0 if self._from is None else self._from
        numbers = [n for n in map(_number, new) if first <= n and (self._last is None or n <= self._last)]
        if not numbers:
            return []
        wanted = self.wanted | {"fromBlock": hex(numbers[0]), "toBlock": hex(numbers[-1])}
        logs = self._read("eth_getLogs", [wanted])
        places = {seen.number: seen for seen in self._seen}
        for log in logs:
            # A filter that starts further back than blocks can be undone forgets the first of them at once.
            if (seen := places.get(int(log["blockNumber"], 16))) is not None:
                seen.logs.append(log)
        return logs


def _bound(block: str | int | None) -> int | None:
    """A block number; None for the newest, which moves."""
    if block in (None, "latest", "pending"):
        return None
    return 0 if block == "earliest" else int(block, 16) if isinstance(block, str) else block


def _number(block: Mapping) -> int:
    return int(block["number"], 16)
