"""What liquidators and keepers can see of English auctions."""

from dataclasses import dataclass

import numpy as np

from agents.liquidation_view import WAD, LiquidationView, Opportunity, unwinding_rate
from agents.outbox import Sent
from simulator.chain.events import Event
from simulator.protocol.liquidation_terms import Lot, LotTerms, english_terms, raised
from simulator.risk.state import Holdings

WINNERS_SECONDS = 60
"""Keepers leave it to winners to settle for so long after bidding is over."""


@dataclass(frozen=True, slots=True)
class LotOnOffer:
    """A lot that takes bids, by the mirror; quote units.

    unwinding : expected cost of selling it.
    """

    account: int
    lot: Lot
    terms: LotTerms
    unwinding: float

    def profit(self, payment: float) -> float:
        """Expected profit of a winner who pays so much, before fees for block space."""
        return self.terms.worth - self.unwinding - payment


class LotView(LiquidationView):
    """Accounts below maintenance margin and the lots of theirs on offer.

    Parameters
    ----------
    world : World
    """

    def __init__(self, world):
        super().__init__(world)
        self._auctions: dict[int, Lot] = {}
        self._waiting: dict[int, dict[int, tuple[float, Sent]]] = {}
        self._unwinding = np.zeros(0)
        self.lots: list[LotOnOffer] = []

    def advance(self) -> None:
        """Look at the house once a block; lots that promise most come first."""
        super().advance()
        if self._auctions:
            self._unwinding = unwinding_rate(self._world) * self._world.house.gross_notional()
        below = set(self.distressed)
        # A bid that stands can be topped while the account is healthy: it wins if the account falls below again.
        found = [self.look(account) for account, lot in self._auctions.items() if lot.bidder or account in below]
        open_ = [on_offer for on_offer in found if not on_offer.lot.is_over(self._world.now)]
        self.lots = sorted(open_, key=lambda o: (-o.profit(o.terms.least), o.account))

    def apply(self, event: Event) -> None:
        """Apply one event of the English auction."""
        e = event.args
        if event.name == "LotOffered":
            self._auctions[e.account] = Lot(e.lot, e.fraction / WAD, e.endsAt, barred=e.barred)
        elif event.name == "BidPlaced":
            lot = self._auctions[e.account]
            lot.bidder, lot.stands_until = e.liquidator, e.standsUntil
            lot.payment, lot.reserve = e.payment / WAD, e.reserve / WAD
        elif event.name == "AuctionEnded":
            self._auctions.pop(e.account, None)

    def chores(self) -> dict[str, list[int]]:
        """Calls of the mechanism that anyone may make now: function -> accounts."""
        now, below = self._world.now, set(self.distressed)
        running = self._auctions.items()
        over = {account: lot for account, lot in running if lot.is_over(now) and account in below}
        left = {a for a, lot in over.items() if now >= min(lot.ends_at, lot.stands_until) + WINNERS_SECONDS}
        return {
            "start": [account for account in self.distressed if account not in self._auctions],
            "restart": [account for account, lot in over.items() if not lot.bidder],
            "settle": [account for account, lot in over.items() if lot.bidder and account in left],
            "terminate": [a for a, lot in running if a not in below and (not lot.bidder or lot.is_over(now))],
        }

    def led_by(self, bidder: int) -> dict[int, Lot]:
        """Lots whose best bid is that of account `bidder`: account on offer -> lot."""
        return {account: lot for account, lot in self._auctions.items() if lot.bidder == bidder}

    def bid_waits(self, number: int, bidder: int, payment: float, sent: Sent) -> None:
        """A bid for lot `number` waits for a block, or does again after a reorganisation."""
        self._waiting.setdefault(number, {})[bidder] = (payment, sent)

    def bid_gone(self, number: int, bidder: int) -> None:
        """A bid for lot `number` waits no more."""
        waiting = self._waiting.get(number, {})
        waiting.pop(bidder, None)
        if not waiting:
            self._waiting.pop(number, None)

    def waits(self, number: int, bidder: int) -> bool:
        """Whether a bid of account `bidder` for lot `number` waits for a block."""
        return bidder in self._waiting.get(number, {})

    def least_against(self, on_offer: LotOnOffer, viewer: int) -> float:
        """What `viewer` must bid for a lot to top the bids that it sees, with those that the next block may include."""
        lot, least, base_fee = on_offer.lot, on_offer.terms.least, self._world.outbox.space.base_fee
        for bidder, (payment, sent) in self._waiting.get(lot.number, {}).items():
            if bidder != viewer and not sent.pending.private and sent.pending.max_fee >= base_fee:
                least = max(least, raised(self._terms, payment, on_offer.terms.reserve))
        return least

    def margin_with(self, bidder: int, on_offer: LotOnOffer, payment: float) -> float:
        """Net initial margin of `bidder` if it won this lot and all that it leads."""
        house = self._world.house
        taken = [(on_offer.account, on_offer.lot.fraction, payment)]
        taken += [(account, lot.fraction, lot.payment) for account, lot in self.led_by(bidder).items()]
        held = house.holdings(np.array([bidder, *(account for account, _, _ in taken)]) - 1)
        cash, sizes, collateral = (x[:1].copy() for x in (held.cash, held.sizes, held.collateral))
        for place, (_, fraction, paid) in enumerate(taken, start=1):
            row = slice(place, place + 1)
            cash += fraction * held.cash[row] - self.paid_at_once(paid)
            sizes += fraction * held.sizes[row]
            collateral += fraction * held.collateral[row]
        return float(house.hypothetical(Holdings(cash, sizes, collateral)).initial[0])

    def look(self, account: int) -> LotOnOffer:
        """The lot of an account whose auction runs."""
        house, lot = self._world.house, self._auctions[account]
        equity, maintenance = (float(m[account - 1]) for m in (house.margins.equity, house.margins.maintenance))
        unwinding = lot.fraction * float(self._unwinding[account - 1])
        return LotOnOffer(account, lot, english_terms(self._terms, lot, equity, maintenance), unwinding)

    def _value(self, accounts: list[int]) -> list[Opportunity]:
        """No account can be had at a price that the mechanism names."""
        return []
