"""Joint scenarios of several assets with their probabilities: what every simulation method hands on."""

from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_weights


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """Joint moves over the risk horizon.

    returns : (n_scenarios, n_assets), log returns.
    weights : (n_scenarios,), probabilities; scaled to sum to 1, and equal if None is given.

    Raises DataError if empty, not finite, or if the weights cannot be probabilities.
    """

    returns: np.ndarray
    weights: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "returns", require_finite(self.returns, "scenario returns", 2))
        object.__setattr__(self, "weights", require_weights(self.weights, len(self.returns)))

    @property
    def factors(self) -> np.ndarray:
        """(n_scenarios, n_assets), price in the scenario over price now."""
        return np.exp(self.returns)

    def unit_losses(self, price) -> np.ndarray:
        """(n_scenarios, n_assets), loss of one unit of each asset: price (1 - factor), price (n_assets,).

        Linear positions only: perpetuals, futures, collateral.
        """
        price = require_finite(price, "price", 1)
        if len(price) != self.returns.shape[1]:
            raise DataError(f"price: {len(price)} of them for scenarios of {self.returns.shape[1]} assets")
        return -price * np.expm1(self.returns)
