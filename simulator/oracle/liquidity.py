"""What selling out a position costs beyond its mark: half the spread, and the impact of the sale."""

import math
from collections.abc import Sequence

import numpy as np

from simulator.scenario.oracle import Liquidity

MEAN_IMPACT = 2 / 3
"""Mean over a sale of an impact that grows with the square root of what is sold: the integral of sqrt(x) on [0, 1]."""


class LiquidationCost:
    """Cost rate of a liquidation, from half-spread, volume and volatility.

    cost = half_spread + (2/3) Y sigma_d sqrt(Q / V), sigma_d the daily volatility, V the daily volume, Y the impact
    coefficient of the market. The size sold, Q, is `position` of the section (quote currency) over the price; without
    one it is what can be sold at `participation` of the volume within the liquidation horizon, participation V l, so
    that the rate depends on no size: sqrt(Q / V) = sqrt(participation l), l in days.

    Source: the square-root law, Toth et al. (2011), Physical Review X 1, 021006, eq. 1.

    Parameters
    ----------
    section : Liquidity
    liquidation_hours : float
    coefficient : float
        Y.
    daily_volume : sequence of float
        Units of each asset a day.
    """

    def __init__(self, section: Liquidity, liquidation_hours: float, coefficient: float, daily_volume: Sequence[float]):
        self._section = section
        self._scale = MEAN_IMPACT * coefficient / math.sqrt(365)
        self._own_share = section.participation * liquidation_hours / 24
        self._volume = np.array(daily_volume, dtype=float)

    def rate(self, spot: np.ndarray, volatility: np.ndarray) -> np.ndarray:
        """(n_assets,) fraction of value, from prices and annualised volatilities of that shape."""
        position = self._section.position
        sold = np.full(len(spot), self._own_share) if position is None else position / spot / self._volume
        return self._section.half_spread + self._scale * volatility * np.sqrt(sold)
