"""Signed transactions (eth_sendRawTransaction): who signed what."""

from dataclasses import dataclass
from typing import Any

import rlp
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_keys.exceptions import BadSignature, ValidationError
from hexbytes import HexBytes

from simulator.chain.keccak import checksum_address, keccak256
from simulator.chain.protocol import Transaction

# Transaction types by their EIP-2718 number: EIP-2930 and EIP-1559. What is older than types starts with an RLP list.
_ACCESS_LIST, _FEE_MARKET, _FIRST_LEGACY_BYTE = 1, 2, 0xC0

_LEGACY = ("nonce", "gasPrice", "gas", "to", "value", "data", "v", "r", "s")

# EIP-155: v is 35 or 36 more than twice the chain id, or 27 or 28 if the signature holds on every chain.
_CHAIN_BOUND_V = 35


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTransaction(Transaction):
    """A transaction as it was signed; its sender is the signer.

    Attributes
    ----------
    nonce : position among the signer's transactions.
    chain_id : chain it was signed for; None for any.
    price : the most that it offers for gas, wei.
    raw : its bytes.
    shown : what JSON-RPC shows of it besides: type, prices, access list, signature.
    """

    nonce: int
    chain_id: int | None
    price: int
    raw: bytes
    shown: dict[str, Any]

    @property
    def hash(self) -> str:
        """Its hash, which its signer knows before it is sent."""
        return "0x" + keccak256(self.raw).hex()


def signed_transaction(raw: bytes) -> SignedTransaction:
    """Decode a signed transaction. Raises ValueError unless it is one, of a type that only moves gas and value."""
    kind = raw[0] if raw and raw[0] < _FIRST_LEGACY_BYTE else 0
    if kind not in (0, _ACCESS_LIST, _FEE_MARKET):
        raise ValueError(f"transactions of type {kind} are not taken: sign one of type 0, 1 or 2")
    try:
        sender = Account.recover_transaction(raw)
        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict() if kind else _legacy_fields(raw)
    except (rlp.RLPException, BadSignature, ValidationError, TypeError, ValueError) as error:
        raise ValueError(f"this is not a signed transaction: {error}") from None
    to = bytes(fields["to"])
    return SignedTransaction(
        sender,
        checksum_address(to) if to else None,
        bytes(fields["data"]),
        fields["value"],
        gas_limit=fields["gas"],
        nonce=fields["nonce"],
        chain_id=_chain_id(kind, fields),
        price=fields["maxFeePerGas"] if kind == _FEE_MARKET else fields["gasPrice"],
        raw=raw,
        shown=_shown(kind, fields),
    )


def _legacy_fields(raw: bytes) -> dict[str, Any]:
    fields = dict(zip(_LEGACY, rlp.decode(raw), strict=True))
    numbers = {name: int.from_bytes(fields[name]) for name in _LEGACY if name not in ("to", "data")}
    return fields | numbers


def _chain_id(kind: int, fields: dict[str, Any]) -> int | None:
    if kind:
        return fields["chainId"]
    return (fields["v"] - _CHAIN_BOUND_V) // 2 if fields["v"] >= _CHAIN_BOUND_V else None


def _shown(kind: int, fields: dict[str, Any]) -> dict[str, Any]:
    chain_id = _chain_id(kind, fields)
    shown: dict[str, Any] = {"type": hex(kind)}
    shown |= {name: hex(fields[name]) for name in ("v", "r", "s")}
    shown |= {} if chain_id is None else {"chainId": hex(chain_id)}
    if kind:
        shown["yParity"] = hex(fields["v"])
        shown["accessList"] = [
            {
                "address": checksum_address(bytes(entry["address"])),
                "storageKeys": [f"0x{key:064x}" for key in entry["storageKeys"]],
            }
            for entry in fields["accessList"]
        ]
    if kind == _FEE_MARKET:
        shown |= {name: hex(fields[name]) for name in ("maxFeePerGas", "maxPriorityFeePerGas")}
    return shown
