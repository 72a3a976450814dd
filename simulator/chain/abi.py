"""The Solidity ABI: one codec per type, built once, so that encoding a call is a handful of `int.to_bytes`.

`eth_abi` parses and validates on every call, which costs more than the embedded EVM takes to execute a simple one.
Encodings agree with it bit for bit (tests/unit/chain/test_abi.py). Source: Solidity documentation, "Contract ABI
Specification".
"""

import keyword
import re
from collections import namedtuple
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.chain.keccak import address_bytes, checksum_address

_ARRAY = re.compile(r"^(.*)\[(\d*)\]$")


@dataclass(frozen=True, slots=True)
class Codec:
    """How values of one type are written and read.

    encode : value -> bytes. Raises OverflowError, TypeError or ValueError for a value outside the type.
    decode : (data, position) -> value; offsets inside dynamic data count from the enclosing tuple's position.
    size : bytes in the enclosing head.
    dynamic : whether the head holds an offset to a tail.
    """

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes, int], Any]
    size: int
    dynamic: bool


def codec(parameter: Mapping) -> Codec:
    """Codec of one ABI parameter (`type`, and `components` for tuples). Raises ValueError for an unknown type."""
    kind = parameter["type"]
    array = _ARRAY.match(kind)
    if array:
        item = codec({**parameter, "type": array[1]})
        return _fixed_array(item, int(array[2])) if array[2] else _array(item)
    if kind.startswith("uint"):
        return _unsigned(int(kind[4:] or 256))
    if kind.startswith("int"):
        return _signed(int(kind[3:] or 256))
    if kind == "address":
        return _ADDRESS
    if kind == "bool":
        return _BOOL
    if kind == "bytes":
        return _BYTES
    if kind == "string":
        return _STRING
    if kind.startswith("bytes"):
        return _fixed_bytes(int(kind[5:]))
    if kind == "tuple":
        return _tuple(parameter["components"])
    raise ValueError(f"ABI type {kind!r} is not supported")


def signature(entry: Mapping) -> str:
    """Canonical signature of a function, event or error: `settleTrades((uint64,uint64,uint32,uint128,uint128)[])`."""
    return f"{entry['name']}({','.join(map(_canonical, entry['inputs']))})"


def record_type(name: str, fields: list[str]) -> type:
    """A named tuple with these fields; empty names become `field0`, and names Python reserves get a trailing `_`."""
    labels = [field.strip("_") or f"field{i}" for i, field in enumerate(fields)]
    return namedtuple(name, [f"{label}_" if keyword.iskeyword(label) else label for label in labels], rename=True)


def _canonical(parameter: Mapping) -> str:
    kind = parameter["type"]
    if kind.startswith("tuple"):
        return f"({','.join(map(_canonical, parameter['components']))}){kind[5:]}"
    return kind


def _unsigned(bits: int) -> Codec:
    size, pad = bits // 8, bytes(32 - bits // 8)
    return Codec(
        lambda value: pad + value.to_bytes(size, "big"),
        lambda data, at: int.from_bytes(_word(data, at), "big"),
        32,
        False,
    )


def _signed(bits: int) -> Codec:
    limit = 1 << (bits - 1)

    def encode(value: int) -> bytes:
        if not -limit <= value < limit:
            raise OverflowError(f"{value} does not fit int{bits}")
        return value.to_bytes(32, "big", signed=True)

    return Codec(encode, lambda data, at: int.from_bytes(_word(data, at), "big", signed=True), 32, False)


def _fixed_bytes(size: int) -> Codec:
    pad = bytes(32 - size)

    def encode(value: bytes) -> bytes:
        if len(value) != size:
            raise ValueError(f"bytes{size} needs {size} bytes, got {len(value)}")
        return value + pad

    return Codec(encode, lambda data, at: _word(data, at)[:size], 32, False)


def _word(data: bytes, at: int) -> bytes:
    word = data[at : at + 32]
    if len(word) != 32:
        raise ValueError(f"ABI data ends at byte {len(data)}, inside the word at {at}")
    return word


