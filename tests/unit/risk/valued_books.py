"""Contracts, books and scenarios that the tests of portfolio risk share."""

import numpy as np

from simulator.risk.book import Book
from simulator.risk.contracts import Contracts
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.state import CALL

SPOT = (2000.0, 40000.0)


def contracts(*rows, spot=SPOT, stable_price=1.0) -> Contracts:
    """Contracts from rows (kind, asset, strike, volatility, years) and optionally a dict of other columns."""
    full = []
    for kind, asset, strike, volatility, years, *other in rows:
        columns = {"forward": spot[asset], "discount": 1.0, "moves": True, "inverse": False}
        full.append(
            {"kind": kind, "asset": asset, "strike": strike, "volatility": volatility, "years": years} | columns
        )
        for columns in other:
            full[-1].update(columns)
    names = full[0] if full else {}
    return Contracts(**{n: [row[n] for row in full] for n in names}, spot=spot, stable_price=stable_price)


def book(*accounts, assets=2) -> Book:
    """A book from accounts (positions {instrument: size}, cash, coins)."""
    positions = [a[0] for a in accounts]
    return Book(
        start=np.concatenate([[0], np.cumsum([len(p) for p in positions])]),
        instrument=[i for p in positions for i in p],
        size=[s for p in positions for s in p.values()],
        cash=[a[1] for a in accounts],
        collateral=np.array([a[2] if len(a) > 2 else [0.0] * assets for a in accounts], dtype=float),
    )


def random_contracts(rng: np.random.Generator, n: int) -> Contracts:
    """Calls, puts, futures and perpetuals on two assets, some of them inverse, some with a fixed settlement."""
    asset = rng.integers(0, 2, n)
    kind = rng.integers(0, 4, n)
    forward = np.array(SPOT)[asset] * rng.uniform(0.95, 1.05, n)
    option = kind <= CALL + 1
    return Contracts(
        asset=asset,
        kind=kind,
        forward=forward,
        strike=np.where(option, forward * rng.uniform(0.5, 1.8, n), 0.0),
        volatility=np.where(option, rng.uniform(0.2, 1.5, n), 0.0),
        years=np.where(option, rng.uniform(0.01, 1.0, n), 0.0),
        discount=np.where(option, rng.uniform(0.95, 1.0, n), 1.0),
        moves=rng.random(n) < 0.9,
        inverse=rng.random(n) < 0.4,
        spot=SPOT,
        stable_price=0.99,
    )


def random_book(rng: np.random.Generator, accounts: int, instruments: int, held: int = 6) -> Book:
    """Accounts with `held` positions each, cash and coins."""
    return Book(
        start=np.arange(accounts + 1) * held,
        instrument=rng.integers(0, instruments, accounts * held),
        size=rng.normal(0, 2, accounts * held),
        cash=rng.normal(0, 1000, accounts),
        collateral=rng.uniform(0, 3, (accounts, 2)),
    )


def random_scenarios(rng: np.random.Generator, n: int) -> ScenarioSet:
    """Joint moves of two prices, their volatilities and the peg, weighted."""
    return ScenarioSet(
        rng.normal(0, 0.08, (n, 2)), rng.random(n), rng.normal(0, 0.2, (n, 2)).clip(-0.9), rng.normal(1, 0.01, n)
    )
