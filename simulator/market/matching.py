"""Off-chain matching: makers quote, takers are filled at once, best price first and then first come."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from simulator.errors import UsageError
from simulator.market.instruments import Listed

_WAD = 10**18
_SLACK = 1e-9
"""Share of a lot or tick by which a float may miss the multiple it means (0.03 / 0.01 is below 3)."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a maker offers on one instrument: prices in quote currency, sizes in units (zero: no offer on that side)."""

    account: int
    instrument: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float


@dataclass(frozen=True, slots=True)
class Order:
    """What a taker wants at once: a positive `size` buys; `limit` is the worst price it accepts, None for any."""

    account: int
    instrument: int
    size: float
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A fill at the maker's price. `size` (units) is signed from the taker's side, positive if it buys.

    `size_wad` (unsigned) and `price_wad` are the exact multiples of lot and tick that `size` and `price` round to.
    """

    maker: int
    taker: int
    instrument: int
    size: float
    price: float
    size_wad: int
    price_wad: int


@dataclass(slots=True)
class _Resting:
    """A maker's live quote in ticks and lots. `arrival` orders equal prices."""

    arrival: int
    bid: int
    ask: int
    bid_lots: int
    ask_lots: int


class Venue:
    """A quote-driven venue with price-time priority.

    Every maker has at most one two-sided quote on an instrument. Replacing it keeps its place among equal prices if no
    price changes and no size grows. Sizes are rounded down to lots, bids down and asks up to ticks, limits to the
    taker's side. A maker never meets its own orders; quotes of two makers that cross are left for takers to find.

    Parameters
    ----------
    instruments
        The registry, in order; an instrument's number is its place.
    """

    def __init__(self, instruments: Sequence[Listed]):
        self._lots = [int(Decimal(repr(listed.lot)) * _WAD) for listed in instruments]
        self._ticks = [int(Decimal(repr(listed.tick)) * _WAD) for listed in instruments]
        self._books: list[dict[int, _Resting]] = [{} for _ in instruments]
        self._arrivals = 0

    def replace(self, quote: Quote) -> None:
        """Put a maker's quote in place of its last one on that instrument.

        Raises
        ------
        UsageError
            If bid and ask cross, or a price or size is negative or not a number.
        """
        numbers = (quote.bid, quote.ask, quote.bid_size, quote.ask_size)
        if not all(math.isfinite(number) and number >= 0 for number in numbers) or quote.bid > quote.ask:
            raise UsageError(f"quote needs 0 <= bid <= ask and sizes >= 0: {quote}")
        tick, lot = self._ticks[quote.instrument] / _WAD, self._lots[quote.instrument] / _WAD
        new = _Resting(
            self._arrivals,
            math.floor(quote.bid / tick + _SLACK),
            math.ceil(quote.ask / tick - _SLACK),
            math.floor(quote.bid_size / lot + _SLACK),
            math.floor(quote.ask_size / lot + _SLACK),
        )
        book = self._books[quote.instrument]
        old = book.get(quote.account)
        if (
            old is not None
            and (old.bid, old.ask) == (new.bid, new.ask)
            and new.bid_lots <= old.bid_lots
            and new.ask_lots <= old.ask_lots
        ):
            new.arrival = old.arrival
        else:
            self._arrivals += 1
        book[quote.account] = new

    def clear(self, instrument: int) -> None:
        """Withdraw all quotes on an instrument."""
        self._books[instrument].clear()

    def preview(self, order: Order) -> list[Match]:
        """The fills that `submit` would give now; nothing changes."""
        return [match for match, _, _ in self._fills(order)]

    def submit(self, order: Order) -> list[Match]:
        """Fill an order against the quotes, partly if they do not suffice; the rest is dropped."""
        fills = self._fills(order)
        for _, resting, lots in fills:
            if order.size > 0:
                resting.ask_lots -= lots
            else:
                resting.bid_lots -= lots
        return [match for match, _, _ in fills]

    def _fills(self, order: Order) -> list[tuple[Match, _Resting, int]]:
        buys = order.size > 0
        lot, tick = self._lots[order.instrument], self._ticks[order.instrument]
        wanted = math.floor(abs(order.size) / (lot / _WAD) + _SLACK)
        worst = _worst_tick(order, tick / _WAD)
        offers = []
        for maker, resting in self._books[order.instrument].items():
            price, lots = (resting.ask, resting.ask_lots) if buys else (resting.bid, resting.bid_lots)
            acceptable = worst is None or (price <= worst if buys else price >= worst)
            if maker != order.account and lots > 0 and price > 0 and acceptable:
                offers.append((price if buys else -price, resting.arrival, maker, lots, resting))
        fills = []
        for signed_price, _, maker, available, resting in sorted(offers, key=lambda offer: offer[:2]):
            if wanted == 0:
                break
            lots = min(wanted, available)
            wanted -= lots
            size_wad, price_wad = lots * lot, abs(signed_price) * tick
            size = size_wad / _WAD if buys else -size_wad / _WAD
            match = Match(maker, order.account, order.instrument, size, price_wad / _WAD, size_wad, price_wad)
            fills.append((match, resting, lots))
        return fills


def _worst_tick(order: Order, tick: float) -> int | None:
    """The limit in ticks, rounded in the taker's favour."""
    if order.limit is None:
        return None
    if order.size > 0:
        return math.floor(order.limit / tick + _SLACK)
    return math.ceil(order.limit / tick - _SLACK)
