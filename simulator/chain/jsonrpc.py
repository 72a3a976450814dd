"""JSON-RPC to a node in batches, with every failure a ChainError.

web3.py's providers carry the requests; its middleware does not, because formatting each receipt costs more than mining
the transaction.
"""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from requests.exceptions import RequestException
from web3 import HTTPProvider
from web3.providers import JSONBaseProvider

from simulator.errors import ChainError

# Anvil answers a batch concurrently and keeps the order of small ones only: futures::join_all polls up to 30 in turn.
BATCH = 30

_CHUNK = 1 << 20

Request = tuple[str, list]


class RpcError(ChainError):
    """The node answered with an error. `data` is the hexadecimal revert data, if it sent any."""

    def __init__(self, method: str, code: int, message: str, data: Any = None):
        super().__init__(f"{method} failed on the node: {message}")
        self.code = code
        self.reason = message
        self.data = data if isinstance(data, str) else None


class Node:
    """A node at an http(s) URL or an IPC path. Raises ChainError if it cannot be reached."""

    def __init__(self, address: str):
        self.address = address
        if "://" not in address:
            self._provider: JSONBaseProvider = IpcProvider(Path(address))
        elif address.startswith(("http://", "https://")):
            self._provider = HTTPProvider(address, request_kwargs={"timeout": 60}, exception_retry_configuration=None)
        else:
            raise ChainError(f"{address}: unknown scheme; give an http:// or https:// URL or the path of an IPC socket")

    def request(self, method: str, *params: Any) -> Any:
        """Result of one call. Raises RpcError."""
        return self.batch([(method, list(params))])[0]

    def batch(self, requests: Sequence[Request]) -> list[Any]:
        """Results of many calls, in order. Raises RpcError for the first that failed."""
        outcomes = self.batch_outcomes(requests)
        for outcome in outcomes:
            if isinstance(outcome, RpcError):
                raise outcome
        return outcomes

    def batch_outcomes(self, requests: Sequence[Request]) -> list[Any]:
        """Like `batch`, with an RpcError in the place of a result where a call failed."""
        outcomes: list[Any] = []
        for start in range(0, len(requests), BATCH):
            part = list(requests[start : start + BATCH])
            for (method, _), response in zip(part, self._send(part), strict=True):
                error = response.get("error")
                if error is None:
                    outcomes.append(response.get("result"))
                else:
                    outcomes.append(RpcError(method, error.get("code", 0), error.get("message", ""), error.get("data")))
        return outcomes

    def close(self) -> None:
        """Drop the connection. A second call does nothing."""
        if isinstance(self._provider, IpcProvider):
            self._provider.close()

    def _send(self, requests: list[Request]) -> list[dict]:
        try:
            responses = self._provider.make_batch_request(requests)
        except (OSError, RequestException) as error:
            raise ChainError(
                f"lost the node at {self.address} ({type(error).__name__}); start it, or use --chain anvil"
            ) from None
        except ValueError:
            raise ChainError(f"{self.address} does not answer in JSON-RPC; is it a node?") from None
        if not isinstance(responses, list) or len(responses) != len(requests):
            raise ChainError(f"{self.address} does not answer JSON-RPC batches: {str(responses)[:200]}")
        return responses


class IpcProvider(JSONBaseProvider):
    """A web3 provider over a Unix socket, for responses that end with a newline and may be megabytes long.

    web3's own reads 4 KiB at a time, scans all it has after each, and spins on a closed socket.
    """

    def __init__(self, path: Path):
        super().__init__()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise ChainError(f"{path}: no node listens there: {error.strerror}") from None

    def make_batch_request(self, requests: list[Request]) -> list[dict]:
        try:
            self._socket.sendall(self.encode_batch_rpc_request(requests) + b"\n")
            line = self._read_line()
        except BaseException:
            self._socket.close()  # after Ctrl-C what comes late would be taken for the answer to the next request
            raise
        responses = self.decode_rpc_response(line)
        return sorted(responses, key=lambda response: response["id"]) if isinstance(responses, list) else responses

    def close(self) -> None:
        self._socket.close()

    def _read_line(self) -> bytes:
        parts = []
        while not parts or not parts[-1].endswith(b"\n"):
            part = self._socket.recv(_CHUNK)
            if not part:
                raise ConnectionError("it closed the connection")
            parts.append(part)
        return b"".join(parts)
