"""A contract at an address: calldata in, named values out."""

from collections.abc import Mapping

from simulator.chain.abi import Codec, codec, signature
from simulator.chain.keccak import keccak256
from simulator.chain.protocol import Call, Chain, Transaction
from simulator.chain.revert import CallReverted, RevertDecoder


class Contract:
    """Bindings of one deployed contract.

    Functions are named as in the source; an overloaded one by its signature, `mint(address,uint256)`, which also works
    for any other. Structs go in as sequences in declaration order and come out as named tuples.

    Parameters
    ----------
    name : what reports call it.
    address : EIP-55 checksummed.
    abi : the compiler's ABI, a list of entries.
    """

    def __init__(self, name: str, address: str, abi: list[Mapping]):
        self.name = name
        self.address = address
        self.abi = abi
        self.errors = RevertDecoder([abi])
        self._functions = _functions(abi)

    def encode(self, function: str, *arguments) -> bytes:
        """Calldata of a call. Raises KeyError for an unknown function, and what `Codec.encode` raises."""
        return self._functions[function].encode(arguments)

    def decode(self, function: str, data: bytes):
        """What a call returned: None, the value, or a named tuple of several."""
        return self._functions[function].decode(data)

    def transaction(self, sender: str, function: str, *arguments, value: int = 0) -> Transaction:
        """An unsigned transaction that calls `function`."""
        return Transaction(sender, self.address, self._functions[function].encode(arguments), value)

    def call(self, function: str, *arguments) -> Call:
        """A read-only call, for `Chain.calls`; decode its result with `decode`."""
        return Call(self.address, self._functions[function].encode(arguments))

    def read(self, chain: Chain, function: str, *arguments):
        """Call a view function on the head state. Raises CallReverted with this contract's errors decoded."""
        try:
            return self.decode(function, chain.call(self.call(function, *arguments)))
        except CallReverted as reverted:
            raise CallReverted(reverted.data, reverted.reason, self.errors) from None

    def function_names(self) -> dict[bytes, str]:
        """Name of each function by its 4-byte selector."""
        return {function.selector: function.name for function in self._functions.values()}


def deployment(bytecode: bytes, abi: list[Mapping], *arguments) -> bytes:
    """Data of a creation transaction: init code and encoded constructor arguments."""
    inputs = next((entry["inputs"] for entry in abi if entry["type"] == "constructor"), [])
    return bytecode + codec({"type": "tuple", "components": inputs}).encode(arguments)


class _Function:
    """One function's selector and codecs."""

    __slots__ = ("_inputs", "_outputs", "_single", "name", "selector")

    def __init__(self, entry: Mapping):
        self.name = entry["name"]
        self.selector = keccak256(signature(entry).encode())[:4]
        self._inputs: Codec = codec({"type": "tuple", "components": entry["inputs"]})
        self._outputs: Codec = codec({"type": "tuple", "components": entry["outputs"]})
        self._single = len(entry["outputs"]) == 1

    def encode(self, arguments: tuple) -> bytes:
        return self.selector + self._inputs.encode(arguments)

    def decode(self, data: bytes):
        values = self._outputs.decode(data, 0)
        return values[0] if self._single else values or None


def _functions(abi: list[Mapping]) -> dict[str, _Function]:
    entries = [entry for entry in abi if entry["type"] == "function"]
    functions = {signature(entry): _Function(entry) for entry in entries}
    for entry in entries:
        if sum(entry["name"] == other["name"] for other in entries) == 1:
            functions[entry["name"]] = functions[signature(entry)]
    return functions
