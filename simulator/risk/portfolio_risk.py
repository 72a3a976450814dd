"""VaR and ES of whole portfolios by position, and in closed form from greeks."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulator.errors import DataError
from simulator.risk.book import Book
from simulator.risk.component import Allocation, es_allocation, var_allocation
from simulator.risk.contracts import Contracts
from simulator.risk.covariance import require_covariance
from simulator.risk.greeks import AccountGreeks
from simulator.risk.inputs import require_level
from simulator.risk.parametric import (
    cornish_fisher_tail,
    delta_gamma_moments,
    gaussian_tail,
    require_freedom,
    student_t_tail,
)
from simulator.risk.portfolio_valuation import Revaluation, cash_profits, coin_profits, unit_profits
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.tail import Tail


@dataclass(frozen=True, slots=True)
class AccountAllocation:
    """The VaR or ES of one account, by what it holds; the parts sum to the total.

    total : float
    instrument : (n_positions,), row of each position's instrument, in the order of the book
    position, marginal : (n_positions,), part of the total, and change of the total per unit more of the instrument
    collateral : (n_assets,), part of the coins held; negative where they hedge the positions
    cash : float, part of the cash: not zero where the quote currency's peg moves
    """

    total: float
    instrument: np.ndarray
    position: np.ndarray
    marginal: np.ndarray
    collateral: np.ndarray
    cash: float


class Measure(StrEnum):
    """Which risk is allocated."""

    VAR = "var"
    ES = "es"


def account_allocation(
    contracts: Contracts,
    book: Book,
    account: int,
    scenarios: ScenarioSet,
    level: float,
    measure: Measure = Measure.ES,
    revaluation: Revaluation = Revaluation.FULL,
) -> AccountAllocation:
    """Which position of an account costs what, options, coins and cash included.

    Profit is linear in units held, also of options, so Euler's rule applies to any of them.

    Raises
    ------
    DataError
        An account that is not there, or as `es_allocation`.

    Source: as `component`.
    """
    if not 0 <= account < len(book):
        raise DataError(f"account {account}: the book has accounts 0 to {len(book) - 1}")
    own = book.accounts(account, account + 1)
    own.require_fit(len(contracts), len(contracts.spot))
    units = unit_profits(contracts.take(own.instrument), scenarios, revaluation)
    losses = -np.vstack([units, coin_profits(contracts, scenarios), cash_profits(contracts, scenarios)]).T
    quantity = np.concatenate([own.size, own.collateral[0], own.cash])
    allocate = es_allocation if Measure(measure) == Measure.ES else var_allocation
    parts: Allocation = allocate(losses, quantity, level, scenarios.weights)
    n = len(own.size)
    return AccountAllocation(
        total=parts.total,
        instrument=own.instrument,
        position=parts.component[:n],
        marginal=parts.marginal[:n],
        collateral=parts.component[n:-1],
        cash=float(parts.component[-1]),
    )


def delta_normal_tails(greeks: AccountGreeks, covariance, level: float, freedom: float | None = None) -> Tail:
    """VaR and ES of every account from delta and vega alone, moves being Gaussian or Student-t.

    Parameters
    ----------
    greeks : AccountGreeks
    covariance : (2 n_assets, 2 n_assets)
        Of each asset's (return, relative change of implied volatility), asset by asset, over the horizon: as
        `MarketState.covariance`.
    level : float
        In (0, 1).
    freedom : float, optional
        Degrees of freedom, above 2; Gaussian if left out.

    Returns
    -------
    Tail
        Fields (n_accounts,).

    Raises
    ------
    DataError
    """
    exposure, covariance = _factors(greeks, covariance)
    deviation = np.sqrt(np.maximum(((exposure @ covariance) * exposure).sum(axis=1), 0.0))
    unit = gaussian_tail(level) if freedom is None else student_t_tail(level, require_freedom(freedom))
    return Tail(deviation * unit.var, deviation * unit.es)


def delta_gamma_tails(greeks: AccountGreeks, covariance, level: float) -> Tail:
    """VaR and ES of every account from delta, gamma and vega, by moments and Cornish and Fisher's expansion.

    Parameters and errors as for `delta_normal_tails`, and DataError, naming the account, where the expansion fails.
    """
    require_level(level)
    exposure, covariance = _factors(greeks, covariance)
    gamma = np.zeros_like(exposure)
    gamma[:, 0::2] = greeks.gamma
    tails = []
    for account, (linear, diagonal) in enumerate(zip(exposure, gamma, strict=True)):
        try:
            tails.append(cornish_fisher_tail(level, delta_gamma_moments(linear, np.diag(diagonal), covariance)))
        except DataError as error:
            raise DataError(f"account {account}: {error}") from error
    return Tail(np.array([t.var for t in tails]), np.array([t.es for t in tails]))


def _factors(greeks: AccountGreeks, covariance) -> tuple[np.ndarray, np.ndarray]:
    """(n_accounts, 2 n_assets) delta and vega in the order of the covariance, and that."""
    accounts, assets = greeks.delta.shape
    exposure = np.empty((accounts, 2 * assets))
    exposure[:, 0::2], exposure[:, 1::2] = greeks.delta, greeks.vega
    return exposure, require_covariance(covariance, 2 * assets)
