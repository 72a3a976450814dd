"""The venue's desk: takers ask, makers quote, fills wait in the mempool, and the clearing house settles them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.base import ProtocolAgent
from simulator.market.matching import Match, Order, Venue
from simulator.risk.state import Holdings

SMALLEST_SHARE = 0.125
"""An order that fails its margin check is halved down to this share of itself before it is dropped."""


@dataclass(frozen=True, slots=True)
class _Leg:
    """One side's change by a fill."""

    account: int
    instrument: int
    size: float
    cash: float


class Desk(ProtocolAgent):
    """The approved matcher: matches off chain, checks margins with the mirror, and settles on chain.

    Quotes are asked for when an order arrives (request for quote), so that quoting costs follow activity.

    Parameters
    ----------
    makers : sequence of MarketMaker
    """

    kind = "matcher"
    fee_cap_gwei = 500.0

    def __init__(self, model, wallet: str, rng: np.random.Generator, venue: Venue, makers: Sequence):
        super().__init__(model, wallet, 0, rng)
        self.venue = venue
        self.makers = tuple(makers)
        n_accounts, n_instruments = model.accounts.count, len(model.market.instruments)
        self._sizes = np.zeros((n_accounts, n_instruments))
        self._cash = np.zeros(n_accounts)
        self._fills = np.zeros(n_accounts, dtype=np.int64)

    def in_flight(self, account: int) -> bool:
        """Whether fills of the account still wait for a block."""
        return bool(self._fills[account - 1])

    def exposure(self, account: int) -> np.ndarray:
        """Positions of an account, fills that wait for a block included: (n_instruments,)."""
        return self.model.accounts.sizes[account - 1] + self._sizes[account - 1]

    def trade(self, account: int, instrument: int, size: float, limit: float | None = None) -> float:
        """Match a taker order and send its fills to the clearing house; returns the signed size matched.

        The order is halved, down to an eighth, until both sides keep the margin that the clearing house asks for.
        """
        market = self.model.market
        if not market.is_live(instrument) or abs(size) < market.instruments[instrument].lot:
            return 0.0
        for maker in self.makers:
            quote = maker.quote(instrument) if maker.account != account else None
            if quote is not None:
                self.venue.replace(quote)
        try:
            share = 1.0
            while share >= SMALLEST_SHARE:
                matches = self.venue.preview(Order(account, instrument, share * size, limit))
                if not matches:
                    return 0.0
                if self._within_margin(matches):
                    return self._send(matches)
                share /= 2
            return 0.0
        finally:
            self.venue.clear(instrument)

    def settled(self, sent, receipt) -> None:
        """Fills were included: makers hedge what they took on the open market."""
        matches = sent.context
        self._book(matches, -1)
        if receipt.succeeded and not sent.repeated:
            for match in matches:
                asset = self.model.market.instruments[match.instrument].asset
                delta = float(self.model.market.deltas[match.instrument])
                self.model.market.feed.add_flow(asset, match.size * delta)

    def recalled(self, sent) -> None:
        self._book(sent.context, 1)

    def _send(self, matches: list[Match]) -> float:
        self._book(matches, 1)
        fills = [
            (match.taker, match.maker, match.instrument, match.size_wad, match.price_wad)
            if match.size > 0
            else (match.maker, match.taker, match.instrument, match.size_wad, match.price_wad)
            for match in matches
        ]
        bid = self.model.outbox.bid(self.fee_cap_gwei, urgency=1.1)
        self.model.outbox.send(self, "ClearingHouse", "settleTrades", fills, bid=bid, context=matches)
        return sum(match.size for match in matches)

    def _book(self, matches: list[Match], direction: int) -> None:
        for leg in _legs(matches):
            row = leg.account - 1
            self._sizes[row, leg.instrument] += direction * leg.size
            self._cash[row] += direction * leg.cash
            self._fills[row] += direction
            if not self._fills[row]:  # no float dust once nothing is in flight
                self._sizes[row] = 0.0
                self._cash[row] = 0.0

    def _within_margin(self, matches: list[Match]) -> bool:
        """Whether every account would pass the clearing house's check after these fills and those in flight."""
        house, escrow = self.model.house, self.model.accounts.escrow
        accounts = sorted({account for match in matches for account in (match.taker, match.maker)})
        rows = np.array(accounts) - 1
        held = house.holdings(rows)
        sizes = held.sizes + self._sizes[rows]
        cash = held.cash + self._cash[rows]
        reduces = [True] * len(accounts)
        for leg in _legs(matches):
            place = accounts.index(leg.account)
            before = sizes[place, leg.instrument]
            sizes[place, leg.instrument] = after = before + leg.size
            cash[place] += leg.cash
            reduces[place] &= abs(after) < abs(before) and before * after >= 0
        margins = house.hypothetical(Holdings(cash, sizes, held.collateral))
        return all(
            (margins.maintenance[place] + escrow[rows[place]] if reduces[place] else margins.initial[place]) >= 0
            for place in range(len(accounts))
        )


def _legs(matches: list[Match]) -> list[_Leg]:
    legs = []
    for match in matches:
        cash = match.size * match.price
        legs.append(_Leg(match.taker, match.instrument, match.size, -cash))
        legs.append(_Leg(match.maker, match.instrument, -match.size, cash))
    return legs
