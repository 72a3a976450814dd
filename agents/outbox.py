"""From an agent's intention to a transaction in the mempool, and back to the agent when a block includes it."""

from dataclasses import dataclass
from typing import Any

from simulator.chain.block_space import BlockSpace
from simulator.chain.mempool import PendingTransaction
from simulator.chain.protocol import Chain, Receipt

GWEI = 10**9
MINIMUM_TIP = GWEI // 100
OUTBIDDING = 1.125
"""Step by which one bid in a priority-gas auction tops another."""


@dataclass(frozen=True, slots=True)
class Bid:
    """What a transaction offers for block space, in wei per gas."""

    max_fee: int
    tip: int


@dataclass(slots=True)
class Sent:
    """A submitted transaction. `context` is the sender's own note on why; `sender` has `settled(sent, receipt)`.

    `refused` is set when the transaction succeeded but the contract said no in an event.
    """

    sender: Any
    label: str
    block: int
    context: Any = None
    refused: bool = False


class Outbox:
    """Encodes, submits and follows transactions of all wallets.

    Parameters
    ----------
    contracts : dict of str to Contract
        By role: ClearingHouse, Liquidation, PriceOracle and so on.
    """

    def __init__(self, chain: Chain, space: BlockSpace, contracts: dict):
        self.chain = chain
        self.space = space
        self.contracts = contracts
        self._sent: dict[int, Sent] = {}

    def bid(self, cap_gwei: float, urgency: float = 1.0) -> Bid:
        """A bid that pays up to the cap per gas, with a tip of `urgency` times the going rate."""
        view = self.space.fee_view()
        cap = int(cap_gwei * GWEI)
        going_rate = max(view.clearing_price - view.base_fee, MINIMUM_TIP)
        return Bid(max_fee=cap, tip=min(cap, int(going_rate * urgency)))

    def outbid(self, cap_gwei: float, urgency: float, best_tip: int) -> Bid | None:
        """A bid as of `bid` that also beats a rival's tip; None if the cap does not reach that far."""
        offer = self.bid(cap_gwei, urgency)
        tip = max(offer.tip, int(best_tip * OUTBIDDING))
        if offer.max_fee - self.space.base_fee < max(best_tip, MINIMUM_TIP):
            return None
        return Bid(offer.max_fee, min(tip, offer.max_fee))

    def send(self, sender: Any, contract: str, function: str, *arguments: Any, bid: Bid, context: Any = None) -> Sent:
        """Submit `function` of the contract in that role from the sender's wallet; counts up `sender.waiting`."""
        target = self.contracts[contract]
        transaction = target.transaction(sender.wallet, function, *arguments)
        pending = self.space.submit(transaction, bid.max_fee, bid.tip, f"{contract}.{function}")
        sent = Sent(sender, function, pending.submitted_block, context)
        self._sent[pending.arrival] = sent
        sender.waiting += 1
        return sent

    def sent(self, pending: PendingTransaction) -> Sent:
        """What its sender noted when it submitted this transaction."""
        return self._sent[pending.arrival]

    def deliver(self, pending: PendingTransaction, receipt: Receipt) -> Sent:
        """Tell the sender that its transaction was included."""
        sent = self._sent.pop(pending.arrival)
        sent.sender.waiting -= 1
        sent.sender.settled(sent, receipt)
        return sent

    def ask(self, contract: str, function: str, *arguments: Any) -> Any:
        """A read-only call on the head state. Raises TransactionReverted."""
        return self.contracts[contract].read(self.chain, function, *arguments)
