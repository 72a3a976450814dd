"""VaR or ES of whole portfolios from a covariance matrix: the mirror of contracts/margin/ParametricMargin.sol."""

from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError
from simulator.risk.breakdown import Contingency, MarginBreakdown, ScenarioProfit
from simulator.risk.covariance import require_covariance
from simulator.risk.exposure_charges import charges, components, largest_multiplier
from simulator.risk.parametric_config import ParametricConfig, TailFactors
from simulator.risk.quadratic_form import Cumulants, cumulants_of, gradient_of
from simulator.risk.sensitivities import Exposures, Sensitivities, exposures_of, sensitivities_of
from simulator.risk.state import Holdings, Instruments, Margins, MarketState, Requirements
from simulator.risk.terms import terms_of

MAX_SKEW, MAX_KURTOSIS = 8**0.5, 12.0
"""Skewness and excess kurtosis of a single squared Gaussian move, which no quadratic profit exceeds."""
LEAST_DEVIATION = 1e-18
"""Less money than one unit of a wad has no shape."""


@dataclass(frozen=True, slots=True)
class ParametricValues:
    """One market: what one unit of each instrument is worth and how it moves, and how much everything moves.

    covariance : (2 n_assets, 2 n_assets)
    """

    unit: Sensitivities
    covariance: np.ndarray


