"""What everybody can see of the true market, valued once a block and only if somebody looks."""

from bisect import bisect_right

import numpy as np

from simulator.market.instruments import Listed
from simulator.market.protocol import MarketFeed, Quote
from simulator.risk.pricing import YEAR_SECONDS, black76, black76_delta, black76_vega
from simulator.risk.smile import svi_volatility
from simulator.risk.state import CALL, FUTURE, PERPETUAL

LAST_TRADE_SECONDS = 60
"""Trading in an instrument ends this long before it expires, so that fills can still be settled."""


class MarketView:
    """True prices, and fair values, deltas and vegas of every listed instrument.

    Parameters
    ----------
    feed : MarketFeed
    instruments : sequence of Listed
        In registry order.
    attention : numpy.ndarray
        (n_assets,) probability that somebody looks at that asset; sums to 1.
    """

    def __init__(self, feed: MarketFeed, instruments: tuple[Listed, ...], attention: np.ndarray):
        self.feed = feed
        self.attention = attention
        self.instruments = instruments
        self.asset = np.array([listed.asset for listed in instruments])
        self.kind = np.array([int(listed.kind) for listed in instruments])
        self.expiry = np.array([listed.expiry for listed in instruments], dtype=np.int64)
        self.strike = np.array([listed.strike for listed in instruments], dtype=float)
        self._perpetual = self.kind == PERPETUAL
        self._dated = np.flatnonzero(~self._perpetual)
        dates = [(listed.asset, listed.expiry) for listed in instruments]
        self._points = sorted({dates[i] for i in self._dated})
        self._point = np.array([self._points.index(date) if date in self._points else -1 for date in dates])
        self.quote: Quote = feed.quote
        self._times: list[int] = [self.quote.timestamp]
        self._spots: list[np.ndarray] = [self.quote.spot]
        self._valued_at = -1

    def advance(self, timestamp: int) -> Quote:
        """Move to the next block's true prices."""
        self.quote = self.feed.advance(timestamp)
        self._times.append(timestamp)
        self._spots.append(self.quote.spot)
        return self.quote

    def spot_before(self, asset: int, seconds: float) -> float:
        """True spot so long ago; the first one known if that is before the start."""
        place = bisect_right(self._times, self.quote.timestamp - seconds) - 1
        return float(self._spots[max(place, 0)][asset])

    def is_live(self, instrument: int) -> bool:
        """Whether the instrument can still be traded."""
        return bool(
            self.kind[instrument] == PERPETUAL or self.expiry[instrument] > self.quote.timestamp + LAST_TRADE_SECONDS
        )

    @property
    def live(self) -> np.ndarray:
        """Instruments that can still be traded."""
        return np.flatnonzero((self.kind == PERPETUAL) | (self.expiry > self.quote.timestamp + LAST_TRADE_SECONDS))

    def expired(self) -> list[tuple[int, int]]:
        """(asset, expiry) of the listed expiries that have passed, in order."""
        passed = (self.kind != PERPETUAL) & (self.expiry <= self.quote.timestamp)
        return sorted({(int(self.asset[i]), int(self.expiry[i])) for i in np.flatnonzero(passed)})

    def attention_among(self, instruments: list[int]) -> np.ndarray:
        """Probability of each of these instruments by the attention on its asset; sums to 1."""
        weights = self.attention[self.asset[instruments]]
        return weights / weights.sum()

    def out_of_the_money(self, kind: int) -> np.ndarray:
        """Live options of one kind whose strike is 3 % to 40 % out of the money."""
        live = self.live[self.kind[self.live] == kind]
        moneyness = self.strike[live] / self.quote.spot[self.asset[live]] - 1
        distance = moneyness if kind == CALL else -moneyness
        return live[(distance > 0.03) & (distance < 0.4)]

    @property
    def fair(self) -> np.ndarray:
        """True value of each instrument, quote currency: (n_instruments,)."""
        self._value()
        return self._fair

    @property
    def deltas(self) -> np.ndarray:
        """Units of the underlying that move like one instrument: (n_instruments,)."""
        self._value()
        return self._delta

    @property
    def vegas(self) -> np.ndarray:
        """Change of value for a change of 1 in volatility: (n_instruments,)."""
        self._value()
        return self._vega

    def _value(self) -> None:
        if self._valued_at == self.quote.timestamp:
            return
        self._valued_at = self.quote.timestamp
        now, points = self.quote.timestamp, self._points
        fair = self.quote.spot[self.asset]
        fair[self._perpetual] = self.quote.perpetual[self.asset[self._perpetual]]
        delta, vega = np.ones(len(fair)), np.zeros(len(fair))
        forwards = np.array([self.feed.forward(*point) for point in points])
        smiles = np.array([self.feed.smile(*point) for point in points])
        dated = self._dated[self.expiry[self._dated] > now]
        fair[dated] = forwards[self._point[dated]]
        options = dated[self.kind[dated] != FUTURE]
        if options.size:
            at, strike, is_call = self._point[options], self.strike[options], self.kind[options] == CALL
            forward, years = forwards[at], (self.expiry[options] - now) / YEAR_SECONDS
            volatility = svi_volatility(smiles[at], strike)
            fair[options] = black76(is_call, forward, strike, volatility, years)
            delta[options] = black76_delta(is_call, forward, strike, volatility, years)
            vega[options] = black76_vega(forward, strike, volatility, years)
        self._fair, self._delta, self._vega = fair, delta, vega
