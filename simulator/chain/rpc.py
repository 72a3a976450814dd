"""A chain behind JSON-RPC: anvil, or another node that speaks its development methods."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import RLock

from web3 import Web3

from simulator.chain.block_time import require_later
from simulator.chain.history import History, Kept
from simulator.chain.jsonrpc import Node, Request, RpcError
from simulator.chain.keccak import address_bytes, checksum_address
from simulator.chain.protocol import COINBASE, EVM_BLOCK_GAS_LIMIT, Block, Call, Log, Receipt, Transaction
from simulator.chain.revert import CallReverted
from simulator.chain.web3_provider import web3_on
from simulator.chain.web3_signed import SignedTransaction
from simulator.errors import ChainError

# JSON-RPC code of eth_call for a call that reverted (geth, anvil), and how anvil reports one that halted.
_REVERTED = 3
_HALTED = "EVM error "

# Once zero it stays zero, because no block comes near the gas limit.
_NO_BASE_FEE: Request = ("anvil_setNextBlockBaseFeePerGas", ["0x0"])


class RpcChain:
    """A `Chain` on a development node: unlocked senders, blocks on request, snapshots.

    A block takes a round trip per 30 transactions and two more.

    Parameters
    ----------
    node : connection to it.
    chain_id : what its chain id must be.
    name : how runs and reports call this backend.
    on_close : released with the chain, such as a process of our own.
    """

    def __init__(self, node: Node, *, chain_id: int, name: str, on_close: Callable[[], None] = lambda: None):
        self.name = name
        self.chain_id = chain_id
        self._node = node
        self._on_close = on_close
        self._nonces: dict[str, int] = {}
        self._snapshots: dict[int, tuple[str, int, Kept]] = {}
        self._next_snapshot = 1
        self._turn = RLock()
        try:
            self._check_chain_id()
            self._take_over()
            self._read_head()
            self.history = History(self._number)
        except BaseException:
            self.close()
            raise

    @property
    def head(self) -> int:
        return self._number

    @property
    def timestamp(self) -> int:
        return self._timestamp

    def fund(self, address: str, wei: int) -> None:
        self._node.request("anvil_setBalance", address, hex(wei))

    def balance(self, address: str) -> int:
        return int(self._node.request("eth_getBalance", address, "latest"), 16)

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        require_later(timestamp, self._number + 1, self._timestamp)
        return self._seal(transactions, self._submit(transactions), timestamp)

    def mine_signed(self, signed: SignedTransaction, timestamp: int) -> Block:
        """A block of one transaction in the bytes that were signed, so that the node has it under its own hash."""
        require_later(timestamp, self._number + 1, self._timestamp)
        sent = self._node.request("eth_sendRawTransaction", "0x" + signed.raw.hex())
        self._nonces.pop(signed.sender, None)
        return self._seal([signed], [sent], timestamp)

    def call(self, call: Call) -> bytes:
        return self.calls([call])[0]

    def calls(self, calls: Sequence[Call]) -> list[bytes]:
        results = []
        for outcome in self._node.batch_outcomes([_call_request(call) for call in calls]):
            if isinstance(outcome, RpcError):
                raise _call_error(outcome)
            results.append(bytes.fromhex(outcome[2:]))
        return results

    def snapshot(self) -> int:
        identifier = self._next_snapshot
        self._next_snapshot += 1
        self._snapshots[identifier] = self._node.request("evm_snapshot"), self._number, self.history.kept()
        return identifier

    def revert(self, snapshot: int) -> None:
        if snapshot not in self._snapshots:
            raise ChainError(f"snapshot {snapshot} is unknown or spent (a revert spends it and all later ones)")
        name_there, number, kept = self._snapshots[snapshot]
        if not self._node.request("evm_revert", name_there):
            raise ChainError(f"{self._node.address} no longer has snapshot {snapshot}")
        self._snapshots = {key: earlier for key, earlier in self._snapshots.items() if key < snapshot}
        self._return()
        self.history.return_to(number, kept)

    def reorg(self, depth: int) -> tuple[Block, ...]:
        self.history.require(depth)
        try:
            # Not evm_snapshot for every block: each copies the whole state, and a node never lets go of one.
            self._node.request("anvil_rollback", depth)
        except RpcError as error:
            raise ChainError(
                f"the node at {self._node.address} cannot undo {depth} blocks: {error.reason}; it may keep fewer "
                "states (anvil --prune-history) or lack anvil_rollback"
            ) from None
        undone, _ = self.history.undo(depth)
        ancestor = undone[0].number - 1
        self._snapshots = {key: remembered for key, remembered in self._snapshots.items() if remembered[1] <= ancestor}
        self._return()
        return undone

    def finalise(self, block: int) -> None:
        self.history.finalise(block)

    @property
    def finalised(self) -> int:
        return self.history.finalised

    def web3(self) -> Web3:
        return web3_on(self, lambda method, params: self._node.request(method, *params), self.mine_signed, self._turn)

    def close(self) -> None:
        self._node.close()
        self._on_close()

    def _check_chain_id(self) -> None:
        actual = int(self._node.request("eth_chainId"), 16)
        if actual != self.chain_id:
            raise ChainError(
                f"the node at {self._node.address} is on chain {actual}, expected {self.chain_id}; "
                f"start it with --chain-id {self.chain_id}"
            )

    def _take_over(self) -> None:
        """Bring a node to where every backend starts: any sender, no fees, room in a block, no mining on its own."""
        try:
            self._node.batch(
                [
                    ("anvil_autoImpersonateAccount", [True]),
                    ("evm_setAutomine", [False]),
                    ("evm_setIntervalMining", [0]),
                    ("evm_setBlockGasLimit", [hex(EVM_BLOCK_GAS_LIMIT)]),
                    ("anvil_setCoinbase", [COINBASE]),
                    _NO_BASE_FEE,
                    ("anvil_dropAllTransactions", []),
                ]
            )
        except RpcError as error:
            client = self._node.request("web3_clientVersion")
            raise ChainError(
                f"the node at {self._node.address} ({client}) cannot be driven: {error.reason}; "
                "Seawall needs anvil or a node with its development methods"
            ) from None

    def _return(self) -> None:
        """Catch up with a node whose head moved back."""
        self._nonces.clear()
        self._node.batch([_NO_BASE_FEE, ("anvil_dropAllTransactions", [])])
        self._read_head()

    def _read_head(self) -> None:
        block = self._node.request("eth_getBlockByNumber", "latest", False)
        self._number, self._timestamp = int(block["number"], 16), int(block["timestamp"], 16)

    def _seal(self, transactions: Sequence[Transaction], hashes: list[str], timestamp: int) -> Block:
        """The block of what is in the node's pool under these hashes."""
        number = self._number + 1
        self._node.batch([("evm_setNextBlockTimestamp", [hex(timestamp)]), ("evm_mine", [])])
        self._number, self._timestamp = number, timestamp
        raw = self._node.request("eth_getBlockReceipts", hex(number)) if transactions else []
        if [receipt["transactionHash"] for receipt in raw] != hashes:
            self._node.request("anvil_rollback", 1)
            self._return()
            raise ChainError(
                f"block {number} on {self._node.address} does not hold the {len(hashes)} transactions submitted, in "
                f"order (it has {len(raw)}): one was not valid, or something else uses the node"
            )
        reasons = self._revert_data([receipt["transactionHash"] for receipt in raw if receipt["status"] == "0x0"])
        receipts = [
            _receipt(transaction, receipt, reasons.get(receipt["transactionHash"], b""))
            for transaction, receipt in zip(transactions, raw, strict=True)
        ]
        block = Block(number, timestamp, tuple(receipts))
        self.history.extend(block, None)
        return block

    def _submit(self, transactions: Sequence[Transaction]) -> list[str]:
        """Send everything to the node's pool; the hashes, in order."""
        strangers = list(dict.fromkeys(item.sender for item in transactions if item.sender not in self._nonces))
        counts = self._node.batch([("eth_getTransactionCount", [sender, "latest"]) for sender in strangers])
        self._nonces.update(zip(strangers, (int(count, 16) for count in counts), strict=True))
        requests = []
        for transaction in transactions:
            nonce = self._nonces[transaction.sender]
            self._nonces[transaction.sender] = nonce + 1
            requests.append(_send_request(transaction, nonce))
        try:
            return self._node.batch(requests)
        except RpcError as error:
            self._node.request("anvil_dropAllTransactions")
            self._nonces.clear()
            raise ChainError(f"a transaction of block {self._number + 1} is not valid: {error.reason}") from None

    def _revert_data(self, hashes: list[str]) -> dict[str, bytes]:
        """Revert data by transaction; a node keeps it out of receipts, so it is read from a trace."""
        traces = self._node.batch([("debug_traceTransaction", [key, {"tracer": "callTracer"}]) for key in hashes])
        return {key: bytes.fromhex(trace.get("output", "0x")[2:]) for key, trace in zip(hashes, traces, strict=True)}