class ParametricMargin:
    """Joint Gaussian moves of all prices and volatilities; the profit linear or quadratic in them.

    docs/reference/rules/parametric.md has the formulas.
    """

    name = "parametric"

    def __init__(self, config: ParametricConfig | None = None):
        self.config = config or ParametricConfig()

    def marks(self, instruments: Instruments, market: MarketState) -> np.ndarray:
        """Mark price of each instrument: (n_instruments,)."""
        return terms_of(instruments, market).marks(instruments)

    def scenario_values(self, instruments: Instruments, market: MarketState) -> ParametricValues:
        """Sensitivities of every instrument, reusable while the market stands still.

        Raises
        ------
        DataError
            No covariance, or one that is not positive semi-definite or has the wrong shape.
        """
        if market.covariance is None:
            raise DataError("the market has no covariance; rule 'parametric' needs one over the margin horizon")
        covariance = require_covariance(market.covariance, 2 * len(market.spot))
        return ParametricValues(sensitivities_of(instruments, market), covariance)

    def margins(self, instruments: Instruments, market: MarketState, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.margins_from(self.scenario_values(instruments, market), holdings)

    def margins_from(self, values: ParametricValues, holdings: Holdings) -> Margins:
        """Margins of every account: arrays (n_accounts,)."""
        return self.requirements(values, holdings).margins(holdings.cash)

    def requirements(self, values: ParametricValues, holdings: Holdings) -> Requirements:
        """Value and requirement of every account's positions and collateral."""
        exposures = exposures_of(values.unit, holdings)
        parts = self._charges(values, exposures)
        return Requirements(
            worth=(exposures.value.sum(axis=1),),
            initial=(sum(initial for _, initial in parts.values()),),
            maintenance=(sum(maintenance for maintenance, _ in parts.values()),),
        )

    def breakdown(
        self, instruments: Instruments, market: MarketState, holdings: Holdings, account: int = 0
    ) -> MarginBreakdown:
        """One account's requirement: its contingencies sum to it, the market risk being the first of them.

        `scenarios` are the moves to expect of each underlying when the account loses its initial market risk, to first
        order: E[x | loss] = -C delta loss / (delta' C delta). `components` are Euler's: quantity times marginal
        requirement.
        """
        one = Holdings(*(part[account : account + 1] for part in (holdings.cash, holdings.sizes, holdings.collateral)))
        values = self.scenario_values(instruments, market)
        exposures = exposures_of(values.unit, one)
        parts = self._charges(values, exposures)
        margins = self.margins_from(values, one)
        moves = self._expected_moves(values, exposures)
        shares = self._components(values, exposures, one)
        return MarginBreakdown(
            equity=float(margins.equity[0]),
            initial=float(margins.initial[0]),
            maintenance=float(margins.maintenance[0]),
            scenarios=moves,
            worst=moves,
            contingencies=tuple(
                Contingency(name, float(low[0]), float(high[0])) for name, (low, high) in parts.items()
            ),
            components=shares,
            unallocated=float(margins.equity[0] - margins.initial[0] - shares.sum()),
        )

    def _charges(self, values: ParametricValues, exposures: Exposures) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Maintenance and initial requirement of each part: (n_accounts,) each."""
        config = self.config
        cumulants = cumulants_of(*self._factors(exposures), values.covariance)
        low = tail_loss(cumulants, config.maintenance)
        high = np.maximum(tail_loss(cumulants, config.initial), low)
        return charges(values.unit, exposures, config, low, high)

    def _factors(self, exposures: Exposures) -> tuple[np.ndarray, np.ndarray]:
        """Deltas and gammas by factor, price and volatility of each underlying in turn: (n_accounts, 2 n_assets)."""
        delta = np.stack([exposures.delta, exposures.vega], axis=2).reshape(len(exposures.delta), -1)
        gamma = np.zeros_like(delta)
        if self.config.curvature:
            gamma[:, ::2] = exposures.gamma
        return delta, gamma

    def _expected_moves(self, values: ParametricValues, exposures: Exposures) -> tuple[ScenarioProfit, ...]:
        delta, gamma = self._factors(exposures)
        moved = values.covariance @ delta[0]
        variance = float(delta[0] @ moved)
        cumulants = cumulants_of(delta, gamma, values.covariance)
        loss = max(float(tail_loss(cumulants, part)[0]) for part in (self.config.initial, self.config.maintenance))
        if variance <= 0 or loss == 0:
            return ()
        moves = -moved * loss / variance
        profits = delta[0] * moves + gamma[0] * moves**2 / 2
        return tuple(
            ScenarioProfit(
                underlying=int(asset),
                label="expected in the tail",
                spot_move=float(moves[2 * asset]),
                vol_move=float(moves[2 * asset + 1]),
                weight=1.0,
                profit=float(profits[2 * asset] + profits[2 * asset + 1]),
            )
            for asset in np.flatnonzero(exposures.present[0])
        )

    def _components(self, values: ParametricValues, exposures: Exposures, one: Holdings) -> np.ndarray:
        unit, config = values.unit, self.config
        delta, gamma = self._factors(exposures)
        by_delta, by_gamma = _loss_gradient(delta[0], gamma[0], values.covariance, config)
        scale = config.initial_factor * largest_multiplier(unit, exposures)[0]
        by_price, by_vol = by_delta[::2][unit.asset], by_delta[1::2][unit.asset]
        marginal = by_price * unit.delta + by_vol * unit.vega + by_gamma[::2][unit.asset] * unit.gamma
        return components(unit, one, config, scale * marginal)


def tail_loss(cumulants: Cumulants, factors: TailFactors) -> np.ndarray:
    """Loss at the level of the factors, at least zero: (n_accounts,).

    A profit skewed to the right earns no credit for it: under a positive skewness the expansion turns back on itself in
    the tail. Under none it holds for every quadratic profit, since 3 K >= 4 S^2 (docs/reference/rules/parametric.md).
    """
    deviation, negative_skew, kurtosis = _shape(cumulants)
    return np.maximum(deviation * _multiple(negative_skew, kurtosis, factors) - cumulants.mean, 0.0)


def _shape(cumulants: Cumulants) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standard deviation, negative skewness and excess kurtosis, within what quadratic profits can have."""
    deviation = np.sqrt(np.maximum(cumulants.variance, 0.0))
    risky = deviation > LEAST_DEVIATION
    skew = np.divide(-cumulants.third, deviation**3, out=np.zeros_like(deviation), where=risky)
    kurtosis = np.divide(cumulants.fourth, deviation**4, out=np.zeros_like(deviation), where=risky)
    return deviation, np.clip(skew, 0.0, MAX_SKEW), np.clip(kurtosis, 0.0, MAX_KURTOSIS)


def _multiple(negative_skew, kurtosis, factors: TailFactors):
    correction = factors.skew * negative_skew + factors.kurtosis * kurtosis - factors.skew_squared * negative_skew**2
    return factors.deviation + np.maximum(correction, 0.0)


def _loss_gradient(
    delta: np.ndarray, gamma: np.ndarray, covariance: np.ndarray, config: ParametricConfig
) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of the initial loss by deltas and gammas: (n_factors,) each; zeros where there is no loss."""
    cumulants = cumulants_of(delta[None], gamma[None], covariance)
    factors = max(config.initial, config.maintenance, key=lambda part: tail_loss(cumulants, part)[0])
    deviation, n, k = (float(part[0]) for part in _shape(cumulants))
    if deviation <= LEAST_DEVIATION or tail_loss(cumulants, factors)[0] == 0:
        return np.zeros_like(delta), np.zeros_like(gamma)
    gradient = gradient_of(delta, gamma, covariance)
    by_skew = factors.skew - 2 * factors.skew_squared * n if 0 < n < MAX_SKEW else 0.0
    by_kurtosis = factors.kurtosis if 0 < k < MAX_KURTOSIS else 0.0
    multiple = float(_multiple(n, k, factors))

    def chain(rows: np.ndarray) -> np.ndarray:
        mean, variance, third, fourth = rows
        spread = variance / (2 * deviation)
        skewed = -third / deviation**2 - 3 * n * spread
        heavy = fourth / deviation**3 - 4 * k * spread
        return multiple * spread + by_skew * skewed + by_kurtosis * heavy - mean

    return chain(gradient.delta), chain(gradient.gamma)
