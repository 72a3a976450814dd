"""Parameters aimed at the VaR or the expected shortfall of what the price really did."""

from typing import Any

import numpy as np
from scipy.special import ndtri

from simulator.market.process import YEAR_SECONDS
from simulator.oracle.policy import HAIRCUT, SPOT_SHOCK, Estimates, VolScaledPolicy
from simulator.risk.tail import sample_tail
from simulator.scenario.oracle import Policy

LEAST_MOVES = 100
"""Moves over a horizon below which their own tail says less than the normal one does."""


class TailPolicy:
    """Shocks at the VaR or ES of log moves over the horizon, both from the last `window_bars` bars.

    A move is the sum of consecutive bars, overlapping. With the method `filtered`, each return is taken over the
    volatility expected of it and the tail scaled by the volatility of now (filtered historical simulation); with
    `historical`, returns count as they were. The tail is measured when the oracle calibrates; in between it scales with
    volatility, or stands. The spot shock is the larger of the tails up and down over the horizon, the haircut 1 -
    exp(-tail down) over the liquidation. Until there are enough moves, tails are the normal ones. Volatility shocks are
    those of `vol_scaled`.

    Source: Barone-Adesi, Giannopoulos and Vosper (1999), Journal of Futures Markets 19(5), 583-602; tails as in
    `simulator.risk.tail`.
    """

    def __init__(self, section: Policy, expected_shortfall: bool):
        self.name = "es_targeted" if expected_shortfall else "var_targeted"
        self._section = section
        self._shortfall = expected_shortfall
        self._scaled = VolScaledPolicy(section)
        self._calibrated_at: int | None = None

    def values(self, estimates: Estimates, volatility: np.ndarray | None = None) -> np.ndarray:
        """(n_assets, 6), columns RISK_COLUMNS."""
        if self._calibrated_at != estimates.calibrated_at:
            self._calibrate(estimates)
            self._calibrated_at = estimates.calibrated_at
        if volatility is None:
            as_it_was = self._section.method == "historical" and self._moves >= LEAST_MOVES
            volatility = self._usual if as_it_was else estimates.volatility
        values = self._scaled.values(estimates, volatility)
        values[:, SPOT_SHOCK] = volatility * np.maximum(*self._horizon)
        values[:, HAIRCUT] = -np.expm1(-volatility * self._liquidation[0])
        return values

    def explain(self, asset: int) -> dict[str, Any]:
        """Level, moves in the sample, and the tail in units of a standard deviation over the horizon."""
        deviation = np.sqrt(self._section.horizon_hours * 3600 / YEAR_SECONDS)
        return {
            "level": self._section.level,
            "method": self._section.method if self._moves >= LEAST_MOVES else "normal",
            "moves": self._moves,
            "tail_down": float(self._horizon[0][asset] / deviation),
            "tail_up": float(self._horizon[1][asset] / deviation),
        }

    def _calibrate(self, estimates: Estimates) -> None:
        section, n_assets = self._section, len(estimates.volatility)
        history = estimates.history
        returns = np.empty((0, n_assets)) if history is None else history.returns(section.window_bars)
        self._usual = np.zeros(n_assets)
        if len(returns):
            self._usual = np.sqrt(np.mean(returns**2, axis=0) * YEAR_SECONDS / history.bar_seconds)
            if section.method == "filtered":
                unit = history.standardised(section.window_bars)
            else:
                unit = returns / np.maximum(np.sqrt(np.mean(returns**2, axis=0)), 1e-12)
        else:
            unit = returns
        bar_seconds = 1.0 if history is None else history.bar_seconds
        self._horizon, self._moves = self._tails(unit, section.horizon_hours, bar_seconds)
        self._liquidation, _ = self._tails(unit, section.liquidation_hours, bar_seconds)

    def _tails(self, unit: np.ndarray, hours: float, bar_seconds: float) -> tuple[tuple[np.ndarray, np.ndarray], int]:
        """Tails down and up of moves over `hours` per unit of annualised volatility, and how many moves there are.

        unit : (n, n_assets), returns of variance one a bar.
        """
        years, bars = hours * 3600 / YEAR_SECONDS, max(1, round(hours * 3600 / bar_seconds))
        moves = len(unit) - bars + 1
        if moves < LEAST_MOVES:
            tail = np.full(unit.shape[1], self._normal_tail() * np.sqrt(years))
            return (tail, tail), max(moves, 0)
        total = np.vstack([np.zeros(unit.shape[1]), np.cumsum(unit, axis=0)])
        # A move of so many bars stands for one of the hours asked for, of which they may be a little more or less.
        sums = (total[bars:] - total[:-bars]).T * np.sqrt(years / bars)
        found = [sample_tail(losses, self._section.level) for losses in (-sums, sums)]
        down, up = (np.maximum(tail.es if self._shortfall else tail.var, 0.0) for tail in found)
        return (down, up), moves

    def _normal_tail(self) -> float:
        level = self._section.level
        z = float(ndtri(level))
        return float(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / (1 - level)) if self._shortfall else z
