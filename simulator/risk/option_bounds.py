"""Bounds that no arbitrage puts on the options of an account: the mirror of contracts/margin/OptionBounds.sol.

A call is worth at most its forward and a put at most its strike, and neither moves by more than its forward does.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from simulator.risk.sensitivities import Sensitivities
from simulator.risk.state import CALL, Holdings, Instruments
from simulator.risk.terms import Terms, is_option


@dataclass(frozen=True, slots=True)
class UnitBounds:
    """Of one unit of each instrument. Arrays: (n_instruments,), quote currency.

    linear : value that moves one for one with the underlying
    settled : value that does not move
    calls, puts : the part of the forward that moves, of options at risk of that kind
    rest : what such an option could be worth besides: the strike of a put, the fixed part of a call's forward
    """

    linear: np.ndarray
    settled: np.ndarray
    calls: np.ndarray
    puts: np.ndarray
    rest: np.ndarray


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of accounts by underlying. Arrays: (n_accounts, n_assets), quote currency; linear includes collateral."""

    linear: np.ndarray
    settled: np.ndarray
    long_calls: np.ndarray
    short_calls: np.ndarray
    long_puts: np.ndarray
    short_puts: np.ndarray
    long_rest: np.ndarray
    short_rest: np.ndarray


def unit_bounds(instruments: Instruments, terms: Terms, unit: Sensitivities) -> UnitBounds:
    """Bounds of one unit of each instrument."""
    option, call = is_option(instruments), instruments.kind == CALL
    at_risk = option & unit.at_risk
    fixed = terms.forward - terms.moving
    return UnitBounds(
        linear=np.where(option | ~unit.at_risk, 0.0, terms.moving),
        settled=np.where(unit.at_risk, np.where(option, 0.0, fixed), unit.marks),
        calls=np.where(at_risk & call, terms.moving, 0.0),
        puts=np.where(at_risk & ~call, terms.moving, 0.0),
        rest=np.where(at_risk, np.where(call, fixed, instruments.strike), 0.0),
    )


def bounds_of(bounds: UnitBounds, unit: Sensitivities, holdings: Holdings) -> Bounds:
    """Bounds of every account."""
    columns = np.stack([bounds.linear, bounds.settled, bounds.calls, bounds.puts, bounds.rest], axis=1)
    sums = _summed(np.ascontiguousarray(holdings.sizes, dtype=np.float64), unit.asset, columns, len(unit.spot))
    linear, *others = np.moveaxis(sums, 2, 0)
    return Bounds(linear + holdings.collateral * unit.collateral_price, *others)


@njit(cache=True)
def _summed(sizes, asset, columns, assets):
    """(n_accounts, n_assets, 8), the members of `Bounds` in order, from the columns of `UnitBounds`."""
    accounts, instruments = sizes.shape
    sums = np.zeros((accounts, assets, 8))
    for a in range(accounts):
        for i in range(instruments):
            size = sizes[a, i]
            if size == 0.0:
                continue
            total = sums[a, asset[i]]
            linear, settled, calls, puts, rest = columns[i]
            total[0] += size * linear
            total[1] += size * settled
            short = 0 if size > 0.0 else 1
            units = abs(size)
            total[2 + short] += units * calls
            total[4 + short] += units * puts
            total[6 + short] += units * rest
    return sums