def _length(data: bytes, at: int) -> int:
    length = int.from_bytes(_word(data, at), "big")
    if length > len(data):
        raise ValueError(f"ABI length {length} at byte {at} exceeds the {len(data)} bytes of data")
    return length


def _encode_bool(value: bool) -> bytes:
    if value is not True and value is not False:
        raise TypeError(f"bool expected, got {value!r}")
    return _TRUE if value else _FALSE


def _encode_bytes(value: bytes) -> bytes:
    return len(value).to_bytes(32, "big") + value + bytes(-len(value) % 32)


def _decode_bytes(data: bytes, at: int) -> bytes:
    length = _length(data, at)
    value = data[at + 32 : at + 32 + length]
    if len(value) != length:
        raise ValueError(f"ABI data ends at byte {len(data)}, inside the {length} bytes at {at + 32}")
    return value


_TRUE, _FALSE = (1).to_bytes(32, "big"), bytes(32)
_ADDRESS_PAD = bytes(12)
_ADDRESS = Codec(
    lambda value: _ADDRESS_PAD + address_bytes(value),
    lambda data, at: checksum_address(_word(data, at)[12:]),
    32,
    False,
)
_BOOL = Codec(_encode_bool, lambda data, at: _word(data, at) != _FALSE, 32, False)
_BYTES = Codec(_encode_bytes, _decode_bytes, 32, True)
_STRING = Codec(
    lambda value: _encode_bytes(value.encode()),
    lambda data, at: _decode_bytes(data, at).decode("utf-8", "replace"),
    32,
    True,
)


def _sequence(items: list[Codec]) -> tuple[Callable, Callable, bool]:
    """Encode and decode a run of values, heads first; and whether any of them is dynamic."""
    encoders = [item.encode for item in items]
    places, at = [], 0
    for item in items:
        places.append((item.decode, at, item.dynamic))
        at += item.size
    head_size = at
    dynamic = any(item.dynamic for item in items)

    def encode_static(values) -> bytes:
        return b"".join([encode(value) for encode, value in zip(encoders, values, strict=True)])

    def encode_dynamic(values) -> bytes:
        heads, tails, offset = [], [], head_size
        for item, value in zip(items, values, strict=True):
            encoded = item.encode(value)
            if item.dynamic:
                heads.append(offset.to_bytes(32, "big"))
                tails.append(encoded)
                offset += len(encoded)
            else:
                heads.append(encoded)
        return b"".join(heads + tails)

    def decode(data: bytes, at: int) -> list:
        return [read(data, at + (_length(data, at + place) if indirect else place)) for read, place, indirect in places]

    return encode_dynamic if dynamic else encode_static, decode, dynamic


def _tuple(components: list[Mapping]) -> Codec:
    items = [codec(component) for component in components]
    encode, decode, dynamic = _sequence(items)
    make = record_type("Record", [component["name"] for component in components])._make
    return Codec(
        encode, lambda data, at: make(decode(data, at)), 32 if dynamic else sum(item.size for item in items), dynamic
    )


def _fixed_array(item: Codec, count: int) -> Codec:
    encode, decode, dynamic = _sequence([item] * count)
    return Codec(encode, lambda data, at: tuple(decode(data, at)), 32 if dynamic else item.size * count, dynamic)


def _array(item: Codec) -> Codec:
    encode_item, decode_item, size = item.encode, item.decode, item.size

    def encode(values) -> bytes:
        count = len(values).to_bytes(32, "big")
        if item.dynamic:
            return count + _sequence([item] * len(values))[0](values)
        return count + b"".join([encode_item(value) for value in values])

    def decode(data: bytes, at: int) -> tuple:
        count, start = _length(data, at), at + 32
        heads = [start + i * size for i in range(count)]
        if item.dynamic:
            heads = [start + _length(data, head) for head in heads]
        return tuple([decode_item(data, head) for head in heads])

    return Codec(encode, decode, 32, True)
