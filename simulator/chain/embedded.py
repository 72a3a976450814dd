"""The default chain: an EVM inside this process (revm, through pyrevm).

pyrevm keeps one journal for the whole run and never closes a transaction. What that leaves to its caller is done here:
nonces, the reset of transient storage, and snapshots that do not use up call depth.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING

from pyrevm import EVM, BlockEnv, CfgEnv, Env, JournalCheckpoint

from simulator.chain.block_time import require_later
from simulator.chain.embedded_failures import failure
from simulator.chain.fork import Answer, in_fork
from simulator.chain.history import History, Kept
from simulator.chain.keccak import address_bytes, checksum_address, keccak256
from simulator.chain.metering import Metering, Reading
from simulator.chain.protocol import (
    CALL_GAS,
    COINBASE,
    DEFAULT_CHAIN_ID,
    EVM_BLOCK_GAS_LIMIT,
    HARDFORK,
    Block,
    Call,
    Log,
    Receipt,
    Transaction,
)
from simulator.chain.revert import CallReverted
from simulator.errors import ChainError

if TYPE_CHECKING:
    from web3 import Web3

    from simulator.chain.embedded_node import EmbeddedNode

# Native balance is created by journalled transfers from here: pyrevm's own set_balance survives a revert.
_TREASURY = "0x00000000000000000000000000000000000bA4c0"
_TREASURY_WEI = 1 << 200

# Init code that reverts at once (PUSH0 PUSH0 REVERT): raises its sender's nonce and leaves nothing else behind.
_BUMP_NONCE = bytes.fromhex("5f5ffd")


_CODE_PADDING = 33

# The EVM wants one after the merge; a node derives its own from block hashes.
_PREVRANDAO = bytes(32)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A head to come back to; `sent` is the number of transactions executed up to it."""

    checkpoint: JournalCheckpoint
    number: int
    timestamp: int
    sent: int


