"""When a publisher posts prices, and what: a decision per block, without a chain."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from simulator.market.protocol import MarketFeed, Quote
from simulator.oracle.wads import WAD, wad
from simulator.scenario import Scenario


class SpotUpdate(NamedTuple):
    """IPriceOracle.SpotUpdate; all but `underlying` in wads, the basis is perpetual / spot."""

    underlying: int
    spot: int
    perpetual_basis: int
    confidence: int


class Smile(NamedTuple):
    """Raw SVI of Types.sol, wads."""

    a: int
    b: int
    rho: int
    m: int
    sigma: int
    forward: int
    tau: int


class ExpiryUpdate(NamedTuple):
    """IPriceOracle.ExpiryUpdate; `expiry` in UTC seconds, the rest in wads, the basis is forward / spot."""

    underlying: int
    expiry: int
    forward_basis: int
    rate: int
    confidence: int
    smile: Smile


@dataclass(frozen=True, slots=True)
class PriceUpdate:
    """One call of IPriceOracle.publish by one publisher.

    reasons : why each asset is in it: first, deviation, smile, expiry or heartbeat, by symbol
    """

    publisher: int
    timestamp: int
    spots: tuple[SpotUpdate, ...]
    expiries: tuple[ExpiryUpdate, ...]
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> tuple[int, tuple[SpotUpdate, ...], tuple[ExpiryUpdate, ...]]:
        """Arguments of the contract's `publish`."""
        return self.timestamp, self.spots, self.expiries

    @property
    def inputs(self) -> dict[str, Any]:
        """Why it was posted, for the record."""
        return dict(self.reasons)


class PricePublisher:
    """Decides for one publisher.

    An asset is due when it was never posted, its heartbeat passed, its spot or perpetual is `deviation` or more away
    from what this publisher last posted (whether or not that is in force yet, so that one move is not posted twice),
    or an expiry passed, which settles at the next spot. Its expiries go along at first, at the heartbeat, and when the
    price or the ATM volatility moved by `smile_deviation` since they last did; in between, their forwards follow spot
    on chain through the basis. Expired ones drop out.

    Parameters
    ----------
    scenario : Scenario
    number : int
        This publisher's, from 0.
    expiries : sequence of (int, int)
        (underlying, expiry) of every dated instrument.
    rng : Generator
        Of this publisher's observation noise alone: spot times exp(publisher_noise N(0, 1)), drawn once per post.
    """

    def __init__(self, scenario: Scenario, number: int, expiries: Sequence[tuple[int, int]], rng: np.random.Generator):
        section = scenario.oracle
        self._symbols = [asset.symbol for asset in scenario.market.assets]
        self._number = number
        self._heartbeat = section.heartbeat_seconds
        self._deviation = section.deviation
        self._smile_deviation = section.smile_deviation
        self._noise = section.publisher_noise
        self._rate = wad(scenario.market.rate)
        self._rng = rng
        self._expiries = [sorted(e for asset, e in set(expiries) if asset == n) for n in range(len(self._symbols))]
        self._next_expiry = np.array([live[0] if live else _NEVER_AGAIN for live in self._expiries])
        self.forget()

    def due(self, timestamp: int, quote: Quote, feed: MarketFeed) -> PriceUpdate | None:
        """What to post at `timestamp` (UTC seconds, that of the quote), counted as posted; None if nothing is due."""
        moved = _moved(quote.spot, self._spot, self._deviation)
        moved |= _moved(quote.perpetual, self._perpetual, self._deviation)
        smile_moved = _moved(quote.spot, self._smile_spot, self._smile_deviation)
        smile_moved |= _moved(quote.atm_vol, self._smile_vol, self._smile_deviation)
        expired = self._next_expiry <= timestamp
        with_smile = smile_moved | (timestamp - self._smile_posted_at >= self._heartbeat)
        due = moved | with_smile | expired | (timestamp - self._posted_at >= self._heartbeat)
        if not due.any():
            return None
        self._drop_expired(np.flatnonzero(expired), timestamp)
        reasons = {}
        for asset in np.flatnonzero(due):
            causes = {
                "first": self._posted_at[asset] == _NEVER,
                "deviation": moved[asset],
                "smile": smile_moved[asset],
                "expiry": expired[asset],
                "heartbeat": True,
            }
            reasons[self._symbols[asset]] = next(cause for cause, holds in causes.items() if holds)
        spots = self._observe(np.flatnonzero(due), quote)
        expiries = [u for asset in np.flatnonzero(with_smile) for u in self._term(int(asset), quote, feed)]
        self._spot[due], self._perpetual[due], self._posted_at[due] = quote.spot[due], quote.perpetual[due], timestamp
        self._smile_spot[with_smile], self._smile_vol[with_smile] = quote.spot[with_smile], quote.atm_vol[with_smile]
        self._smile_posted_at[with_smile] = timestamp
        return PriceUpdate(self._number, timestamp, tuple(spots), tuple(expiries), reasons)

    def forget(self) -> None:
        """Count nothing as posted, because the last update was not accepted: everything is due again."""
        n = len(self._symbols)
        self._spot, self._perpetual, self._smile_spot, self._smile_vol = np.ones((4, n))
        self._posted_at, self._smile_posted_at = np.full(n, _NEVER), np.full(n, _NEVER)

    def _observe(self, due: np.ndarray, quote: Quote) -> list[SpotUpdate]:
        seen = quote.spot
        if self._noise:
            seen = seen * np.exp(self._noise * self._rng.standard_normal(len(seen)))
        basis = quote.perpetual / quote.spot
        return [SpotUpdate(int(n), wad(seen[n]), wad(basis[n]), WAD) for n in due]

    def _term(self, asset: int, quote: Quote, feed: MarketFeed) -> list[ExpiryUpdate]:
        updates = []
        for expiry in self._expiries[asset]:
            basis = feed.forward(asset, expiry) / quote.spot[asset]
            smile = Smile(*(wad(value) for value in feed.smile(asset, expiry)))
            updates.append(ExpiryUpdate(asset, expiry, wad(basis), self._rate, WAD, smile))
        return updates

    def _drop_expired(self, assets: np.ndarray, timestamp: int) -> None:
        for asset in assets:
            live = [expiry for expiry in self._expiries[asset] if expiry > timestamp]
            self._expiries[asset] = live
            self._next_expiry[asset] = live[0] if live else _NEVER_AGAIN


def _moved(now: np.ndarray, then: np.ndarray, by: float) -> np.ndarray:
    return np.abs(now / then - 1) >= by


_NEVER = np.iinfo(np.int64).min // 2
"""So long ago that every heartbeat has passed."""
_NEVER_AGAIN = np.iinfo(np.int64).max
"""Later than every block."""
