"""Profit and loss of many accounts in many scenarios, in bounded memory, on every core.

Instruments are priced once for all accounts that hold them; coins and cash are revalued in the same scenarios. Work is
cut into blocks of accounts and slices of scenarios, and each piece among threads; no sum crosses a cut, so the result
is the same to the last bit however it is cut.
"""

from collections.abc import Iterator

import numpy as np

from simulator.risk.book import Book
from simulator.risk.contracts import Contracts
from simulator.risk.greeks import greeks
from simulator.risk.montecarlo import TailEstimate, estimate_tail
from simulator.risk.option_kernels import aggregate_profits
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.tail import Tail, sample_tail
from simulator.risk.unit_pricing import Moves, Pricer, Revaluation
from simulator.risk.workload import Workload, one_thread


def unit_profits(
    contracts: Contracts, scenarios: ScenarioSet, revaluation: Revaluation = Revaluation.FULL
) -> np.ndarray:
    """(n_instruments, n_scenarios), profit of one unit long in each scenario.

    Raises
    ------
    DataError
        Scenarios of other assets than the contracts.
    """
    moves = Moves.of(contracts, scenarios)
    table = np.empty((len(contracts), len(scenarios.returns)))
    Pricer(contracts, Revaluation(revaluation)).fill(moves, table, one_thread)
    return table


def unit_values(contracts: Contracts, scenarios: ScenarioSet) -> np.ndarray:
    """(n_instruments, n_scenarios), value of one unit in each scenario, revalued in full.

    Errors as for `unit_profits`.
    """
    moves = Moves.of(contracts, scenarios)
    table = np.empty((len(contracts), len(scenarios.returns)))
    Pricer(contracts, Revaluation.FULL).fill_values(moves, table, np.zeros(len(contracts)), one_thread)
    return table


def coin_profits(contracts: Contracts, scenarios: ScenarioSet) -> np.ndarray:
    """(n_assets, n_scenarios), profit of one coin of each asset."""
    return Moves.of(contracts, scenarios).coin_profits


def cash_profits(contracts: Contracts, scenarios: ScenarioSet) -> np.ndarray:
    """(n_scenarios,), profit of one unit of the quote currency: not zero where its peg moves."""
    return Moves.of(contracts, scenarios).cash_profits


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
    equal = _equal(scenarios)
    var, es = np.empty(len(book)), np.empty(len(book))
    for first, profits in profit_blocks(contracts, book, scenarios, revaluation, workload):
        tail = sample_tail(np.negative(profits, out=profits), level, None if equal else scenarios.weights)
        var[first : first + len(profits)], es[first : first + len(profits)] = tail.var, tail.es
    return Tail(var, es)


def portfolio_estimates(
    contracts: Contracts,
    book: Book,
    scenarios: ScenarioSet,
    level: float,
    revaluation: Revaluation = Revaluation.FULL,
    workload: Workload | None = None,
) -> TailEstimate:
    """As `portfolio_tails`, with the standard error of each VaR and ES: fields of shape (n_accounts,).

    For scenarios of `simulate` or `importance` only, in their order: the error is that of batch means.

    Raises
    ------
    DataError
        As `account_profits` and `estimate_tail`.
    """
    equal = _equal(scenarios)
    parts = []
    for _, profits in profit_blocks(contracts, book, scenarios, revaluation, workload):
        losses = np.negative(profits, out=profits)
        parts.append(estimate_tail(losses, level, None if equal else scenarios.weights))
    names = ("var", "es", "var_error", "es_error")
    return TailEstimate(*(np.concatenate([np.empty(0), *(getattr(p, name) for p in parts)]) for name in names))


def profit_blocks(
    contracts: Contracts,
    book: Book,
    scenarios: ScenarioSet,
    revaluation: Revaluation = Revaluation.FULL,
    workload: Workload | None = None,
) -> Iterator[tuple[int, np.ndarray]]:
    """The rows of `account_profits` block by block: the first account and (n_block, n_scenarios), reused by none."""
    workload = workload or Workload()
    book.require_fit(len(contracts), len(contracts.spot))
    moves = Moves.of(contracts, scenarios)
    count = len(scenarios.returns)
    room = workload.room
    block = max(min(room // count, len(book)), 1)
    for first in range(0, len(book), block):
        part = book.accounts(first, min(first + block, len(book)))
        held, row = np.unique(part.instrument, return_inverse=True)
        pricer = Pricer(contracts.take(held), Revaluation(revaluation))
        width = max(min(room // max(len(held), 1), count), 1)
        profits = np.empty((len(part), count))
        with workload.rows(max(len(held), len(part)) * count) as each:
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
    book.require_fit(len(contracts), len(contracts.spot))
    unit = greeks(contracts).value * np.where(contracts.inverse, 1.0, contracts.stable_price)
    account = np.repeat(np.arange(len(book)), np.diff(book.start))
    positions = np.bincount(account, book.size * unit[book.instrument], len(book))
    return book.cash * contracts.stable_price + (book.collateral * contracts.spot).sum(axis=1) + positions


def _equal(scenarios: ScenarioSet) -> bool:
    """Whether all scenarios weigh alike, so that tails need no whole sort."""
    return bool((scenarios.weights == scenarios.weights[0]).all())
