"""The oracle of a run: watches the market and says what its publishers post."""

from collections.abc import Sequence

import numpy as np

from simulator.market.protocol import MarketFeed, Quote
from simulator.oracle.covariance_publisher import CovariancePublisher
from simulator.oracle.estimation import MarketEstimator
from simulator.oracle.parameter_publisher import ParameterPublisher, ParameterUpdate
from simulator.oracle.policy import Estimates
from simulator.oracle.price_publisher import PricePublisher, PriceUpdate
from simulator.oracle.risk_model_update import RiskModelPublisher, RiskModelUpdate
from simulator.oracle.scenario_set_publisher import ScenarioSetPublisher
from simulator.scenario import Scenario
from simulator.streams import stream


class OracleEngine:
    """Estimates and publishers of one scenario.

    Parameters
    ----------
    scenario : Scenario
    expiries : sequence of (int, int)
        (underlying, expiry in UTC seconds) of every dated instrument.
    """

    def __init__(self, scenario: Scenario, expiries: Sequence[tuple[int, int]]):
        self._scenario = scenario
        self._prices = [
            PricePublisher(scenario, number, expiries, stream(scenario.seed, "oracle", "publisher", number))
            for number in range(scenario.oracle.publishers)
        ]
        self._parameters = ParameterPublisher(scenario.oracle, len(scenario.market.assets))
        self._risk_model = _risk_model(scenario)
        self._estimator: MarketEstimator | None = None
        self._quote: Quote | None = None

    def observe(self, quote: Quote, feed: MarketFeed) -> None:
        """Take in one block's quote. Call it once per block, before `due` and `parameters_due`."""
        if self._estimator is None:
            self._estimator = MarketEstimator(self._scenario, quote)
        self._quote, self._feed = quote, feed
        self._estimator.observe(quote)

    def due(self, publisher: int, timestamp: int) -> PriceUpdate | None:
        """What publisher number `publisher` posts at `timestamp`, the time of the last quote; None if nothing."""
        return self._prices[publisher].due(timestamp, self._quote, self._feed)

    def parameters_due(self, timestamp: int) -> list[ParameterUpdate]:
        """Risk parameters to post at `timestamp`, the time of the last quote."""
        return self._parameters.due(timestamp, self.estimates)

    def risk_model_due(self, timestamp: int) -> list[RiskModelUpdate]:
        """Calls that post the margin rule's own model at `timestamp`, in order; empty if it needs none now."""
        return [] if self._risk_model is None else self._risk_model.due(timestamp, self.estimates)

    def resolve(self, update: PriceUpdate | ParameterUpdate | RiskModelUpdate, accepted: bool, timestamp: int) -> None:
        """Learn what became of an update, in a block at `timestamp` (UTC seconds).

        Without it updates count as accepted when posted. `accepted` is false if the transaction failed, or the contract
        refused what it carried.
        """
        if isinstance(update, ParameterUpdate):
            self._parameters.resolve(update, accepted, timestamp)
        elif isinstance(update, RiskModelUpdate):
            self._risk_model.resolve(update, accepted, timestamp)
        elif not accepted:
            self._prices[update.publisher].forget()

    @property
    def estimates(self) -> Estimates:
        """As of the last bar; the object changes when they do."""
        return self._estimator.estimates

    @property
    def volatility(self) -> np.ndarray:
        """(n_assets,), annualised."""
        return self.estimates.volatility


def _risk_model(scenario: Scenario) -> RiskModelPublisher | None:
    if scenario.protocol.rule == "parametric":
        return CovariancePublisher(scenario.oracle, len(scenario.market.assets))
    if scenario.protocol.rule == "expected-shortfall":
        rng = stream(scenario.seed, "oracle", "scenario set")
        return ScenarioSetPublisher(scenario.oracle, len(scenario.market.assets), rng)
    return None
