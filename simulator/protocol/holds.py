"""Proceeds of liquidations in escrow, as the settlement ledger's events tell them."""

from dataclasses import dataclass
from typing import ClassVar

from simulator.chain.events import Event
from simulator.scenario.settlement import Settlement as Policy


@dataclass(frozen=True, slots=True)
class Hold:
    """What one liquidation keeps in escrow, as ISettlementLedger.Hold has it. Amounts in wads, time in UTC seconds.

    payment : positive, held for the account that was closed out; negative, held for the liquidator.
    advance : held for the liquidator too: its slice of what the account had in escrow.
    """

    account: int
    liquidator: int
    payment: int
    advance: int
    block: int
    time: int


class HoldIndex:
    """The open holds, the order of all settlements, and the newest checkpoint.

    Parameters
    ----------
    policy : simulator.scenario.settlement.Settlement

    Attributes
    ----------
    open : dict of int to Hold
        By settlement, oldest first.
    hashes : list of bytes
        The ledger's hash after each settlement, from the first.
    final_block, final_count : int
        Of the newest checkpoint.
    """

    REVERSIBLE: ClassVar[tuple[str, ...]] = ("open", "hashes", "final_block", "final_count")

    def __init__(self, policy: Policy):
        self._policy = policy
        self.open: dict[int, Hold] = {}
        self.hashes: list[bytes] = []
        self.final_block = 0
        self.final_count = 0

    def apply(self, event: Event) -> None:
        """Apply one event of the settlement ledger."""
        e = event.args
        if event.name == "Settled":
            self.hashes.append(e.chainHash)
        elif event.name == "HoldPlaced":
            self.open[e.settlement] = Hold(e.account, e.liquidator, e.payment, e.advance, e.blockNumber, e.timestamp)
        elif event.name in ("HoldReleased", "HoldVoided"):
            del self.open[e.settlement]
        elif event.name == "CheckpointPosted":
            self.final_block, self.final_count = e.blockNumber, e.count

    def hash_at(self, count: int) -> bytes:
        """The ledger's hash after `count` settlements, which proves their order."""
        return self.hashes[count - 1] if count else bytes(32)

    def ending(self, block: int, time: int) -> dict[str, list[int]]:
        """Calls that anyone may make in block `block` at `time`: function -> settlements, oldest first."""
        calls: dict[str, list[int]] = {"release": [], "void": [], "releaseAfterTimeout": []}
        for settlement, hold in self.open.items():
            function = self._end(settlement, hold, block, time)
            if function:
                calls[function].append(settlement)
        return calls

    def _end(self, settlement: int, hold: Hold, block: int, time: int) -> str | None:
        if self._policy.hold == "depth":
            return "release" if block >= hold.block + self._policy.depth else None
        if hold.block <= self.final_block:
            return "release" if settlement <= self.final_count else "void"
        return "releaseAfterTimeout" if time >= hold.time + self._policy.timeout_seconds else None
