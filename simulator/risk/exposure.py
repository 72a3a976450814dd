"""Potential future exposure: what accounts may owe the house at dates to come, one by one and together.

Paths of all factors run over a grid of dates; options age along them and pay at their expiry what they are worth on the
path then. Exposure without margin calls is what an account's equity, cash and coins included, has fallen below zero.
With them it is what the account loses during the margin period of risk beyond the margin it had at its start.

Source: Gregory (2015), The xVA Challenge, 3rd ed., chapters 7, 10 and 11; Basel framework, CRE50, for the terms.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from simulator.errors import DataError
from simulator.risk.book import Book
from simulator.risk.contracts import Contracts
from simulator.risk.inputs import require_finite, require_level
from simulator.risk.montecarlo import Sampling, simulate
from simulator.risk.option_kernels import aggregate_profits
from simulator.risk.portfolio_valuation import unit_values
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.shock_models import ShockModel
from simulator.risk.tail import sample_tail
from simulator.risk.workload import Workload


@dataclass(frozen=True, slots=True)
class FactorPaths:
    """How factors move in time: independent steps, each a draw of a model of its length.

    model_over : years -> ShockModel, the joint law of the factors' log moves over a step
    assign : ScenarioSet -> ScenarioSet, which factor moves what (`ScenarioSet.assigned`); all are prices if left out
    paths : int, as many as `simulate` can make with `sampling`
    """

    model_over: Callable[[float], ShockModel]
    paths: int
    assign: Callable[[ScenarioSet], ScenarioSet] = lambda factors: factors
    sampling: Sampling = Sampling.INDEPENDENT


@dataclass(frozen=True, slots=True)
class ExposureProfile:
    """Exposure at each date, money.

    years : (n_dates,)
    expected, potential : (n_accounts, n_dates), mean, and quantile at the level asked for
    house_expected, house_potential : (n_dates,), of the sum over accounts: potentials do not add up, means do
    house_error : (n_dates,), standard error of `house_expected`
    """

    years: np.ndarray
    expected: np.ndarray
    potential: np.ndarray
    house_expected: np.ndarray
    house_potential: np.ndarray
    house_error: np.ndarray

    @property
    def peak(self) -> np.ndarray:
        """(n_accounts,), the largest potential exposure of any date."""
        return self.potential.max(axis=1)


def exposure_profile(
    contracts: Contracts,
    book: Book,
    paths: FactorPaths,
    years,
    rng: np.random.Generator,
    level: float = 0.975,
    margin_period: float | None = None,
    margin=None,
    workload: Workload | None = None,
) -> ExposureProfile:
    """Expected and potential exposure of every account, and of the house, at dates to come.

    Parameters
    ----------
    contracts, book : Contracts, Book
    paths : FactorPaths
    years : (n_dates,), rising, above 0.
    rng : numpy.random.Generator
    level : float
        Of the potential exposure, in (0, 1).
    margin_period : float, optional
        Years from the last good margin call to the close-out. Exposure is then max(0, -(margin + V(t) - V(t -
        margin_period))). Without it nobody calls for margin, and exposure is max(0, -V(t)).
    margin : (n_accounts,), optional
        Equity that a margin call leaves an account with, such as its requirement today; 0 if left out.
    workload : Workload, optional
        Of blocks of accounts; tables of instruments over paths come on top, two per date.

    Raises
    ------
    DataError
        Dates that do not rise from above 0, a margin period not above 0, or as the valuation.
    """
    years = require_finite(years, "years", 1)
    require_level(level)
    if years[0] <= 0 or (np.diff(years) <= 0).any():
        raise DataError(f"years {years.tolist()}: dates must rise from above 0")
    if margin_period is not None and not (np.isfinite(margin_period) and margin_period > 0):
        raise DataError(f"margin period of {margin_period} years: it must be above 0")
    margin = np.zeros(len(book)) if margin is None else require_finite(margin, "margin", 1)
    if len(margin) != len(book):
        raise DataError(f"margin: {len(margin)} of them for {len(book)} accounts")
    called = np.maximum(years - margin_period, 0.0) if margin_period is not None else np.empty(0)
    book.require_fit(len(contracts), len(contracts.spot))
    held, row = np.unique(book.instrument, return_inverse=True)
    book = replace(book, instrument=row)
    valued = _ValuedPaths(contracts.take(held), paths, np.concatenate([years, called]), rng)
    count = paths.paths
    shape = (len(book), len(years))
    expected, potential, house = np.empty(shape), np.empty(shape), np.zeros((len(years), count))
    workload = workload or Workload()
    block = max(workload.room // count, 1)
    for date, year in enumerate(years):
        units = valued.at(year)
        if margin_period is not None:
            units = tuple(now - then for now, then in zip(units, valued.at(called[date]), strict=True))
        for first in range(0, len(book), block):
            rows = slice(first, min(first + block, len(book)))
            part = book.accounts(rows.start, rows.stop)
            exposure = np.empty((len(part), count))
            with workload.rows(exposure.size) as each:
                each(len(part), _expose, part, units, margin[rows], exposure)
                each(len(part), _measure, exposure, level, expected[rows, date], potential[rows, date])
            for own in exposure:  # one by one, so that blocks do not change the order of the sum
                house[date] += own
    return ExposureProfile(
        years=years,
        expected=expected,
        potential=potential,
        house_expected=house.mean(axis=1),
        house_potential=sample_tail(house, level).var,
        house_error=house.std(axis=1, ddof=1) / np.sqrt(count),
    )


class _ValuedPaths:
    """Values of one unit of everything at the dates of a grid, along all paths."""

    def __init__(self, contracts: Contracts, paths: FactorPaths, years: np.ndarray, rng: np.random.Generator):
        self._contracts = contracts
        expiring = contracts.option & contracts.moves & (contracts.years > 0)
        expiries = contracts.years[expiring & (contracts.years <= years.max())]
        self._grid = np.unique(np.concatenate([[0.0], years, expiries]))
        self._factors = self._simulated(paths, rng)
        self._settles = np.where(expiring, contracts.years, np.inf)
        self._paid: dict[float, tuple[np.ndarray, np.ndarray]] = {
            expiry: self._payoffs(expiry) for expiry in np.unique(expiries).tolist()
        }

    def at(self, year: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n_instruments, n_paths), (n_assets, n_paths), (n_paths,): instruments, coins, quote currency."""
        moves = self._moves(year)
        units = unit_values(self._contracts.aged(year), moves)
        coins = self._contracts.spot[:, None] * np.exp(moves.returns.T)
        cash = self._contracts.stable_price * moves.stable
        for expiry, (rows, paid) in self._paid.items():
            if expiry < year:
                in_coins = self._contracts.inverse[rows]
                units[rows] = paid * np.where(in_coins[:, None], coins[self._contracts.asset[rows]], cash)
        return units, coins, cash

    def _payoffs(self, expiry: float) -> tuple[np.ndarray, np.ndarray]:
        """Rows that expire then, and what one unit pays on each path, in the currency it is settled in."""
        rows = np.flatnonzero(self._settles == expiry)
        own, moves = self._contracts.take(rows), self._moves(expiry)
        coins = own.spot[:, None] * np.exp(moves.returns.T)
        cash = own.stable_price * moves.stable
        return rows, unit_values(own.aged(expiry), moves) / np.where(own.inverse[:, None], coins[own.asset], cash)

    def _simulated(self, paths: FactorPaths, rng: np.random.Generator) -> list[ScenarioSet]:
        """Moves from today to each date of the grid."""
        steps = _Steps([paths.model_over(float(step)) for step in np.diff(self._grid)])
        drawn = simulate(steps, paths.paths, rng, paths.sampling).returns
        moves = list(accumulate(np.hsplit(drawn, len(self._grid) - 1)))
        return [paths.assign(ScenarioSet(total)) for total in (np.zeros_like(moves[0]), *moves)]

    def _moves(self, year: float) -> ScenarioSet:
        return self._factors[int(np.searchsorted(self._grid, year))]


