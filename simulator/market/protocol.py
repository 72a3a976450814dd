"""What the rest of Seawall needs of the market: true prices block by block, fed back by executed flow."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class Quote:
    """True market at one block. Arrays in asset order.

    timestamp : UTC seconds
    spot, perpetual : (n_assets,), quote currency, impact included
    atm_vol : (n_assets,), annualised
    """

    timestamp: int
    spot: np.ndarray
    perpetual: np.ndarray
    atm_vol: np.ndarray


class MarketFeed(Protocol):
    """The market as the simulation sees it."""

    symbols: tuple[str, ...]

    def advance(self, timestamp: int) -> Quote:
        """Prices at `timestamp` (UTC seconds, one block after the last), after the impact of flow so far."""

    def add_flow(self, asset: int, quantity: float) -> None:
        """Register executed market flow in units of the asset; positive buys raise the price from the next block."""

    def forward(self, asset: int, expiry: int) -> float:
        """Forward of `asset` for `expiry` (UTC seconds) at the last quote."""

    def smile(self, asset: int, expiry: int) -> np.ndarray:
        """Raw SVI of `expiry` at the last quote: (7,) a, b, rho, m, sigma, forward, tau."""
