"""Profit and loss of many accounts in many scenarios, in bounded memory, on every core.

Instruments are priced once for all accounts that hold them; coins and cash are revalued in the same scenarios. Work is
cut into blocks of accounts and slices of scenarios, and each piece among threads; no sum crosses a cut, so the result
is the same to the last bit however it is cut.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

import numpy as np

from simulator.errors import DataError
from simulator.risk.book import Book
from simulator.risk.contracts import Contracts
from simulator.risk.greeks import greeks, settled_value
from simulator.risk.option_kernels import aggregate_profits, expanded_values, full_values, to_profits
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.state import CALL
from simulator.risk.tail import Tail, sample_tail

MEMORY = 2**28
"""Bytes that tables of unit profits and of account profits may take together."""
_SMALL = 2**18
"""Instrument-scenarios below which threads cost more than they save."""


class Revaluation(StrEnum):
    """How contracts are valued in a scenario."""

    FULL = "full"
    """Black-76 with the moved forward and volatility."""
    DELTA_GAMMA_VEGA = "delta-gamma-vega"
    """Taylor's series of `greeks`: cheap, and good for moves well below a deviation of an option's own life."""


@dataclass(frozen=True, slots=True)
class Workload:
    """How much memory and how many threads a valuation takes; neither changes its result.

    memory : int, bytes of tables
    threads : int, one per core if left out

    Raises DataError if either is below 1.
    """

    memory: int = MEMORY
    threads: int = field(default_factory=lambda: os.cpu_count() or 1)

    def __post_init__(self):
        for name in ("memory", "threads"):
            if getattr(self, name) < 1:
                raise DataError(f"workload: {name} is {getattr(self, name)}, at least 1 is needed")


def unit_profits(
    contracts: Contracts, scenarios: ScenarioSet, revaluation: Revaluation = Revaluation.FULL
) -> np.ndarray:
    """(n_instruments, n_scenarios), profit of one unit long in each scenario.

    Raises
    ------
    DataError
        Scenarios of other assets than the contracts.
    """
    moves = _Moves.of(contracts, scenarios)
    table = np.empty((len(contracts), len(scenarios.returns)))
    _Pricer(contracts, Revaluation(revaluation)).fill(moves, table, _each(1))
    return table


def coin_profits(contracts: Contracts, scenarios: ScenarioSet) -> np.ndarray:
    """(n_assets, n_scenarios), profit of one coin of each asset."""
    return _Moves.of(contracts, scenarios).coin_profits


def cash_profits(contracts: Contracts, scenarios: ScenarioSet) -> np.ndarray:
    """(n_scenarios,), profit of one unit of the quote currency: not zero where its peg moves."""
    return _Moves.of(contracts, scenarios).cash_profits


def account_profits(
    contracts: Contracts,
    book: Book,
    scenarios: ScenarioSet,
    revaluation: Revaluation = Revaluation.FULL,
    workload: Workload | None = None,
) -> np.ndarray:
    """(n_accounts, n_scenarios), profit and loss of whole accounts: positions, coins and cash.

    The result itself is as large as its shape says; `portfolio_tails` never holds all of it.

    Raises
    ------
    DataError
        Scenarios of other assets, or a book with instruments that the contracts do not have.
    """
    result = np.empty((len(book), len(scenarios.returns)))
    for first, profits in profit_blocks(contracts, book, scenarios, revaluation, workload):
        result[first : first + len(profits)] = profits
    return result


def portfolio_tails(
    contracts: Contracts,
    book: Book,
    scenarios: ScenarioSet,
    level: float,
    revaluation: Revaluation = Revaluation.FULL,
    workload: Workload | None = None,
) -> Tail:
    """VaR and ES of every account over the scenarios and their weights: fields of shape (n_accounts,).

    Parameters
    ----------
    contracts : Contracts
    book : Book
    scenarios : ScenarioSet
        From any method: historical, Monte Carlo, stress.
    level : float
        In (0, 1).
    revaluation : Revaluation
    workload : Workload, optional

    Raises
    ------
    DataError
        As `account_profits` and `sample_tail`.
    """
    equal = (scenarios.weights == scenarios.weights[0]).all()
    var, es = np.empty(len(book)), np.empty(len(book))
    for first, profits in profit_blocks(contracts, book, scenarios, revaluation, workload):
        tail = sample_tail(np.negative(profits, out=profits), level, None if equal else scenarios.weights)
        var[first : first + len(profits)], es[first : first + len(profits)] = tail.var, tail.es
    return Tail(var, es)


def profit_blocks(
    contracts: Contracts,
    book: Book,
    scenarios: ScenarioSet,
    revaluation: Revaluation = Revaluation.FULL,
    workload: Workload | None = None,
) -> Iterator[tuple[int, np.ndarray]]:
    """The rows of `account_profits` block by block: the first account and (n_block, n_scenarios), reused by none."""
    workload = workload or Workload()
    _require_instruments(contracts, book)
    moves = _Moves.of(contracts, scenarios)
    count = len(scenarios.returns)
    room = max(workload.memory // 16, 1)
    block = max(min(room // count, len(book)), 1)
    for first in range(0, len(book), block):
        part = book.accounts(first, min(first + block, len(book)))
        held, row = np.unique(part.instrument, return_inverse=True)
        pricer = _Pricer(contracts.take(held), Revaluation(revaluation))
        width = max(min(room // max(len(held), 1), count), 1)
        profits = np.empty((len(part), count))
        with _threads(workload.threads if max(len(held), len(part)) * count > _SMALL else 1) as each:
            for low in range(0, count, width):
                inside = slice(low, min(low + width, count))
                piece = moves.slice(inside)
                unit = np.empty((len(held), inside.stop - low))
                pricer.fill(piece, unit, each)
                arguments = (part.start, row, part.size, part.cash, part.collateral, unit)
                each(
                    len(part), aggregate_profits, *arguments, piece.cash_profits, piece.coin_profits, profits[:, inside]
                )
        yield first, profits


def equity(contracts: Contracts, book: Book) -> np.ndarray:
    """(n_accounts,), what accounts are worth now in the currency that prices are stated in."""
    _require_instruments(contracts, book)
    unit = greeks(contracts).value * np.where(contracts.inverse, 1.0, contracts.stable_price)
    account = np.repeat(np.arange(len(book)), np.diff(book.start))
    positions = np.bincount(account, book.size * unit[book.instrument], len(book))
    return book.cash * contracts.stable_price + (book.collateral * contracts.spot).sum(axis=1) + positions


@dataclass(frozen=True, slots=True)
class _Moves:
    """Scenarios by asset, contiguous along scenarios, with the profits of what needs no model."""

    factor: np.ndarray
    log_factor: np.ndarray
    volatility_factor: np.ndarray
    stable: np.ndarray
    coin_profits: np.ndarray
    cash_profits: np.ndarray

    @classmethod
    def of(cls, contracts: Contracts, scenarios: ScenarioSet) -> "_Moves":
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

    def slice(self, inside: slice) -> "_Moves":
        def cut(array: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(array[..., inside])

        return _Moves(*(cut(getattr(self, name)) for name in self.__slots__))


class _Pricer:
    """Fills tables of unit profits, full or expanded."""

    def __init__(self, contracts: Contracts, revaluation: Revaluation):
        self._contracts = contracts
        self._full = revaluation == Revaluation.FULL
        self._greeks = None if self._full else greeks(contracts)
        self._terms = _kernel_terms(contracts)
        self._now = self._unmoved() if self._full else self._greeks.value

    def fill(self, moves: _Moves, table: np.ndarray, each: Callable) -> None:
        """Write (n_instruments, n_scenarios) unit profits into `table`."""
        n = len(table)
        if self._full:
            each(n, full_values, self._terms, moves.factor, moves.log_factor, moves.volatility_factor, table)
        else:
            g = self._greeks
            shift = (moves.factor - 1.0, moves.volatility_factor - 1.0)
            each(n, expanded_values, self._contracts.asset, g.value, g.delta, g.gamma, g.vega, *shift, table)
        quoted = ~self._contracts.inverse
        each(n, to_profits, self._now, quoted, self._contracts.stable_price, moves.stable, table)

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


def _require_instruments(contracts: Contracts, book: Book) -> None:
    if len(book.instrument) and not 0 <= book.instrument.min() <= book.instrument.max() < len(contracts):
        wrong = book.instrument.max() if book.instrument.min() >= 0 else book.instrument.min()
        raise DataError(f"the book holds instrument {wrong}; there are contracts 0 to {len(contracts) - 1}")
    if book.collateral.shape[1] != len(contracts.spot):
        raise DataError(f"the book holds {book.collateral.shape[1]} coins; there are {len(contracts.spot)} assets")


def _each(threads: int, pool: ThreadPoolExecutor | None = None) -> Callable:
    """Call kernel(low, high, ...) over the rows from 0 to n, cut into one range per thread."""

    def each(n: int, kernel: Callable, *arguments) -> None:
        if pool is None:
            kernel(0, n, *arguments)
            return
        cuts = [n * i // threads for i in range(threads + 1)]
        jobs = [pool.submit(kernel, low, high, *arguments) for low, high in pairwise(cuts)]
        for job in jobs:
            job.result()

    return each


@contextmanager
def _threads(threads: int) -> Iterator[Callable]:
    """`_each` on a pool that lives as long as the block, or on this thread."""
    if threads == 1:
        yield _each(1)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield _each(threads, pool)
