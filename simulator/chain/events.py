"""Logs into named events, once, by topic."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from simulator.chain.abi import Codec, codec, record_type, signature
from simulator.chain.contract import Contract
from simulator.chain.keccak import keccak256
from simulator.chain.protocol import Log

# Indexed values of these kinds are hashed into their topic; only the hash can be read back.
_HASHED = ("string", "bytes", "tuple")


class Event(NamedTuple):
    """A decoded log. `args` is a named tuple in declaration order; wads are ints, addresses checksummed."""

    contract: str
    name: str
    args: Any


class EventDecoder:
    """Decodes the logs of the given contracts.

    A field that Python reserves gets a trailing underscore: `PositionMoved.from` is `args.from_`.
    """

    def __init__(self, contracts: Iterable[Contract]):
        self._layouts: dict[tuple[str, bytes], _Layout] = {
            (contract.address, layout.topic): layout
            for contract in contracts
            for layout in (_Layout(contract.name, entry) for entry in contract.abi if entry["type"] == "event")
        }

    def decode(self, log: Log) -> Event | None:
        """The event in `log`, or None if its contract or topic is not known."""
        topics = log.topics
        if not topics:
            return None
        layout = self._layouts.get((log.address, topics[0]))
        return layout.decode(topics, log.data) if layout else None


class _Layout:
    """Where each field of one event is found."""

    __slots__ = ("_body", "_contract", "_indexed", "_make", "_name", "_order", "topic")

    def __init__(self, contract: str, entry: Mapping):
        inputs = entry["inputs"]
        self.topic = keccak256(signature(entry).encode())
        self._contract = contract
        self._name = entry["name"]
        self._make = record_type(entry["name"], [field["name"] for field in inputs])._make
        self._indexed = [_topic_codec(field["type"]).decode for field in inputs if field["indexed"]]
        self._body: Codec = codec({"type": "tuple", "components": [field for field in inputs if not field["indexed"]]})
        # Position of each field among the indexed ones followed by the others.
        places = sorted(range(len(inputs)), key=lambda i: not inputs[i]["indexed"])
        order = [places.index(i) for i in range(len(inputs))]
        self._order = None if order == sorted(order) else order

    def decode(self, topics: tuple[bytes, ...], data: bytes) -> Event:
        values = [read(topic, 0) for read, topic in zip(self._indexed, topics[1:], strict=True)]
        values += self._body.decode(data, 0)
        if self._order:
            values = [values[place] for place in self._order]
        return Event(self._contract, self._name, self._make(values))


def _topic_codec(kind: str) -> Codec:
    hashed = kind.startswith("tuple") or kind.endswith("]") or kind in _HASHED
    return codec({"type": "bytes32" if hashed else kind})
