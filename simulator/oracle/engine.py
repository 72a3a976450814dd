"""The oracle of a run: watches the market and says what its publishers post."""

from collections.abc import Sequence

import numpy as np

from simulator.market.protocol import MarketFeed, Quote
from simulator.oracle.bars import BarBuilder
from simulator.oracle.correlation import EwmaCorrelation
from simulator.oracle.estimators import largest_of
from simulator.oracle.parameter_publisher import ParameterPublisher, ParameterUpdate
from simulator.oracle.policy import Estimates
from simulator.oracle.price_publisher import PricePublisher, PriceUpdate
from simulator.oracle.volatility import EwmaVolatility
from simulator.scenario import Scenario
from simulator.scenario.oracle import Oracle
from simulator.streams import stream


class OracleEngine:
    """Estimates and publishers of one scenario.

    Volatility is the largest of the scenario's estimates over bars of spot; volatility of volatility is the EWMA of the
    ATM volatility's log changes. Before the first bar ends, volatility is the first quote's ATM volatility, the
    market's own forecast.

    Parameters
    ----------
    scenario : Scenario
    expiries : sequence of (int, int)
        (underlying, expiry in UTC seconds) of every dated instrument.
    """

    def __init__(self, scenario: Scenario, expiries: Sequence[tuple[int, int]]):
        section = scenario.oracle
        self._section: Oracle = section
        self._prices = [
            PricePublisher(scenario, number, expiries, stream(scenario.seed, "oracle", "publisher", number))
            for number in range(section.publishers)
        ]
        self._parameters = ParameterPublisher(section, len(scenario.market.assets))
        self._spot_bars = BarBuilder(section.bar_seconds)
        self._vol_bars = BarBuilder(section.bar_seconds)
        self._quote: Quote | None = None

    def observe(self, quote: Quote, feed: MarketFeed) -> None:
        """Take in one block's quote. Call it once per block, before `due` and `parameters_due`."""
        if self._quote is None:
            self._start(quote)
        self._quote, self._feed = quote, feed
        bars = self._spot_bars.add(quote.timestamp, quote.spot)
        vol_bars = self._vol_bars.add(quote.timestamp, quote.atm_vol)
        if bars is not None and vol_bars is not None:
            self._volatility.update(bars)
            self._correlation.update(bars)
            self._vol_of_vol.update(vol_bars)
            self.estimates = self._estimate()

    def due(self, publisher: int, timestamp: int) -> PriceUpdate | None:
        """What publisher number `publisher` posts at `timestamp`, the time of the last quote; None if nothing."""
        return self._prices[publisher].due(timestamp, self._quote, self._feed)

    def parameters_due(self, timestamp: int) -> list[ParameterUpdate]:
        """Risk parameters to post at `timestamp`, the time of the last quote."""
        return self._parameters.due(timestamp, self.estimates)

    def resolve(self, update: PriceUpdate | ParameterUpdate, accepted: bool, timestamp: int) -> None:
        """Learn what became of an update, in a block at `timestamp` (UTC seconds).

        Without it updates count as accepted when posted. `accepted` is false if the transaction failed, or the contract
        refused what it carried.
        """
        if isinstance(update, ParameterUpdate):
            self._parameters.resolve(update, accepted, timestamp)
        elif not accepted:
            self._prices[update.publisher].forget()

    @property
    def volatility(self) -> np.ndarray:
        """(n_assets,), annualised."""
        return self.estimates.volatility

    def _start(self, quote: Quote) -> None:
        section, n_assets = self._section, len(quote.spot)
        decay, bar = section.ewma_lambda, section.bar_seconds
        self._volatility = largest_of(section.volatility, decay, bar, quote.atm_vol)
        self._correlation = EwmaCorrelation(decay, bar, section.correlation_shrinkage, quote.atm_vol)
        self._vol_of_vol = EwmaVolatility(decay, bar, np.full(n_assets, section.policy.vol_of_vol))
        self.estimates = self._estimate()

    def _estimate(self) -> Estimates:
        return Estimates(
            volatility=self._volatility.volatility,
            vol_of_vol=self._vol_of_vol.volatility,
            components=self._volatility.components,
            correlation=self._correlation.correlation,
        )