def require_start(chain: RpcChain, genesis_timestamp: int) -> None:
    """Raise ChainError if a node's clock is past the time a run wants to start at; time only moves forward."""
    if chain.timestamp > genesis_timestamp:
        at = datetime.fromtimestamp(chain.timestamp, UTC)
        raise ChainError(
            f"the node's last block is of {at:%Y-%m-%d %H:%M:%S} UTC, after the start of the run; "
            f"restart it with --timestamp {genesis_timestamp}"
        )


def _send_request(transaction: Transaction, nonce: int) -> Request:
    fields = {
        "from": transaction.sender,
        "nonce": hex(nonce),
        "gas": hex(transaction.gas_limit),
        "gasPrice": "0x0",
        "value": hex(transaction.value),
        "data": "0x" + transaction.data.hex(),
    }
    if transaction.to is not None:
        fields["to"] = transaction.to
    return "eth_sendTransaction", [fields]


def _call_request(call: Call) -> Request:
    fields = {"from": call.sender, "to": call.to, "data": "0x" + call.data.hex(), "gas": hex(call.gas_limit)}
    if call.value:
        fields["value"] = hex(call.value)
    return "eth_call", [fields, "latest"]


def _call_error(error: RpcError) -> ChainError:
    if error.code == _REVERTED:
        return CallReverted(bytes.fromhex(error.data[2:]) if error.data else b"")
    if error.reason.startswith(_HALTED):
        return CallReverted(b"", error.reason.removeprefix(_HALTED))
    return error


def _receipt(transaction: Transaction, raw: dict, output: bytes) -> Receipt:
    succeeded = raw["status"] == "0x1"
    deployed = raw["contractAddress"] if succeeded else None
    return Receipt(
        transaction,
        succeeded,
        output,
        tuple([_log(log) for log in raw["logs"]]),
        int(raw["gasUsed"], 16),
        checksum_address(address_bytes(deployed)) if deployed else None,
    )


def _log(raw: dict) -> Log:
    address = checksum_address(address_bytes(raw["address"]))
    return Log(address, tuple([bytes.fromhex(topic[2:]) for topic in raw["topics"]]), bytes.fromhex(raw["data"][2:]))
