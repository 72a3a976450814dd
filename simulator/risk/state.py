"""Columns that margin rules read: instruments, the oracle's view in force, and the holdings of many accounts.

Prices are in the quote currency, sizes in units of the underlying, times in UTC seconds, volatilities annualised.
These mirror the contract structs of `contracts/interfaces/Types.sol`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

CALL, PUT, FUTURE, PERPETUAL = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Instruments:
    """The listed instruments, in registry order. Each array: (n_instruments,)."""

    underlying: np.ndarray
    kind: np.ndarray
    expiry: np.ndarray
    strike: np.ndarray


@dataclass(frozen=True, slots=True)
class MarketState:
    """Oracle prices and risk parameters in force at `timestamp`.

    spot, perpetual, confidence : (n_assets,)
    expiry_underlying, expiry, forward, rate, expiry_confidence : (n_expiries,)
    smile : (n_expiries, 7), columns a, b, rho, m, sigma, forward, tau of raw SVI
    risk : (n_assets, 6), columns RISK_COLUMNS
    settlement : (n_expiries,), fixed settlement prices, NaN where none is fixed; None if none is
    settled_forward : (n_expiries,), the part of each forward that an averaging settlement has fixed already and that no
        shock moves; None if all of every forward moves
    strike_volatility : (n_given, 3), columns row of the expiry, strike, volatility: marks that replace the smile at
        single strikes; None if the smile holds everywhere
    perpetual_confidence : (n_assets,); None if it is that of the spot, `confidence`
    stable_price : what one unit of the quote currency is worth in the currency that prices are stated in
    covariance : (2 n_assets, 2 n_assets) of each asset's (return, relative change of implied volatility),
        asset by asset, over the margin horizon; None unless the rule is parametric
    shocks : (n_scenarios, n_assets, 2), joint moves over the margin horizon: price in the scenario over price now, less
        one, and relative change of implied volatility; None unless the rule is an expected shortfall
    shocks_fresh : whether the set is no older than its maximum age
    """

    timestamp: float
    spot: np.ndarray
    perpetual: np.ndarray
    confidence: np.ndarray
    expiry_underlying: np.ndarray
    expiry: np.ndarray
    forward: np.ndarray
    rate: np.ndarray
    expiry_confidence: np.ndarray
    smile: np.ndarray
    risk: np.ndarray
    settlement: np.ndarray | None = None
    settled_forward: np.ndarray | None = None
    strike_volatility: np.ndarray | None = None
    perpetual_confidence: np.ndarray | None = None
    stable_price: float = 1.0
    covariance: np.ndarray | None = None
    shocks: np.ndarray | None = None
    shocks_fresh: bool = True


RISK_COLUMNS = ("spot_shock", "vol_up", "vol_down", "haircut", "liquidity_add_on", "multiplier")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What accounts hold.

    cash : (n_accounts,)
    sizes : (n_accounts, n_instruments)
    collateral : (n_accounts, n_assets), units of each underlying
    """

    cash: np.ndarray
    sizes: np.ndarray
    collateral: np.ndarray


@dataclass(frozen=True, slots=True)
class Margins:
    """Equity and net margins (equity minus requirement; >= 0 is healthy). Each array: (n_accounts,)."""

    equity: np.ndarray
    initial: np.ndarray
    maintenance: np.ndarray


@dataclass(frozen=True, slots=True)
class Requirements:
    """Value and requirement of many accounts' positions and collateral; cash changes neither.

    Each in parts, (n_accounts,), which are added to cash or taken from equity in their order: floats add up to the same
    bits only in the same order.

    worth : value
    initial, maintenance : what each margin requires
    """

    worth: tuple[np.ndarray, ...]
    initial: tuple[np.ndarray, ...]
    maintenance: tuple[np.ndarray, ...]

    def margins(self, cash: np.ndarray) -> Margins:
        """Margins of the accounts with so much cash: (n_accounts,)."""
        equity = cash
        for part in self.worth:
            equity = equity + part
        return Margins(equity, _less(equity, self.initial), _less(equity, self.maintenance))

    def update(self, rows: np.ndarray, those: "Requirements") -> None:
        """Put the requirements of other holdings in the place of rows (n_changed,)."""
        for name in self.__slots__:
            for part, new in zip(getattr(self, name), getattr(those, name), strict=True):
                part[rows] = new


def _less(equity: np.ndarray, parts: tuple[np.ndarray, ...]) -> np.ndarray:
    for part in parts:
        equity = equity - part
    return equity


class MarginRule(Protocol):
    """The float mirror of an on-chain margin rule."""

    name: str

    def marks(self, instruments: Instruments, market: MarketState) -> np.ndarray:
        """Mark price of each instrument: (n_instruments,). Expired options are worth their intrinsic value at spot."""

    def margins(self, instruments: Instruments, market: MarketState, holdings: Holdings) -> Margins:
        """Margins of every account at once. Instruments are priced once, not once per account."""

    def scenario_values(self, instruments: Instruments, market: MarketState) -> Any:
        """Everything about the market that margins depend on, with `marks`: reusable while the market stands still."""

    def requirements(self, values: Any, holdings: Holdings) -> Requirements:
        """What margins are made of, out of `scenario_values`; of holdings, cash plays no part. An account's do not
        depend on which others they are computed with.
        """

    def margins_from(self, values: Any, holdings: Holdings) -> Margins:
        """Margins out of `scenario_values`, for many accounts or for one account and what it might do."""
