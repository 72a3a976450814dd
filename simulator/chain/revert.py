"""Revert data into names, values and a sentence."""

from collections.abc import Iterable, Mapping

from simulator.chain.abi import Codec, codec, signature
from simulator.chain.keccak import keccak256
from simulator.errors import TransactionReverted

_BUILTIN = [
    {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
]

# Solidity documentation, "Panic via assert and Error via require".
_PANICS = {
    0x00: "compiler panic",
    0x01: "assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x21: "value outside its enum",
    0x22: "badly encoded storage",
    0x31: "pop from an empty array",
    0x32: "index out of bounds",
    0x41: "too much memory",
    0x51: "call of an unset function",
}

# Integers this large in an error are almost always 1e18 fixed point, and unreadable otherwise.
_WAD_FROM = 10**15
_UNLIMITED = 1 << 128


class RevertDecoder:
    """Decodes the custom errors of the given ABIs, `Error(string)` and `Panic(uint256)`.

    Two ABIs may declare the same error; a selector means the same signature everywhere.
    """

    def __init__(self, abis: Iterable[list[Mapping]] = ()):
        self._errors: dict[bytes, tuple[str, list[str], Codec]] = {}
        for abi in (_BUILTIN, *abis):
            for entry in abi:
                if entry["type"] == "error":
                    names = [part["name"] or f"argument{i}" for i, part in enumerate(entry["inputs"])]
                    types = codec({"type": "tuple", "components": entry["inputs"]})
                    self._errors[keccak256(signature(entry).encode())[:4]] = entry["name"], names, types

    def decode(self, data: bytes) -> tuple[str | None, dict]:
        """Name and arguments of the error in `data`; (None, {}) if it is empty or not one of the known errors."""
        known = self._errors.get(data[:4])
        if known is None:
            return None, {}
        name, names, types = known
        try:
            values = types.decode(data, 4)
        except (ValueError, IndexError):
            return None, {}
        return name, dict(zip(names, values, strict=True))

    def describe(self, data: bytes) -> str:
        """One line a person can read, as in `BelowInitialMargin(account=3, initialMargin=-12.5e18)`."""
        name, arguments = self.decode(data)
        if name is None:
            return f"unknown error 0x{data.hex()}" if data else "reverted without a reason"
        if name == "Error":
            return arguments["reason"]
        if name == "Panic":
            code = arguments["code"]
            return f"panic 0x{code:02x}: {_PANICS.get(code, 'unknown')}"
        return f"{name}({', '.join(f'{key}={_readable(value)}' for key, value in arguments.items())})"


class CallReverted(TransactionReverted):
    """A read-only call reverted. `data` is the raw revert data; `reason` says why if the EVM halted without any."""

    def __init__(self, data: bytes, reason: str = "", decoder: RevertDecoder | None = None):
        decoder = decoder or _PLAIN
        name, arguments = decoder.decode(data)
        super().__init__(f"call reverted: {reason or decoder.describe(data)}", name, arguments)
        self.data = data
        self.reason = reason

    def __reduce__(self):
        return CallReverted, (self.data, self.reason)


def decode_revert(data: bytes, abis: Iterable[list[Mapping]] = ()) -> tuple[str | None, dict]:
    """Name and arguments of the error in `data`. Build a `RevertDecoder` where this is done often."""
    return RevertDecoder(abis).decode(data)


def _readable(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and _WAD_FROM <= abs(value) < _UNLIMITED:
        return _wad(value)
    if isinstance(value, bytes):
        text = value.rstrip(b"\0")  # a short string in a bytes32
        return text.decode() if text.isascii() and text.decode().isprintable() and text else "0x" + value.hex()
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_readable, value)) + "]"
    return str(value)


def _wad(value: int) -> str:
    """`value` as an exact multiple of 1e18: -12500000000000000000 becomes -12.5e18."""
    whole, fraction = divmod(abs(value), 10**18)
    digits = f"{whole}.{fraction:018d}".rstrip("0").rstrip(".")
    return f"{'-' if value < 0 else ''}{digits}e18"


_PLAIN = RevertDecoder()