class EmbeddedChain:
    """A `Chain` in this process.

    Parameters
    ----------
    genesis_timestamp : timestamp of block 0, UTC seconds.
    chain_id : what the CHAINID opcode returns.
    metering : from the gas that the EVM reads to the gas of a node; the packaged calibration by default.

    Notes
    -----
    `gas_used` is a node's to a few per cent for functions that `metering` knows; others read low where they touch
    storage, which stays warm between transactions. BLOCKHASH and PREVRANDAO are not those of a node, and SELFDESTRUCT
    takes no effect: contracts must not depend on them.
    """

    name = "embedded"

    def __init__(self, *, genesis_timestamp: int, chain_id: int = DEFAULT_CHAIN_ID, metering: Metering | None = None):
        self.metering = metering or Metering.load()
        self.chain_id = chain_id
        self._evm = EVM(Env(CfgEnv(chain_id=chain_id)), gas_limit=EVM_BLOCK_GAS_LIMIT, spec_id=HARDFORK)
        self._evm.set_balance(_TREASURY, _TREASURY_WEI)
        self._nonces: defaultdict[str, int] = defaultdict(int)
        self._senders: list[str] = []
        self._marks: dict[int, tuple[_Mark, Kept]] = {}
        self._next_snapshot = 1
        self._node: EmbeddedNode | None = None
        self._turn = RLock()
        self.genesis_timestamp = genesis_timestamp
        self._enter_block(0, genesis_timestamp)
        self.history = History(0)

    @property
    def head(self) -> int:
        return self._number

    @property
    def timestamp(self) -> int:
        return self._timestamp

    def fund(self, address: str, wei: int) -> None:
        surplus = self._evm.get_balance(address) - wei
        payer, payee = (_TREASURY, address) if surplus < 0 else (address, _TREASURY)
        if not surplus:
            return
        if self._evm.get_code(address):
            raise ChainError(f"cannot set the balance of {address}: it holds code, which a transfer would execute")
        try:
            self._evm.message_call(payer, payee, b"", abs(surplus))
        except (RuntimeError, OverflowError) as error:
            raise ChainError(f"cannot set the balance of {address} to {wei} wei: {failure(error)[1]}") from None

    def balance(self, address: str) -> int:
        return self._evm.get_balance(address)

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        require_later(timestamp, self._number + 1, self._timestamp)
        before = self._mark()
        self._enter_block(self._number + 1, timestamp)
        try:
            receipts = tuple([self._execute(transaction) for transaction in transactions])
        except BaseException:
            self._return_to(before)
            raise
        block = Block(self._number, timestamp, receipts)
        self.history.extend(block, before)
        return block

    def call(self, call: Call) -> bytes:
        evm = self._evm
        checkpoint = evm.snapshot()
        evm.reset_transient_storage()
        try:
            return evm.message_call(call.sender, call.to, call.data, call.value, call.gas_limit)
        except RuntimeError as error:
            raise CallReverted(*failure(error)) from None
        finally:
            evm.revert(checkpoint)

    def calls(self, calls: Sequence[Call]) -> list[bytes]:
        return [self.call(call) for call in calls]

    def snapshot(self) -> int:
        identifier = self._next_snapshot
        self._next_snapshot += 1
        self._marks[identifier] = self._mark(), self.history.kept()
        return identifier

    def revert(self, snapshot: int) -> None:
        if snapshot not in self._marks:
            raise ChainError(f"snapshot {snapshot} is unknown or spent (a revert spends it and all later ones)")
        mark, kept = self._marks[snapshot]
        self._marks = {identifier: earlier for identifier, earlier in self._marks.items() if identifier < snapshot}
        self._return_to(mark)
        self.history.return_to(mark.number, kept)

    def reorg(self, depth: int) -> tuple[Block, ...]:
        undone, mark = self.history.undo(depth)
        self._marks = {
            key: remembered for key, remembered in self._marks.items() if remembered[0].number <= mark.number
        }
        self._return_to(mark)
        return undone

    def finalise(self, block: int) -> None:
        self.history.finalise(block)

    @property
    def finalised(self) -> int:
        return self.history.finalised

    def nonce(self, address: str) -> int:
        """Transactions of `address` so far; for a contract, one more than what it created."""
        return max(self._nonces.get(address, 0), self._evm.basic(address).nonce)

    def code(self, address: str) -> bytes:
        """Runtime code at `address`."""
        code = self._evm.get_code(address) or b""
        # revm pads code that it has analysed with zeros, so that a PUSH at its end stays within bounds.
        padded = code and keccak256(code) != self._evm.basic(address).code_hash
        return code[:-_CODE_PADDING] if padded else code

    def storage(self, address: str, slot: int) -> int:
        """One storage slot of a contract."""
        return self._evm.storage(address, slot)

    def estimate(self, transaction: Transaction) -> int:
        """A gas limit that the transaction keeps to if it were executed now. Raises CallReverted."""
        used = self._dry_run(transaction, CALL_GAS)
        limit = used
        while limit < CALL_GAS:
            try:
                self._dry_run(transaction, limit)
                return limit
            except CallReverted:
                limit += limit // 4  # calls inside keep back a 64th, and refunds come at the end only
        return CALL_GAS

    def read_at(self, block: int, read: Callable[[], Answer]) -> Answer:
        """What `read` finds of this chain as it was after an earlier block, final or not.

        It reads in a copy of this process, for which every block since is undone for good. Raises ChainError if the
        chain does not keep that state, and what `read` raises.
        """
        if block == self._number:
            return read()
        mark = self.history.parent(block + 1)

        def back_then() -> Answer:
            self._return_to(mark)
            return read()

        return in_fork(back_then)

    def web3(self) -> "Web3":
        # web3 takes half a second to import, and runs do without it.
        from simulator.chain.embedded_node import EmbeddedNode
        from simulator.chain.web3_provider import web3_on

        self._node = self._node or EmbeddedNode(self)
        return web3_on(self, self._node.read, lambda signed, timestamp: self.mine([signed], timestamp), self._turn)

    def close(self) -> None:
        self._marks.clear()
        self._node = None

    def _dry_run(self, transaction: Transaction, gas: int) -> int:
        """Gas that a transaction reads, after which everything is as before. Raises CallReverted."""
        mark = self._mark()
        self._evm.reset_transient_storage()
        try:
            if transaction.to is None:
                self._evm.deploy(transaction.sender, transaction.data, transaction.value, gas)
            else:
                self._evm.message_call(transaction.sender, transaction.to, transaction.data, transaction.value, gas)
            return self._evm.result.gas_used
        except RuntimeError as error:
            raise CallReverted(*failure(error)) from None
        finally:
            self._return_to(mark)

    def _mark(self) -> _Mark:
        checkpoint = self._evm.snapshot()
        # An open checkpoint costs one of the 1024 levels of call depth. Its indices are all a later revert needs.
        self._evm.commit()
        return _Mark(checkpoint, self._number, self._timestamp, len(self._senders))

    def _return_to(self, mark: _Mark) -> None:
        self._evm.snapshot()  # the level that revert closes, see _mark
        self._evm.revert(mark.checkpoint)
        for sender in self._senders[mark.sent :]:
            self._nonces[sender] -= 1
        del self._senders[mark.sent :]
        self._enter_block(mark.number, mark.timestamp)

    def _enter_block(self, number: int, timestamp: int) -> None:
        self._number = number
        self._timestamp = timestamp
        self._evm.set_block_env(
            BlockEnv(
                number=number,
                coinbase=COINBASE,
                timestamp=timestamp,
                prevrandao=_PREVRANDAO,
                basefee=0,
                gas_limit=EVM_BLOCK_GAS_LIMIT,
            )
        )

    def _execute(self, transaction: Transaction) -> Receipt:
        evm = self._evm
        if transaction.gas_limit > EVM_BLOCK_GAS_LIMIT:
            raise _invalid(transaction, f"its gas limit of {transaction.gas_limit} is above that of a block")
        evm.reset_transient_storage()
        levels = evm.journal_len
        contract = None
        output = b""
        try:
            if transaction.to is None:
                contract = self._deploy(transaction)
            else:
                evm.message_call(
                    transaction.sender, transaction.to, transaction.data, transaction.value, transaction.gas_limit
                )
        except RuntimeError as error:
            if evm.result is None:
                raise _invalid(transaction, failure(error)[1]) from None
            output = failure(error)[0]
        except (OverflowError, TypeError) as error:
            raise _invalid(transaction, str(error)) from None
        self._nonces[transaction.sender] += 1
        self._senders.append(transaction.sender)
        result = evm.result
        logs = tuple([Log(log.address, *_payload(log)) for log in result.logs])
        refund = result.gas_refunded
        # Every call between contracts opens a level of the journal.
        reading = Reading(result.gas_used + refund, refund, evm.journal_len - levels, len(logs))
        gas = self.metering.gas(transaction.data, result.is_success, output, reading)
        return Receipt(transaction, result.is_success, output, logs, gas, contract)

    def _deploy(self, transaction: Transaction) -> str:
        evm = self._evm
        # Only creations raise a nonce inside the EVM; catch up with the calls this sender made since.
        for _ in range(self._nonces[transaction.sender] - evm.basic(transaction.sender).nonce):
            try:
                evm.deploy(transaction.sender, _BUMP_NONCE)
            except RuntimeError:
                evm.reset_transient_storage()
        address = evm.deploy(transaction.sender, transaction.data, transaction.value, transaction.gas_limit)
        return checksum_address(address_bytes(address))


def _invalid(transaction: Transaction, reason: str) -> ChainError:
    return ChainError(f"transaction from {transaction.sender} is not valid: {reason}")


def _payload(log) -> tuple[tuple[bytes, ...], bytes]:
    topics, data = log.data
    return tuple(topics), data
