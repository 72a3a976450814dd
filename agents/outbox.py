"""From an agent's intention to a transaction in the mempool, and back to the agent when its fate is known."""

from dataclasses import dataclass
from typing import Any

from agents.bidding import MINIMUM_TIP, OUTBIDDING, Bid, offer, tactic, wei
from simulator.chain.block_space import BlockSpace
from simulator.chain.mempool import PendingTransaction, least_replacement
from simulator.chain.protocol import Chain, Receipt

PATIENCE = 3
"""Blocks that a wallet waits before it bids again for a transaction that is stuck."""


@dataclass(slots=True)
class Sent:
    """A submitted transaction. `context` is the sender's own note on why; `sender` has `settled(sent, receipt)`.

    pending : as it waits now, or waited last.
    bid : the newest one; `attempts` and `bid_block` say how often and when.
    refused : the transaction succeeded but the contract said no in an event.
    expired : it left the mempool without ever being in a block.
    repeated : it had succeeded in a block that was undone; what followed outside the chain is done already.
    """

    sender: Any
    label: str
    pending: PendingTransaction
    bid: Bid
    bid_block: int
    context: Any = None
    attempts: int = 1
    refused: bool = False
    expired: bool = False
    repeated: bool = False


class Outbox:
    """Encodes, submits and follows transactions of all wallets, and bids again for what is stuck.

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

    def bid(self, cap_gwei: float, urgency: float = 1.0, kind: str = "") -> Bid:
        """A first bid by the tactic of this kind of agent, never above the cap."""
        how = tactic(self.space.bidding, kind, urgency)
        return offer(self.space.fee_view(), how, wei(cap_gwei))

    def outbid(self, cap_gwei: float, urgency: float, best_tip: int, kind: str = "") -> Bid | None:
        """A bid that also pays the builder more than a rival's tip; None if the cap does not reach that far."""
        if not self.reaches(cap_gwei, best_tip):
            return None
        least = max(int(best_tip * OUTBIDDING), best_tip + 1) if best_tip else MINIMUM_TIP
        how = tactic(self.space.bidding, kind, urgency)
        made = offer(self.space.fee_view(), how, wei(cap_gwei), least_tip=least)
        return made if min(made.tip, made.max_fee - self.space.base_fee) > best_tip else None

    def reaches(self, cap_gwei: float, best_tip: int = 0) -> bool:
        """Whether a cap leaves more than a rival's tip above the base fee: below that there is no outbidding it."""
        return wei(cap_gwei) - self.space.base_fee > best_tip

    def send(self, sender: Any, contract: str, function: str, *arguments: Any, bid: Bid, context: Any = None) -> Sent:
        """Submit `function` of the contract in that role from the sender's wallet; counts up `sender.waiting`."""
        transaction = self.contracts[contract].transaction(sender.wallet, function, *arguments)
        private = sender.kind in self.space.bidding.private
        pending = self.space.submit(transaction, bid.max_fee, bid.tip, f"{contract}.{function}", private=private)
        sent = Sent(sender, function, pending, bid, pending.submitted_block, context)
        self._sent[pending.arrival] = sent
        sender.waiting += 1
        return sent

    def refresh(self) -> None:
        """Bid again, within each cap, for what has waited `PATIENCE` blocks since its last bid and is priced out."""
        head, view = self.chain.head, self.space.fee_view()
        for sent in self._sent.values():
            if head - sent.bid_block >= PATIENCE and _price(sent.pending, view.base_fee) <= view.clearing_price:
                self.raise_bid(sent, offer(view, sent.bid.tactic, sent.bid.cap, sent.attempts))

    def raise_bid(self, sent: Sent, bid: Bid) -> bool:
        """Replace a waiting bid, by the 10 % that the mempool asks for or more; False if the cap does not allow it."""
        max_fee, tip = least_replacement(sent.pending)
        raised = Bid(max(bid.max_fee, max_fee), max(bid.tip, tip), bid.cap, bid.tactic)
        if raised.max_fee > raised.cap or raised.tip > raised.max_fee:
            return False
        sent.pending = self.space.replace(sent.pending, raised.max_fee, raised.tip)
        sent.bid, sent.bid_block, sent.attempts = raised, self.chain.head, sent.attempts + 1
        return True

    def sent(self, pending: PendingTransaction) -> Sent:
        """What its sender noted when it submitted this transaction."""
        return self._sent[pending.arrival]

    def deliver(self, pending: PendingTransaction, receipt: Receipt) -> Sent:
        """Tell the sender that its transaction was included."""
        sent = self._sent.pop(pending.arrival)
        sent.sender.waiting -= 1
        sent.sender.settled(sent, receipt)
        return sent

    def expire(self, pending: PendingTransaction) -> Sent:
        """Tell the sender that its transaction left the mempool: it settled nothing, at no cost."""
        self._sent[pending.arrival].expired = True
        return self.deliver(pending, Receipt(pending.transaction, False, b"", (), 0))

    def take_back(self, sent: Sent, receipt: Receipt) -> None:
        """A transaction that was delivered with `receipt` waits again: its block was undone."""
        sent.refused = False
        sent.repeated = sent.repeated or receipt.succeeded
        self._sent[sent.pending.arrival] = sent
        sent.sender.waiting += 1
        sent.sender.recalled(sent)


def _price(pending: PendingTransaction, base_fee: int) -> int:
    """What a bid comes to per gas in the next block; the base fee or more unless it is priced out altogether."""
    return min(pending.max_fee, base_fee + pending.tip)
