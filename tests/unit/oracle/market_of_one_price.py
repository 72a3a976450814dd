"""A market whose quotes a test sets, with flat smiles: a `MarketFeed` as the oracle reads it."""

from datetime import UTC, datetime

import numpy as np

from simulator.market.process import YEAR_SECONDS
from simulator.market.protocol import Quote
from simulator.scenario import Scenario

START = int(datetime(2020, 3, 12, tzinfo=UTC).timestamp())


def scenario(assets: int = 1, rate: float = 0.0, **oracle) -> Scenario:
    """A scenario with `assets` underlyings and an [oracle] section."""
    path = {"process": "gbm", "initial": 200.0, "volatility": 0.8}
    listed = [{"symbol": f"A{n}", "path": path, "daily_volume": 1e6} for n in range(assets)]
    market = {"start": "2020-03-12T00:00:00Z", "assets": listed, "rate": rate}
    return Scenario.model_validate({"name": "one-price", "market": market, "oracle": oracle})


class OnePriceMarket:
    """Spot, perpetual and volatility as last set; forwards at `rate`."""

    def __init__(self, rate: float = 0.0):
        self._rate = rate

    def quote(self, seconds: int, spot, perpetual=None, vol=0.8) -> Quote:
        """The quote `seconds` after the start."""
        spot = np.atleast_1d(np.asarray(spot, dtype=float))
        perpetual = spot if perpetual is None else np.atleast_1d(np.asarray(perpetual, dtype=float))
        self.last = Quote(START + seconds, spot, perpetual, np.full(len(spot), float(vol)))
        return self.last

    def forward(self, asset: int, expiry: int) -> float:
        return self.last.spot[asset] * np.exp(self._rate * (expiry - self.last.timestamp) / YEAR_SECONDS)

    def smile(self, asset: int, expiry: int) -> np.ndarray:
        tau = (expiry - self.last.timestamp) / YEAR_SECONDS
        return np.array([self.last.atm_vol[asset] ** 2 * tau, 0, 0, 0, 0.1, self.forward(asset, expiry), tau])
