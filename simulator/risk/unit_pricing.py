"""One unit of each instrument over scenarios: what portfolio valuation multiplies holdings with."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulator.errors import DataError
from simulator.risk.contracts import Contracts
from simulator.risk.greeks import greeks, settled_value
from simulator.risk.option_kernels import expanded_values, full_values, to_profits
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.state import CALL
from simulator.risk.workload import Each


class Revaluation(StrEnum):
    """How contracts are valued in a scenario."""

    FULL = "full"
    """Black-76 with the moved forward and volatility."""
    DELTA_GAMMA_VEGA = "delta-gamma-vega"
    """Taylor's series of `greeks`: cheap, and good for moves well below a deviation of an option's own life."""


@dataclass(frozen=True, slots=True)
class Moves:
    """Scenarios by asset, contiguous along scenarios, with the profits of what needs no model.

    factor, log_factor, volatility_factor, coin_profits : (n_assets, n_scenarios)
    stable, cash_profits : (n_scenarios,)
    """

    factor: np.ndarray
    log_factor: np.ndarray
    volatility_factor: np.ndarray
    stable: np.ndarray
    coin_profits: np.ndarray
    cash_profits: np.ndarray

    @classmethod
    def of(cls, contracts: Contracts, scenarios: ScenarioSet) -> "Moves":
        """The moves of a set. Raises DataError if it is about other assets than the contracts."""
        assets = scenarios.returns.shape[1]
        if assets != len(contracts.spot):
            raise DataError(f"scenarios of {assets} assets for contracts on {len(contracts.spot)}")
        log_factor = np.ascontiguousarray(scenarios.returns.T)
        stable = contracts.stable_price * scenarios.stable
        return cls(
            factor=np.exp(log_factor),
            log_factor=log_factor,
            volatility_factor=np.ascontiguousarray(1.0 + scenarios.volatility.T),
            stable=stable,
            coin_profits=contracts.spot[:, None] * np.expm1(log_factor),
            cash_profits=stable - contracts.stable_price,
        )

    def slice(self, inside: slice) -> "Moves":
        """Some of the scenarios."""

        def cut(array: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(array[..., inside])

        return Moves(*(cut(getattr(self, name)) for name in self.__slots__))


class Pricer:
    """Fills tables of unit profits or values, full or expanded."""

    def __init__(self, contracts: Contracts, revaluation: Revaluation):
        self._contracts = contracts
        self._full = revaluation == Revaluation.FULL
        self._greeks = None if self._full else greeks(contracts)
        self._terms = _kernel_terms(contracts)
        self._now = self._unmoved() if self._full else self._greeks.value

    def fill(self, moves: Moves, table: np.ndarray, each: Each) -> None:
        """Write (n_instruments, n_scenarios) unit profits into `table`."""
        self.fill_values(moves, table, self._now, each)

    def fill_values(self, moves: Moves, table: np.ndarray, less: np.ndarray, each: Each) -> None:
        """Write unit values into `table`, less (n_instruments,) of them in today's market."""
        n = len(table)
        if self._full:
            each(n, full_values, self._terms, moves.factor, moves.log_factor, moves.volatility_factor, table)
        else:
            g = self._greeks
            shift = (moves.factor - 1.0, moves.volatility_factor - 1.0)
            each(n, expanded_values, self._contracts.asset, g.value, g.delta, g.gamma, g.vega, *shift, table)
        quoted = ~self._contracts.inverse
        each(n, to_profits, less, quoted, self._contracts.stable_price, moves.stable, table)

    def _unmoved(self) -> np.ndarray:
        """(n_instruments,), values in the scenario where nothing moves, by the kernel itself: its profit is 0."""
        still = np.ones((len(self._contracts.spot), 1))
        values = np.empty((len(self._contracts), 1))
        full_values(0, len(values), self._terms, still, np.zeros_like(still), still, values)
        return values[:, 0]


def _kernel_terms(contracts: Contracts) -> tuple[np.ndarray, ...]:
    live_option = contracts.option & contracts.moves
    linear = ~contracts.option & contracts.moves
    sign = np.where(live_option, np.where(contracts.kind == CALL, 1.0, -1.0), 0.0)
    flat = np.where(contracts.moves & ~(linear & contracts.inverse), 0.0, settled_value(contracts))
    return (
        contracts.asset,
        sign,
        contracts.forward,
        contracts.strike,
        contracts.volatility * np.sqrt(contracts.years),
        flat,
        np.where(linear & ~contracts.inverse, contracts.forward, 0.0),
        contracts.scale * contracts.discount,
    )
