"""Liquidators find accounts below maintenance margin with the mirror of the rule; the contract decides."""

from typing import ClassVar

import numpy as np

from agents.base import Participant
from agents.bidding import fee_cap_gwei
from agents.liquidation_view import Opportunity
from agents.lot_bidding import LotBidder
from agents.lot_view import LotOnOffer
from agents.outbox import Sent
from simulator.chain.fee_market import GWEI

GAS_OF_A_BID = 1_200_000
"""Gas a liquidator expects a bid to cost when it weighs fees against profit."""
NEXT_TO_NOTHING = 0.01
"""What a zero bidder offers, as a share of the lot's worth: enough that a small move of prices does not refuse it."""

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 60, 3600
"""Between two attempts at selling what was taken over."""


class Liquidator(Participant):
    """Bids for accounts below maintenance margin with its own account as the buyer, then sells what it took over.

    Capital is limited: a bid is scaled down until the liquidator's own initial margin stays positive. Waiting bids are
    public, unless sent to the builder alone: with up to `rivals` of them on an account it outbids the best tip, with
    more it looks elsewhere. One of its own that a rival tops is raised, up to what the profit allows.
    """

    markup: ClassVar[float]
    parallel_bids: ClassVar[int]
    rivals: ClassVar[int]
    urgency: ClassVar[float]

    def __init__(self, model, member, population):
        super().__init__(model, member, population)
        self.unwinds_at = 0
        self.patience = FIRST_RETRY_SECONDS
        self.lots = LotBidder(self) if model.scenario.liquidation.mechanism == "english" else None

    def sleep_seconds(self) -> float:
        return self.population.wake_seconds

    def act(self) -> None:
        self.unwind()
        if self.lots is not None:
            self.lots.act()
            return
        opportunities = self.model.liquidation.opportunities
        if not self.waiting and not (opportunities and self._pays_for_gas(opportunities[0])):
            return  # nothing of its own to raise, and the best is not worth its fees; none of the others is then
        for place, opportunity in enumerate(opportunities):
            if self.waiting >= self.parallel_bids or opportunity.profit(1.0) < self.population.minimum_profit:
                return
            if opportunity.account != self.account:
                self.consider(opportunity, place)

    def consider(self, found: Opportunity, place: int) -> None:
        """Bid if that leaves a profit worth the fees, as much as the liquidator's own margin allows."""
        rivals = self.model.liquidation.standing_bids(found.account, self.account)
        best_tip = max((sent.pending.tip for bidder, sent in rivals.items() if bidder != self.account), default=0)
        if self.account in rivals:
            self.counter(rivals[self.account], best_tip)
            return
        if len(rivals) > self.rivals or found.profit(1.0) < self.markup * found.unwinding:
            return
        for choice, fraction in enumerate(found.fractions):
            profit = found.profit(fraction)
            if profit < self.population.minimum_profit:
                return
            cap = self._fee_cap(profit)
            if not self.model.outbox.reaches(cap, best_tip):
                return
            if self.model.liquidation.margins_after(self.account, place)[choice] > 0:
                bid = self.model.outbox.outbid(cap, self.urgency, best_tip, self.kind)
                if bid is not None:
                    payment = fraction * found.price + 0.5 * profit
                    self.model.liquidation.bid_for(self, found.account, fraction, payment, bid)
                return

    def _pays_for_gas(self, found: Opportunity) -> bool:
        """Whether the most that an account can bring is worth the base fee."""
        return self.model.outbox.reaches(self._fee_cap(found.profit(found.max_fraction)))

    def _fee_cap(self, profit: float) -> float:
        """Gwei per gas that a bid with this expected profit may cost."""
        return fee_cap_gwei(profit, self.population.fee_share, GAS_OF_A_BID, self.model.gas_token_price)

    def offer(self, found: LotOnOffer, profit: float) -> float | None:
        """What to bid for a lot, if anything: all that it is worth beyond costs and `profit`."""
        return found.profit(0.0) - profit

    def counter(self, own: Sent, best_tip: int) -> None:
        """Top a rival that outbid the liquidator's own bid, as far as its cap goes: a priority-gas auction."""
        if best_tip >= own.pending.tip:
            bid = self.model.outbox.outbid(own.bid.cap / GWEI, self.urgency, best_tip, self.kind)
            if bid is not None:
                self.model.outbox.raise_bid(own, bid)

    def unwind(self) -> None:
        """Sell what past close-outs left in the account; where nobody buys, try again ever later."""
        desk, now = self.model.desk, self.model.now
        if self.waiting or now < self.unwinds_at or desk.in_flight(self.account):
            return
        sold = False
        for instrument in np.flatnonzero(self.model.accounts.sizes[self.row]).tolist():
            size = float(self.model.accounts.sizes[self.row, instrument])
            sold |= desk.trade(self.account, instrument, -size) != 0.0
        for asset in np.flatnonzero(self.model.accounts.collateral[self.row] > 0).tolist():
            self.model.open_market.sell_collateral(self, asset)
        self.patience = FIRST_RETRY_SECONDS if sold else min(2 * self.patience, LAST_RETRY_SECONDS)
        self.unwinds_at = now + self.patience

    def settled(self, sent, receipt) -> None:
        if sent.label == "liquidate":
            self.model.liquidation.bid_done(self, sent.context)
            if receipt.succeeded:
                self.unwinds_at = self.model.now
        elif sent.label in ("bid", "settle"):
            self.lots.settled(sent)
        elif sent.label == "withdraw" and receipt.succeeded and not sent.repeated:
            self.model.open_market.received(self.account, *sent.context)

    def recalled(self, sent) -> None:
        if sent.label == "liquidate":
            self.model.liquidation.bid_back(self, sent.context, sent)
        elif sent.label in ("bid", "settle"):
            self.lots.recalled(sent)


class PatientLiquidator(Liquidator):
    """Waits until the profit is a multiple of its costs, and pays the going rate for block space."""

    kind = "patient_liquidator"
    markup = 1.0
    parallel_bids = 1
    rivals = 1
    urgency = 1.1


class AggressiveLiquidator(Liquidator):
    """Bids as soon as there is a profit, several at once, and outbids the going rate for block space."""

    kind = "aggressive_liquidator"
    markup = 0.25
    parallel_bids = 3
    rivals = 2
    urgency = 2.0


class ZeroBidder(Liquidator):
    """Looks for lots in English auctions that nobody has bid for, bids next to nothing, and pays what inclusion costs.

    As an account did on 12 March 2020, when the other keepers' bids did not get into blocks.
    """

    kind = "zero_bidder"
    markup = 1.0
    parallel_bids = 10
    rivals = 0
    urgency = 2.0

    def consider(self, found: Opportunity, place: int) -> None:
        """There is nothing to be had for nothing where the mechanism names the price."""

    def offer(self, found: LotOnOffer, profit: float) -> float | None:
        """The reserve and a hundredth of what the lot is worth beyond it, if nobody has bid."""
        reserve = found.terms.reserve
        payment = reserve + NEXT_TO_NOTHING * (found.terms.worth - reserve)
        return payment if not found.lot.bidder and found.profit(payment) >= profit else None
