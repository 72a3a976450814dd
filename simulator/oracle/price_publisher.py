"""When a publisher posts prices, and what: a decision per block, without a chain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from simulator.market.protocol import MarketFeed, Quote
from simulator.scenario import Scenario
from simulator.wads import WAD, wad


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


@dataclass(frozen=True, slots=True)
class _Post:
    """The market when an asset was last posted."""

    timestamp: int
    spot: float
    perpetual: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """The market when the expiries of an asset were last posted."""

    timestamp: int
    spot: float
    vol: float


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
        self.forget()

    def due(self, timestamp: int, quote: Quote, feed: MarketFeed) -> PriceUpdate | None:
        """What to post at `timestamp` (UTC seconds, that of the quote), counted as posted; None if nothing is due."""
        market = list(zip(quote.spot.tolist(), quote.perpetual.tolist(), quote.atm_vol.tolist(), strict=True))
        causes = {asset: why for asset, seen in enumerate(market) if (why := self._cause(asset, timestamp, *seen))}
        if not causes:
            return None
        spots, expiries = self._observe(causes, quote), []
        for asset in causes:
            spot, perpetual, vol = market[asset]
            if self._smile_cause(asset, timestamp, spot, vol):
                self._fits[asset] = _Fit(timestamp, spot, vol)
                self._expiries[asset] = [expiry for expiry in self._expiries[asset] if expiry > timestamp]
                expiries += self._term(asset, quote, feed)
            self._posts[asset] = _Post(timestamp, spot, perpetual)
        reasons = {self._symbols[asset]: cause for asset, cause in causes.items()}
        return PriceUpdate(self._number, timestamp, tuple(spots), tuple(expiries), reasons)

    def forget(self) -> None:
        """Count nothing as posted, because the last update was not accepted: everything is due again."""
        self._posts: list[_Post | None] = [None] * len(self._symbols)
        self._fits: list[_Fit | None] = [None] * len(self._symbols)

    def _cause(self, asset: int, timestamp: int, spot: float, perpetual: float, vol: float) -> str | None:
        """Why an asset is due, or None."""
        post = self._posts[asset]
        if post is None:
            return "first"
        if _moved(spot, post.spot, self._deviation) or _moved(perpetual, post.perpetual, self._deviation):
            return "deviation"
        if any(post.timestamp < expiry <= timestamp for expiry in self._expiries[asset]):
            return "expiry"
        if timestamp - post.timestamp >= self._heartbeat:
            return "heartbeat"
        return self._smile_cause(asset, timestamp, spot, vol)

    def _smile_cause(self, asset: int, timestamp: int, spot: float, vol: float) -> str | None:
        """Why the expiries of an asset are due, or None."""
        fit = self._fits[asset]
        if fit is None:
            return "first"
        if _moved(spot, fit.spot, self._smile_deviation) or _moved(vol, fit.vol, self._smile_deviation):
            return "smile"
        return "heartbeat" if timestamp - fit.timestamp >= self._heartbeat else None

    def _observe(self, assets: Iterable[int], quote: Quote) -> list[SpotUpdate]:
        seen = quote.spot
        if self._noise:
            seen = seen * np.exp(self._noise * self._rng.standard_normal(len(seen)))
        basis = quote.perpetual / quote.spot
        return [SpotUpdate(n, wad(seen[n]), wad(basis[n]), WAD) for n in assets]

    def _term(self, asset: int, quote: Quote, feed: MarketFeed) -> list[ExpiryUpdate]:
        updates = []
        for expiry in self._expiries[asset]:
            basis = feed.forward(asset, expiry) / quote.spot[asset]
            smile = Smile(*(wad(value) for value in feed.smile(asset, expiry)))
            updates.append(ExpiryUpdate(asset, expiry, wad(basis), self._rate, WAD, smile))
        return updates


def _moved(now: float, then: float, by: float) -> bool:
    return abs(now / then - 1) >= by
