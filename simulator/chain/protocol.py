"""What Seawall needs of a chain, and the data that crosses that boundary.

Every backend executes the same transactions in the same order and returns the same logs, outputs and statuses. Gas
prices are zero at this level: fees are priced by `fee_market` and booked by the simulator, alike on every backend, from
`gas_schedule`, because the gas an in-process EVM reports differs from a node's.

Logs and receipts are named tuples because every transaction makes some, and a frozen dataclass takes four times as long
to make.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from web3 import Web3

DEFAULT_CHAIN_ID = 31337
HARDFORK = "cancun"

# What contracts see of a block besides its number and time, alike on every backend. Block space is rationed by
# `block_space`, never by the EVM, so the EVM's own limit is out of reach.
EVM_BLOCK_GAS_LIMIT = 1_000_000_000_000
COINBASE = "0x0000000000000000000000000000000000000000"

# Blocks below the head that every backend can undo, unless they were finalised before. Bounds what a backend keeps.
REVERTIBLE_BLOCKS = 256

# Gas given to a read-only call, unless it says otherwise.
CALL_GAS = 100_000_000


@dataclass(frozen=True, slots=True)
class Transaction:
    """An unsigned transaction. Addresses are EIP-55 checksummed; `to` None deploys `data`.

    The gas limit is far above need: backends meter gas differently, so one within reach could fail on some only.
    """

    sender: str
    to: str | None
    data: bytes
    value: int = 0
    gas_limit: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Call:
    """A read-only call."""

    to: str
    data: bytes
    sender: str = "0x0000000000000000000000000000000000000000"
    value: int = 0
    gas_limit: int = CALL_GAS


class Log(NamedTuple):
    """One event as the EVM emitted it; each topic is 32 bytes."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


class Receipt(NamedTuple):
    """What a transaction did.

    `output` is the revert data if `succeeded` is false (empty for out of gas and the like), and empty if it is true:
    a node's receipt does not hold what a transaction returned. Events say what happened.
    `gas_used` is the backend's own figure and differs between backends; Seawall charges `gas_schedule`.
    `contract_address` is set for a deployment that succeeded.
    """

    transaction: Transaction
    succeeded: bool
    output: bytes
    logs: tuple[Log, ...]
    gas_used: int
    contract_address: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """An executed block; `timestamp` in UTC seconds."""

    number: int
    timestamp: int
    receipts: tuple[Receipt, ...]


class Chain(Protocol):
    """A development chain whose blocks the simulator produces."""

    name: str
    chain_id: int

    @property
    def head(self) -> int:
        """Number of the newest block."""

    @property
    def timestamp(self) -> int:
        """Timestamp of the newest block, UTC seconds."""

    def fund(self, address: str, wei: int) -> None:
        """Set the native balance of `address`, an account without code."""

    def balance(self, address: str) -> int:
        """Native balance of `address` in wei."""

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        """Execute `transactions` in order in one new block at `timestamp` (later than the head's).

        A transaction that reverts is included with `succeeded` false. Raises ChainError if the backend fails; also,
        with the chain as it was, if a transaction could be in no block (value above the balance, gas limit below its
        intrinsic gas).
        """

    def call(self, call: Call) -> bytes:
        """Return data of a read-only call on the head state, in the head's block. Raises CallReverted."""

    def calls(self, calls: Sequence[Call]) -> list[bytes]:
        """Many read-only calls on the head state; one round trip where the backend has them."""

    def snapshot(self) -> int:
        """Remember the head; returns an identifier for `revert`."""

    def revert(self, snapshot: int) -> None:
        """Return to a remembered head, and to what could be undone then; that snapshot and later ones are spent."""

    def reorg(self, depth: int) -> tuple[Block, ...]:
        """Undo the newest `depth` blocks; returns them, oldest first, as `mine` did.

        State, nonces, head and timestamp are again those of the block before them, just before the first of them was
        mined; snapshots taken since are spent. The caller mines the other branch, puts the transactions of the undone
        blocks (`receipts[i].transaction`) back where they waited, and undoes what it had read from the receipts. The
        next block may be earlier than the undone one, but not than its new parent.

        Raises ChainError, and changes nothing, if that reaches a finalised block or further than
        `REVERTIBLE_BLOCKS` back.
        """

    def finalise(self, block: int) -> None:
        """Make blocks up to this one final: `reorg` refuses to undo them. `revert` to a snapshot still may."""

    @property
    def finalised(self) -> int:
        """Number of the newest final block; 0 at genesis."""

    def web3(self) -> "Web3":
        """A web3.py `Web3` on this chain, for scripts and tools; it and this object may be used in turn.

        A transaction it sends is mined at once, in a block of its own; nothing need be signed, any wallet may send.
        Threads that use it take turns; what else uses this object meanwhile does not.
        """

    def close(self) -> None:
        """Release the backend. A second call does nothing."""
