"""Liquidators find accounts below maintenance margin with the mirror of the rule; the contract decides."""

import numpy as np

from agents.base import Participant
from simulator.chain.revert import CallReverted

WAD = 10**18
GAS_OF_A_BID = 1_200_000
"""Gas a liquidator expects a bid to cost when it weighs fees against profit."""
UNWIND_COST = 0.003
"""Expected cost of selling what was taken over, as a share of its gross notional at 100 % volatility."""


class Liquidator(Participant):
    """Bids for accounts below maintenance margin with its own account as the buyer, then sells what it took over.

    Capital is limited: a bid is scaled down until the liquidator's own initial margin stays positive.
    """

    markup: float
    parallel_bids: int
    urgency: float

    def sleep_seconds(self) -> float:
        return self.population.wake_seconds

    def act(self) -> None:
        self.unwind()
        for account in self.model.liquidation.distressed:
            if self.waiting >= self.parallel_bids:
                return
            if account != self.account and self.model.liquidation.open_to(self, account):
                self.consider(account)

    def consider(self, account: int) -> None:
        """Bid for an account if that leaves enough profit after unwinding."""
        view = self.model.liquidation
        equity = float(self.model.house.margins.equity[account - 1])
        cost = self.unwinding_cost(account)
        try:
            limit = view.max_fraction_wad(account)
            for fraction_wad in (limit, limit // 2, limit // 4, limit // 10):
                if fraction_wad <= 0:
                    return
                offer = view.quote(account, fraction_wad)
                if view.initial_margin_after(self.account, account, fraction_wad, offer.payment) > 0:
                    break
            else:
                return
        except CallReverted:
            return
        share = fraction_wad / WAD
        profit = share * (equity - cost) - offer.payment
        if profit < max(self.population.minimum_profit, self.markup * share * cost):
            return
        fee_cap_gwei = self.population.fee_share * profit / self.model.gas_token_price / GAS_OF_A_BID * 1e9
        bid = self.model.outbox.bid(fee_cap_gwei, urgency=self.urgency)
        payment_limit = offer.payment + 0.02 * abs(offer.payment) + 1.0
        view.bid_for(self, account, fraction_wad, int(payment_limit * WAD), bid)

    def unwinding_cost(self, account: int) -> float:
        """Expected cost of selling an account's whole portfolio, quote currency."""
        stress = max(1.0, float(np.max(self.model.market.quote.atm_vol)))
        return UNWIND_COST * stress * float(self.model.house.gross_notional()[account - 1])

    def unwind(self) -> None:
        """Sell what past close-outs left in the account."""
        desk = self.model.desk
        if self.waiting or desk.in_flight(self.account):
            return
        for instrument in np.flatnonzero(desk.exposure(self.account)).tolist():
            if self.model.market.is_live(instrument):
                desk.trade(self.account, instrument, -float(desk.exposure(self.account)[instrument]))
        for asset in np.flatnonzero(self.model.accounts.collateral[self.row] > 0).tolist():
            self.model.open_market.sell_collateral(self, asset)

    def settled(self, sent, receipt) -> None:
        if sent.label == "liquidate":
            self.model.liquidation.bid_done(self, sent.context)
        elif sent.label == "withdraw" and receipt.succeeded:
            self.model.open_market.received(self.account, *sent.context)


class PatientLiquidator(Liquidator):
    """Waits until the profit is a multiple of its costs, and pays the going rate for block space."""

    kind = "patient_liquidator"
    markup = 3.0
    parallel_bids = 1
    urgency = 1.1


class AggressiveLiquidator(Liquidator):
    """Bids as soon as there is a profit, several at once, and outbids the going rate for block space."""

    kind = "aggressive_liquidator"
    markup = 0.5
    parallel_bids = 3
    urgency = 2.0
