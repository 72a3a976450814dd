"""A contract at an address: calldata in, named values out."""

from collections.abc import Mapping

from simulator.chain.abi import codec
from simulator.chain.functions import Functions
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
        functions = Functions(abi)
        self._functions, self._by_selector = functions.by_name, functions.by_selector

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

    def function_name(self, data: bytes) -> str | None:
        """Name of the function that calldata calls; None if the contract has no such function."""
        function = self._by_selector.get(data[:4])
        return None if function is None else function.name


def deployment(bytecode: bytes, abi: list[Mapping], *arguments) -> bytes:
    """Data of a creation transaction: init code and encoded constructor arguments."""
    inputs = next((entry["inputs"] for entry in abi if entry["type"] == "constructor"), [])
    return bytecode + codec({"type": "tuple", "components": inputs}).encode(arguments)
