"""The market of a run: simulated prices, moved by executed flow, with the perpetual and the surface around them."""

import math
from dataclasses import dataclass

import numpy as np

from simulator.errors import ScenarioError
from simulator.market.impact import SquareRootImpact
from simulator.market.paths import simulate
from simulator.market.process import YEAR_SECONDS
from simulator.market.protocol import Quote
from simulator.market.surface import RealisedVolatility, VolatilitySurface
from simulator.scenario import Scenario

_YEAR_DAYS = 365


@dataclass(slots=True)
class _Asset:
    """What changes from block to block for one asset. `premium` is the perpetual's over spot, a fraction."""

    path: list[float]
    impact: SquareRootImpact
    realised: RealisedVolatility
    spot: float
    premium: float
    short_volatility: float


class Market:
    """A `MarketFeed` from a scenario.

    Spot is the simulated path times exp(impact of flow so far). The perpetual trades at spot (1 + premium); the premium
    gains a share of each log return of spot (so it leads in a crash, and follows flow through its impact), halves
    every half-life and is clipped. Forwards are spot exp(rate tau). Realised vol is that of the spot after impact.

    Parameters
    ----------
    scenario
        The scenario; its whole length is drawn at once.
    seed
        Seed of this market alone.
    """

    def __init__(self, scenario: Scenario, seed: np.random.SeedSequence):
        section = scenario.market
        self.symbols = tuple(asset.symbol for asset in section.assets)
        self._rate = section.rate
        self._premium = section.premium
        self._block_seconds = scenario.chain.block_seconds
        self._surface = VolatilitySurface(section.surface)
        times, prices = simulate(scenario, seed)
        self._start, self._end = int(times[0]), int(times[-1])
        # Before the first return realised vol is what puts the short end at the long run.
        initial = section.surface.long_run / section.surface.risk_premium
        half_life = section.surface.realised_half_life_hours * 3600
        self._assets = [
            _Asset(
                path=prices[:, index].tolist(),
                impact=SquareRootImpact(section.impact, asset.daily_volume),
                realised=RealisedVolatility(initial, half_life),
                spot=float(prices[0, index]),
                premium=0.0,
                short_volatility=self._surface.short_volatility(initial),
            )
            for index, asset in enumerate(section.assets)
        ]
        self._quote = self._make_quote(self._start)

    @property
    def quote(self) -> Quote:
        """The last quote; that of the scenario's start before the first `advance`."""
        return self._quote

    def advance(self, timestamp: int) -> Quote:
        """Prices at `timestamp` (UTC seconds, later than the last), after the impact of flow so far.

        Raises
        ------
        ScenarioError
            If `timestamp` is not later than the last or past the end of the scenario.
        """
        seconds = timestamp - self._quote.timestamp
        if seconds <= 0 or timestamp > self._end:
            raise ScenarioError(
                f"market asked for time {timestamp}; the last was {self._quote.timestamp}, the end is {self._end} "
                "(chain.blocks sets the length)"
            )
        block = (timestamp - self._start) // self._block_seconds
        fading = 0.5 ** (seconds / self._premium.half_life_seconds)
        sensitivity, cap = self._premium.sensitivity, self._premium.cap
        for asset in self._assets:
            spot = asset.path[block] * math.exp(asset.impact.displacement)
            asset.impact.recover(seconds)
            log_return = math.log(spot / asset.spot)
            asset.spot = spot
            asset.realised.update(log_return, seconds)
            asset.short_volatility = self._surface.short_volatility(asset.realised.value)
            asset.premium = min(max(fading * asset.premium + sensitivity * log_return, -cap), cap)
        self._quote = self._make_quote(timestamp)
        return self._quote

    def add_flow(self, asset: int, quantity: float) -> None:
        """Register executed market flow in units of the asset; positive buys raise the price from the next block."""
        state = self._assets[asset]
        # The vol that impact scales with is bounded like the surface's, or a cascade would feed on itself.
        state.impact.add_flow(quantity, state.short_volatility / math.sqrt(_YEAR_DAYS))

    def forward(self, asset: int, expiry: int) -> float:
        """Forward of `asset` for `expiry` (UTC seconds) at the last quote; spot once expired."""
        tau = max(expiry - self._quote.timestamp, 0) / YEAR_SECONDS
        return self._assets[asset].spot * math.exp(self._rate * tau)

    def smile(self, asset: int, expiry: int) -> np.ndarray:
        """Raw SVI of `expiry` at the last quote: (7,) a, b, rho, m, sigma, forward, tau; tau is at least a minute."""
        tau = (expiry - self._quote.timestamp) / YEAR_SECONDS
        return self._surface.smile(self._assets[asset].short_volatility, self.forward(asset, expiry), tau)

    def _make_quote(self, timestamp: int) -> Quote:
        atm = self._surface.atm_volatility
        return Quote(
            timestamp=timestamp,
            spot=np.array([asset.spot for asset in self._assets]),
            perpetual=np.array([asset.spot * (1 + asset.premium) for asset in self._assets]),
            atm_vol=np.array([atm(asset.short_volatility) for asset in self._assets]),
        )