class _Steps:
    """Steps of a path as one model of all its factors: low-discrepancy points must fill the space of whole paths."""

    def __init__(self, models: list[ShockModel]):
        self._models = models

    @property
    def dimension(self) -> int:
        return sum(model.dimension for model in self._models)

    def returns(self, uniforms: np.ndarray) -> np.ndarray:
        cuts = np.cumsum([model.dimension for model in self._models])[:-1]
        parts = np.split(uniforms, cuts, axis=1)
        return np.hstack([model.returns(part) for model, part in zip(self._models, parts, strict=True)])


def _expose(low: int, high: int, book: Book, units: tuple, margin: np.ndarray, exposure: np.ndarray) -> None:
    """Write what accounts owe, negative where the house owes them: (n_accounts, n_paths)."""
    unit, coin, cash = units
    positions = (book.start, book.instrument, book.size, book.cash, book.collateral)
    aggregate_profits(low, high, *positions, unit, cash, coin, exposure)
    exposure[low:high] += margin[low:high, None]
    np.negative(exposure[low:high], out=exposure[low:high])


def _measure(
    low: int, high: int, exposure: np.ndarray, level: float, expected: np.ndarray, potential: np.ndarray
) -> None:
    """Floor exposures at zero; write their means and quantiles."""
    if low == high:
        return
    own = exposure[low:high]
    # Before the floor: the quantile is the same, and sorting many equal zeros takes ten times as long.
    potential[low:high] = np.maximum(sample_tail(own, level).var, 0.0)
    np.maximum(own, 0.0, out=own)
    expected[low:high] = own.mean(axis=1)
