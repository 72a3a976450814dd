"""The oracle's estimates of a market: bars from quotes, estimators on bars, and when to calibrate."""

import numpy as np

from simulator.market.protocol import Quote
from simulator.market.volatility_index import read_volatility_index
from simulator.oracle.bars import BarBuilder, Bars
from simulator.oracle.correlation import CorrelationEstimator, DccCorrelation, EwmaCorrelation
from simulator.oracle.estimators import largest_of
from simulator.oracle.history import read_history
from simulator.oracle.implied_volatility import ImpliedVolatility
from simulator.oracle.liquidity import LiquidationCost
from simulator.oracle.policy import Estimates
from simulator.oracle.regime import RegimeDetector
from simulator.oracle.return_history import ReturnHistory
from simulator.oracle.volatility import EwmaVolatility
from simulator.scenario import Scenario


class MarketEstimator:
    """Estimates of every asset of a scenario, from one quote a block.

    Volatility is the largest of the scenario's estimates over bars of spot; volatility of volatility is the EWMA of the
    ATM volatility's log changes. Before the first bar ends, volatility is the first quote's ATM volatility, the
    market's own forecast; bars of the scenario's history, if any, come before that.

    What is fitted is calibrated at the start, when `recalibration_seconds` have passed, and when the regime of an asset
    changes. All of it happens at the end of a bar: between bars, a quote costs the extremes of a bar and no more.

    Parameters
    ----------
    scenario : Scenario
    first : Quote
        The quote at the start of the run.

    Raises
    ------
    DataError
        A file of the scenario's [oracle] section that cannot be used.
    """

    def __init__(self, scenario: Scenario, first: Quote):
        section, market = scenario.oracle, scenario.market
        symbols = [asset.symbol for asset in market.assets]
        decay, bar, initial = section.ewma_lambda, section.bar_seconds, first.atm_vol
        self._section = section
        self._spot_bars, self._vol_bars = BarBuilder(bar), BarBuilder(bar)
        indices = {symbols.index(name): read_volatility_index(file) for name, file in section.implied_files.items()}
        self._implied = ImpliedVolatility(first.timestamp, initial, indices)
        self._volatility = largest_of(section.volatility, decay, bar, initial, self._implied)
        correlation = {"ewma": EwmaCorrelation, "dcc": DccCorrelation}[section.correlation]
        self._correlation: CorrelationEstimator = correlation(decay, bar, section.correlation_shrinkage, initial)
        self._vol_of_vol = EwmaVolatility(decay, bar, np.full(len(symbols), section.policy.vol_of_vol))
        self._regime = RegimeDetector(section.regime_ratio, bar, initial)
        self._history = ReturnHistory(bar, len(symbols))
        self._liquidity: LiquidationCost | None = None
        if section.policy.liquidity is not None:
            self._liquidity = LiquidationCost(
                section.policy.liquidity,
                section.policy.liquidation_hours,
                market.impact.coefficient,
                [asset.daily_volume for asset in market.assets],
            )
        for bars in read_history(section.history, symbols, first.timestamp, bar):
            self._take_in(bars)
        self._calibrate(first.timestamp, "start")
        self._spot = first.spot
        self.estimates = self._estimate(first.timestamp)

    def observe(self, quote: Quote) -> None:
        """Take in one block's quote, the first one too."""
        self._implied.observe(quote.timestamp, quote.atm_vol)
        bars = self._spot_bars.add(quote.timestamp, quote.spot)
        vol_bars = self._vol_bars.add(quote.timestamp, quote.atm_vol)
        if bars is None or vol_bars is None:
            return
        changed = self._take_in(bars)
        self._vol_of_vol.update(vol_bars)
        self._spot = quote.spot
        if changed.any():
            self._calibrate(quote.timestamp, "regime")
        elif quote.timestamp - self._calibrated_at >= self._section.recalibration_seconds:
            self._calibrate(quote.timestamp, "schedule")
        self.estimates = self._estimate(quote.timestamp)

    def _take_in(self, bars: Bars) -> np.ndarray:
        """(n_assets,) bool: whose regime changed."""
        self._history.add(bars, self._volatility.volatility)
        self._volatility.update(bars)
        self._correlation.update(bars)
        return self._regime.update(bars)

    def _calibrate(self, timestamp: int, cause: str) -> None:
        self._volatility.calibrate()
        self._calibrated_at, self._calibrated_for = timestamp, cause

    def _estimate(self, timestamp: int) -> Estimates:
        volatility = self._volatility.volatility
        return Estimates(
            volatility=volatility,
            vol_of_vol=self._vol_of_vol.volatility,
            components=self._volatility.components,
            correlation=self._correlation.correlation,
            timestamp=timestamp,
            calibrated_at=self._calibrated_at,
            calibrated_for=self._calibrated_for,
            calibrations=self._volatility.calibrations(len(volatility)),
            history=self._history,
            liquidation_cost=None if self._liquidity is None else self._liquidity.rate(self._spot, volatility),
        )
