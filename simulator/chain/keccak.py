"""Keccak-256, and EIP-55 addresses built on it."""

from functools import lru_cache

from Crypto.Hash import keccak as _keccak


def keccak256(data: bytes) -> bytes:
    """Keccak-256 of `data` (the pre-standard SHA-3 Ethereum uses), 32 bytes."""
    return _keccak.new(data=data, digest_bits=256).digest()


# Runs name a few thousand addresses over and over; hashing each occurrence would dominate event decoding.
@lru_cache(maxsize=1 << 16)
def checksum_address(address: bytes) -> str:
    """EIP-55 form of a 20-byte address."""
    plain = address.hex()
    mask = keccak256(plain.encode()).hex()
    return "0x" + "".join(
        char.upper() if int(nibble, 16) >= 8 else char for char, nibble in zip(plain, mask, strict=False)
    )


@lru_cache(maxsize=1 << 16)
def address_bytes(address: str) -> bytes:
    """The 20 bytes of a hexadecimal address. Raises ValueError if it is not one."""
    raw = bytes.fromhex(address.removeprefix("0x"))
    if len(raw) != 20:
        raise ValueError(f"{address!r} is not an address: expected 20 bytes, got {len(raw)}")
    return raw
