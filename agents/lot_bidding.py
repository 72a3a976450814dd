"""How a liquidator takes part in English auctions: with which fees it bids, and how it takes what it has won."""

import math
from typing import TYPE_CHECKING

from agents.bidding import BASE_FEE_ROOM, fee_cap_gwei
from agents.lot_view import LotOnOffer, LotView
from agents.outbox import Sent
from simulator.chain.fee_market import GWEI
from simulator.protocol.liquidation_terms import Lot

if TYPE_CHECKING:
    from agents.liquidators import Liquidator

WAD = 10**18
GAS_OF_A_LOT = 1_300_000
"""Gas of a bid and of the settlement after it, which a liquidator weighs against profit."""


class LotBidder:
    """The part of a liquidator that bids for lots.

    Its own margin must carry all the lots that it leads. What it pays for gas has a limit of its own, set in advance,
    as in the keeper software of March 2020 (auction-keeper, `--fixed-gas-price`): beyond it a bid waits until prices
    fall.

    Parameters
    ----------
    liquidator : Liquidator
        Decides by `offer(on_offer, profit)` what it pays for a lot.
    """

    def __init__(self, liquidator: "Liquidator"):
        self._liquidator = liquidator
        population = liquidator.population
        self._gas_price = math.inf
        if population.gas_price_gwei is not None:
            spread = math.exp(population.gas_price_sigma * liquidator.stream.standard_normal())
            self._gas_price = population.gas_price_gwei * spread
        self._settling: set[int] = set()
        self._leads: set[int] = set()

    def act(self) -> None:
        """Settle what was won, then bid."""
        me, view = self._liquidator, self._liquidator.model.liquidation
        led = view.led_by(me.account)
        numbers = {lot.number for lot in led.values()}
        if self._leads - numbers:  # perhaps it was sold to this account, which now has something to sell
            me.unwinds_at = me.model.now
        self._leads = numbers
        for account, lot in led.items():
            self._settle(view, account, lot)
        for on_offer in view.lots:
            self._bid(view, on_offer)

    def settled(self, sent: Sent) -> None:
        """A bid or settlement left the mempool."""
        number, payment = sent.context
        if payment is None:
            self._settling.discard(number)
        else:
            self._liquidator.model.liquidation.bid_gone(number, self._liquidator.account)

    def recalled(self, sent: Sent) -> None:
        """A bid or settlement waits again."""
        number, payment = sent.context
        if payment is None:
            self._settling.add(number)
        else:
            self._liquidator.model.liquidation.bid_waits(number, self._liquidator.account, payment, sent)

    def _settle(self, view: LotView, account: int, lot: Lot) -> None:
        me = self._liquidator
        due = lot.is_over(me.model.now) and me.model.house.margins.maintenance[account - 1] < 0
        if not due or lot.number in self._settling or me.waiting >= me.parallel_bids:
            return
        profit = view.look(account).profit(lot.payment)
        if profit > 0:
            self._settling.add(lot.number)
            self._send("settle", account, profit=profit, context=(lot.number, None))

    def _bid(self, view: LotView, on_offer: LotOnOffer) -> None:
        me, lot = self._liquidator, on_offer.lot
        if me.waiting >= me.parallel_bids or me.account in (on_offer.account, lot.bidder, lot.barred):
            return
        payment = me.offer(on_offer, self._least_profit(on_offer))
        if payment is None or payment < view.least_against(on_offer, me.account) or view.waits(lot.number, me.account):
            return
        affordable = float(me.model.house.margins.initial[me.row]) >= payment
        if affordable and view.margin_with(me.account, on_offer, payment) > 0:
            arguments = on_offer.account, lot.number, me.account, math.ceil(payment * WAD)
            sent = self._send("bid", *arguments, profit=on_offer.profit(payment), context=(lot.number, payment))
            view.bid_waits(lot.number, me.account, payment, sent)

    def _least_profit(self, on_offer: LotOnOffer) -> float:
        """What a lot must bring: the markup on selling it, and enough for fees at prices that may double."""
        me = self._liquidator
        going_rate = min(me.model.outbox.space.fee_view().clearing_price / GWEI, self._gas_price)
        fees = GAS_OF_A_LOT * BASE_FEE_ROOM * going_rate * 1e-9 * me.model.gas_token_price
        share = me.population.fee_share
        return max(me.markup * on_offer.unwinding + me.population.minimum_profit, fees / share if share else math.inf)

    def _send(self, function: str, *arguments: int, profit: float, context: tuple[int, float | None]) -> Sent:
        me = self._liquidator
        worth_it = fee_cap_gwei(profit, me.population.fee_share, GAS_OF_A_LOT, me.model.gas_token_price)
        bid = me.model.outbox.bid(min(worth_it, self._gas_price), me.urgency, me.kind)
        return me.model.outbox.send(me, "Liquidation", function, *arguments, bid=bid, context=context)
