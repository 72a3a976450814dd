"""Joint scenarios of several assets with their probabilities: what every simulation method hands on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_positive, require_weights

_LARGEST = 300.0
"""Of a log return; a price times or over exp(300) leaves no room to compute in."""


@dataclass(frozen=True, slots=True)
class ScenarioSet:
    """Joint moves over the risk horizon.

    returns : (n_scenarios, n_assets), log returns of prices.
    weights : (n_scenarios,), probabilities; scaled to sum to 1, and equal if None is given.
    volatility : (n_scenarios, n_assets), relative changes of implied volatility, not below -1; zeros if None is given.
    stable : (n_scenarios,), price of the quote currency in the scenario over its price now; ones if None is given.

    Raises DataError if empty, not finite, of other shapes, or if the weights cannot be probabilities.
    """

    returns: np.ndarray
    weights: np.ndarray | None = None
    volatility: np.ndarray | None = None
    stable: np.ndarray | None = None

    def __post_init__(self):
        returns = require_finite(self.returns, "scenario returns", 2)
        if np.abs(returns).max() > _LARGEST:
            raise DataError(f"scenario returns: a log return of {np.abs(returns).max():.6g}; returns are logarithms")
        object.__setattr__(self, "returns", returns)
        object.__setattr__(self, "weights", require_weights(self.weights, len(returns)))
        object.__setattr__(self, "volatility", _volatility_changes(self.volatility, returns.shape))
        object.__setattr__(self, "stable", _stable_factors(self.stable, len(returns)))

    @classmethod
    def from_shocks(cls, shocks, weights=None) -> "ScenarioSet":
        """The set of `MarketState.shocks`: (n_scenarios, n_assets, 2), relative moves of price and of volatility.

        Raises
        ------
        DataError
            Another shape, or a price that falls by all of its value or more.
        """
        shocks = require_finite(shocks, "shocks", 3)
        if shocks.shape[2] != 2:
            raise DataError(f"shocks: shape {shocks.shape}; the last axis holds the move of price and of volatility")
        if (shocks[:, :, 0] <= -1).any():
            raise DataError(f"shocks: a price move of {shocks[:, :, 0].min()}; a price must stay above 0")
        return cls(np.log1p(shocks[:, :, 0]), weights, shocks[:, :, 1])

    @property
    def factors(self) -> np.ndarray:
        """(n_scenarios, n_assets), price in the scenario over price now."""
        return np.exp(self.returns)

    @property
    def shocks(self) -> np.ndarray:
        """(n_scenarios, n_assets, 2), relative moves of price and of implied volatility, as `MarketState.shocks`."""
        return np.stack([np.expm1(self.returns), self.volatility], axis=2)

    def assigned(
        self, price: Sequence[int], volatility: Sequence[int | None] | None = None, stable: int | None = None
    ) -> "ScenarioSet":
        """Scenarios of general factors, read as moves of prices, implied volatilities and the quote currency.

        So every method of simulation moves volatility too: simulate prices and volatility indices as columns of one
        set, with their dependence, then say which column is what.

        Parameters
        ----------
        price : (n_assets,), the column of each asset's price.
        volatility : (n_assets,), optional
            The column whose log return moves the asset's implied volatilities; None where nothing does.
        stable : int, optional
            The column of the quote currency's price.

        Raises
        ------
        DataError
            A column that is not there, or another number of volatilities than of prices.
        """
        columns = self.returns.shape[1]
        volatility = [None] * len(price) if volatility is None else list(volatility)
        if len(volatility) != len(price):
            raise DataError(f"volatility: {len(volatility)} columns for {len(price)} assets")
        for column in (*price, *volatility, stable):
            if column is not None and not 0 <= column < columns:
                raise DataError(f"column {column}: the scenarios have {columns} factors, counted from 0")
        moves = np.zeros((len(self.returns), len(price)))
        for asset, column in enumerate(volatility):
            if column is not None:
                moves[:, asset] = np.expm1(self.returns[:, column])
        depeg = None if stable is None else np.exp(self.returns[:, stable])
        return ScenarioSet(self.returns[:, list(price)], self.weights, moves, depeg)

    def by_asset(self) -> "ScenarioSet":
        """`assigned` for factors in the order of `MarketState.covariance`: each asset's price, then its volatility.

        Raises
        ------
        DataError
            An odd number of factors.
        """
        columns = self.returns.shape[1]
        if columns % 2:
            raise DataError(f"{columns} factors: a price and a volatility of each asset are needed")
        return self.assigned(range(0, columns, 2), range(1, columns, 2))

    def over(self, periods: float) -> "ScenarioSet":
        """The set at a horizon of so many of its own, by the square root of time, in logarithms of every factor.

        Exact for the variance of independent moves of mean zero; fat tails thin out with the horizon, so that it
        overstates far tails, and it understates risk where volatility clusters or trends persist.

        Raises
        ------
        DataError
            Periods not above 0; volatility that vanishes, which has no logarithm.

        Source: Danielsson and Zigrand (2006), On time-scaling of risk and the square-root-of-time rule, J. Banking &
        Finance 30(10).
        """
        root = np.sqrt(require_positive(periods, "periods"))
        if (self.volatility <= -1).any():
            raise DataError("volatility: a change of -1 has no logarithm to scale; give one above -1")
        return ScenarioSet(
            self.returns * root,
            self.weights,
            np.expm1(np.log1p(self.volatility) * root),
            self.stable**root,
        )

    def unit_losses(self, price) -> np.ndarray:
        """(n_scenarios, n_assets), loss of one unit of each asset: price (1 - factor), price (n_assets,).

        Linear positions only: perpetuals, futures, collateral. `portfolio_valuation` values the rest.
        """
        price = require_finite(price, "price", 1)
        if len(price) != self.returns.shape[1]:
            raise DataError(f"price: {len(price)} of them for scenarios of {self.returns.shape[1]} assets")
        return -price * np.expm1(self.returns)


def _volatility_changes(volatility, shape: tuple[int, int]) -> np.ndarray:
    if volatility is None:
        return np.zeros(shape)
    volatility = require_finite(volatility, "volatility changes", 2)
    if volatility.shape != shape:
        raise DataError(f"volatility changes: shape {volatility.shape} for returns of shape {shape}")
    if (volatility < -1).any():
        raise DataError(f"volatility changes: {volatility.min()}; volatility cannot fall by more than all of itself")
    return volatility


def _stable_factors(stable, n: int) -> np.ndarray:
    if stable is None:
        return np.ones(n)
    stable = require_finite(stable, "stable price", 1)
    if len(stable) != n:
        raise DataError(f"stable price: {len(stable)} of them for {n} scenarios")
    if (stable <= 0).any():
        raise DataError(f"stable price: {stable.min()}; it must stay above 0")
    return stable
