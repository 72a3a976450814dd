"""What a portfolio gains when spot and implied volatilities move together, on a grid."""

from dataclasses import dataclass

import numpy as np

from simulator.portfolio.columns import Columns
from simulator.risk.margin_config import ScenarioConfig
from simulator.risk.presets import Preset
from simulator.risk.pricing import YEAR_SECONDS, black76
from simulator.risk.state import CALL, RISK_COLUMNS
from simulator.risk.terms import is_option, terms_of

HORIZON = 30 * 86_400
"""Vol shocks are those of a 30-day option."""
WIDTH, HEIGHT = 61, 41
"""Points of the grid: moves of spot, moves of volatility."""
BEYOND = 1.15
"""How far the grid reaches beyond the largest undamped scenario."""


@dataclass(frozen=True, slots=True)
class Surface:
    """P&L of the positions in one underlying, and of collateral that follows it.

    spot_move : (WIDTH,), fractions
    vol_move : (HEIGHT,), fractions, before they are scaled to an expiry
    profit : (HEIGHT, WIDTH), in the unit of the portfolio
    """

    spot_move: np.ndarray
    vol_move: np.ndarray
    profit: np.ndarray


def surface(columns: Columns, preset: Preset, asset: int) -> Surface:
    """Full revaluation around the market as it is, without the discounts, weights and charges of the rule.

    Moves reach as far as the preset's undamped scenarios, and are scaled to expiries as the preset scales them; without
    a grid, as `ScenarioMargin` does by default.
    """
    market, config = columns.under(preset)
    if not isinstance(config, ScenarioConfig):
        config = ScenarioConfig()
    shock, up, down = (market.risk[asset, RISK_COLUMNS.index(name)] for name in ("spot_shock", "vol_up", "vol_down"))
    whole = [abs(point.spot_move) for point in config.scenarios if point.weight == 1]
    reach = min(BEYOND * max(shock * max(whole, default=1.0), 0.01), 0.95)
    spot_move = np.linspace(-reach, reach, WIDTH)
    vol_move = np.linspace(-min(BEYOND * max(down, 0.05), 1.0), BEYOND * max(up, 0.05), HEIGHT)
    profit = _profit(columns, config, asset, 1 + spot_move, vol_move[:, None])
    return Surface(spot_move, vol_move, profit / columns.unit_price)


def _profit(
    columns: Columns, config: ScenarioConfig, asset: int, factor: np.ndarray, vol_move: np.ndarray
) -> np.ndarray:
    """Quote currency: (HEIGHT, WIDTH)."""
    instruments, market, sizes = columns.instruments, columns.market, columns.holdings.sizes[0]
    terms, option = terms_of(instruments, market), is_option(instruments)
    total = np.zeros((len(vol_move), len(factor)))
    for i in np.flatnonzero(instruments.underlying == asset):
        forward = terms.moving[i] * factor + terms.forward[i] - terms.moving[i]
        if not option[i]:
            gained = market.spot[asset] * (1 - 1 / factor) if config.inverse else forward - terms.forward[i]
        else:
            vol = terms.volatility[i] * np.maximum(1 + vol_move * _multiple(config, terms.seconds[i]), 0.0)
            years, call = terms.seconds[i] / YEAR_SECONDS, instruments.kind[i] == CALL
            strike, discount = instruments.strike[i], terms.discount[i]
            mark = black76(call, terms.forward[i], strike, terms.volatility[i], years, discount)
            value = black76(call, forward[None, :], strike, vol, years, discount)
            gained = (value / factor if config.inverse else value) - mark
        total += sizes[i] * gained
    for token in config.collateral:
        if token.offsets == asset:
            worth = columns.holdings.collateral[0, token.asset] * market.spot[token.asset] / market.stable_price
            total += worth * (factor - 1)
    return total


def _multiple(config: ScenarioConfig, seconds: float) -> float:
    """How much more volatilities of an expiry move than that of a 30-day option."""
    power = config.vol_short_power if seconds <= HORIZON else config.vol_long_power
    return (HORIZON / max(seconds, config.vol_horizon_floor)) ** power
