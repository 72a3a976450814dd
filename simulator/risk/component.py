"""Which position costs what: VaR and ES allocated to positions, summing to the total.

Euler allocation: a risk measure that scales with the portfolio is the sum of quantity times marginal risk. Profit and
loss is linear in quantity, also that of options.

Source: Tasche (2008), Capital allocation to business units and sub-portfolios: the Euler principle; McNeil, Frey and
Embrechts (2015), Quantitative Risk Management, section 8.5.
"""

from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError
from simulator.risk.covariance import require_covariance
from simulator.risk.inputs import require_finite
from simulator.risk.tail import boundary_scenario, tail_weights


@dataclass(frozen=True, slots=True)
class Allocation:
    """The risk of a portfolio, in the unit of its losses, by position.

    total : float
    marginal : (n_positions,), change of the total per unit of the position.
    component : (n_positions,), quantity * marginal; sums to the total. Negative where a position hedges the others.
    """

    total: float
    marginal: np.ndarray
    component: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """(n_positions,), component / total; zeros if the total is zero."""
        return np.divide(self.component, self.total, out=np.zeros_like(self.component), where=self.total != 0)


def parametric_allocation(exposure, covariance, multiplier: float) -> Allocation:
    """Allocation of multiplier * sqrt(x' C x), the delta-normal or Student-t VaR or ES of exposures x of mean zero.

    Parameters
    ----------
    exposure : (n_positions,)
        Change of value per unit of move, quote currency.
    covariance : (n_positions, n_positions)
        Of the moves over the horizon.
    multiplier : float
        VaR or ES of the standardised loss: `gaussian_tail(level).es`, `student_t_tail(level, freedom).var`, ...

    Raises
    ------
    DataError
    """
    exposure = require_finite(exposure, "exposure", 1)
    covariance = require_covariance(covariance, len(exposure))
    multiplier = float(require_finite(multiplier, "multiplier", 0))
    moved = covariance @ exposure
    variance = exposure @ moved
    if variance <= 0:
        return Allocation(0.0, np.zeros_like(exposure), np.zeros_like(exposure))
    deviation = np.sqrt(variance)
    marginal = multiplier * moved / deviation
    return Allocation(float(multiplier * deviation), marginal, exposure * marginal)


def es_allocation(unit_losses, quantity, level: float, weights=None) -> Allocation:
    """Allocation of the sample's ES: each position's mean loss in the portfolio's own tail.

    Parameters
    ----------
    unit_losses : (n_scenarios, n_positions)
        Loss of one unit of each position.
    quantity : (n_positions,)
    level : float
        In (0, 1).
    weights : (n_scenarios,), optional
        As in `sample_tail`.

    Raises
    ------
    DataError
    """
    unit_losses, quantity = _positions(unit_losses, quantity)
    marginal = tail_weights(unit_losses @ quantity, level, weights) @ unit_losses
    component = quantity * marginal
    return Allocation(float(component.sum()), marginal, component)


def var_allocation(unit_losses, quantity, level: float, weights=None) -> Allocation:
    """Allocation of the sample's VaR: each position's loss in the scenario that sets it.

    One scenario speaks for the tail, so the shares of a small sample are noisy; those of ES are steadier.
    Parameters and errors as for `es_allocation`.
    """
    unit_losses, quantity = _positions(unit_losses, quantity)
    marginal = unit_losses[boundary_scenario(unit_losses @ quantity, level, weights)]
    component = quantity * marginal
    return Allocation(float(component.sum()), marginal, component)


def _positions(unit_losses, quantity) -> tuple[np.ndarray, np.ndarray]:
    unit_losses = require_finite(unit_losses, "unit losses", 2)
    quantity = require_finite(quantity, "quantity", 1)
    if unit_losses.shape[1] != len(quantity):
        raise DataError(f"quantity: {len(quantity)} of them for losses of {unit_losses.shape[1]} positions")
    return unit_losses, quantity
