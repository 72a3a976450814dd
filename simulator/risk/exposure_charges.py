"""What the parametric and the expected-shortfall rule make of exposures, once the tail loss is known."""

from typing import Protocol

import numpy as np

from simulator.risk.sensitivities import Exposures, Sensitivities
from simulator.risk.state import Holdings


class ChargeRates(Protocol):
    """Factors on the tail loss and rates on short options, as in both rules' configurations."""

    maintenance_factor: float
    initial_factor: float
    short_option_maintenance: float
    short_option_initial: float


def largest_multiplier(unit: Sensitivities, exposures: Exposures) -> np.ndarray:
    """The largest risk multiplier among each account's underlyings, at least one: (n_accounts,)."""
    return np.max(np.where(exposures.present, unit.multiplier, 1.0), axis=1, initial=1.0)


def charges(
    unit: Sensitivities, exposures: Exposures, rates: ChargeRates, low: np.ndarray, high: np.ndarray
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Maintenance and initial requirement of each part: (n_accounts,) each.

    low, high : (n_accounts,), tail loss at the maintenance and at the initial level
    """
    naked = exposures.naked.sum(axis=1)
    liquidity, haircut = exposures.liquidity.sum(axis=1), exposures.haircut.sum(axis=1)
    return {
        "market risk": (
            low * rates.maintenance_factor,
            high * rates.initial_factor * largest_multiplier(unit, exposures),
        ),
        "liquidity": (liquidity, liquidity),
        "short options": (
            naked * rates.short_option_maintenance,
            naked * (rates.short_option_maintenance + rates.short_option_initial),
        ),
        "collateral haircut": (haircut, haircut),
    }


def components(unit: Sensitivities, one: Holdings, rates: ChargeRates, marginal: np.ndarray) -> np.ndarray:
    """The initial requirement of each position of one account: (n_instruments,).

    marginal : (n_instruments,), what one more unit adds to the market risk that is charged
    """
    sizes = one.sizes[0]
    short = np.zeros(len(sizes))
    for group in np.unique(unit.strike_group[unit.strike_group >= 0]):
        members = unit.strike_group == group
        if sizes[members].sum() < 0:
            rate = rates.short_option_maintenance + rates.short_option_initial
            short[members] = -unit.spot[unit.asset[members]] * rate
    liquidity = np.abs(sizes) * unit.at_risk * (unit.spot * unit.add_on)[unit.asset]
    return sizes * (marginal + short) + liquidity
