"""The functions of an ABI: what to send to call one, what it returned, and which one calldata calls."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from simulator.chain.abi import Codec, codec, signature
from simulator.chain.keccak import keccak256


class Invocation(NamedTuple):
    """Decoded calldata. `arguments` is a named tuple in declaration order; wads are ints, addresses checksummed."""

    function: str
    arguments: Any


class Function:
    """One function's selector and codecs."""

    __slots__ = ("_inputs", "_outputs", "_single", "name", "selector")

    def __init__(self, entry: Mapping):
        self.name = entry["name"]
        self.selector = keccak256(signature(entry).encode())[:4]
        self._inputs: Codec = codec({"type": "tuple", "components": entry["inputs"]})
        self._outputs: Codec = codec({"type": "tuple", "components": entry["outputs"]})
        self._single = len(entry["outputs"]) == 1

    def encode(self, arguments: tuple) -> bytes:
        """Calldata. Raises what `Codec.encode` raises."""
        return self.selector + self._inputs.encode(arguments)

    def arguments(self, data: bytes) -> Any:
        """The arguments in calldata, a named tuple. Raises ValueError if the data ends too early."""
        return self._inputs.decode(data, 4)

    def decode(self, data: bytes):
        """What a call returned: None, the value, or a named tuple of several."""
        values = self._outputs.decode(data, 0)
        return values[0] if self._single else values or None


class Functions:
    """The functions of an ABI.

    `by_name` has each by its signature, and by its name alone if no other function shares that; `by_selector` has each
    once, by its 4-byte selector.
    """

    def __init__(self, abi: list[Mapping]):
        entries = [entry for entry in abi if entry["type"] == "function"]
        self.by_name = {signature(entry): Function(entry) for entry in entries}
        self.by_selector = {function.selector: function for function in self.by_name.values()}
        for entry in entries:
            if sum(entry["name"] == other["name"] for other in entries) == 1:
                self.by_name[entry["name"]] = self.by_name[signature(entry)]

    def invocation(self, data: bytes) -> Invocation | None:
        """The function that calldata calls, with its arguments; None if the ABI has no such function.

        Raises ValueError if the data ends within the arguments.
        """
        function = self.by_selector.get(data[:4])
        return None if function is None else Invocation(function.name, function.arguments(data))
