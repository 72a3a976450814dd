"""Time and memory of the expected shortfall of many accounts, revalued in full.

    python scripts/benchmarks/shortfall.py

10,000 accounts hold 20 options each, in 500 joint scenarios of two prices and their volatilities: first out of 200
listed options, as on a venue, then with every position an instrument of its own (100 million option-scenarios), the
worst that can be. The budget is 10 seconds and 2 GB. Each case runs in a process of its own, so that its peak memory
is its own; interpreter and libraries take some 200 MB of it.
"""

import multiprocessing
import os
import resource
import time

import numpy as np

from simulator.risk.book import Book
from simulator.risk.contracts import Contracts
from simulator.risk.portfolio_valuation import portfolio_tails
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.unit_pricing import Revaluation
from simulator.risk.workload import Workload

ACCOUNTS, HELD, SCENARIOS, LISTED = 10_000, 20, 500, 200
LEVEL = 0.975
ROUNDS = 3
SPOT = np.array([2000.0, 40000.0])


def contracts(rng: np.random.Generator, n: int) -> Contracts:
    """Calls and puts on two underlyings, some settled in the coin."""
    asset = rng.integers(0, 2, n)
    forward = SPOT[asset]
    return Contracts(
        asset=asset,
        kind=rng.integers(0, 2, n),
        forward=forward,
        strike=forward * rng.uniform(0.6, 1.6, n),
        volatility=rng.uniform(0.4, 1.0, n),
        years=rng.uniform(0.02, 0.5, n),
        discount=np.full(n, 0.99),
        moves=np.ones(n),
        inverse=rng.random(n) < 0.3,
        spot=SPOT,
    )


def case(instruments: int, revaluation: Revaluation, threads: int) -> tuple[float, float, float]:
    """Seconds of the best of some rounds, peak resident memory in GB, and the sum of all ES."""
    rng = np.random.default_rng(1)
    positions = ACCOUNTS * HELD
    listed = contracts(rng, instruments)
    held = rng.integers(0, instruments, positions) if instruments < positions else rng.permutation(instruments)
    book = Book(
        start=np.arange(ACCOUNTS + 1) * HELD,
        instrument=held,
        size=rng.normal(0, 1, positions),
        cash=rng.normal(0, 1000, ACCOUNTS),
        collateral=rng.random((ACCOUNTS, 2)),
    )
    scenarios = ScenarioSet(rng.normal(0, 0.05, (SCENARIOS, 2)), None, rng.normal(0, 0.1, (SCENARIOS, 2)))
    workload = Workload(threads=threads)
    # Compiled before the clock starts: two kernels in two layouts, some seconds once per machine.
    portfolio_tails(listed, book.accounts(0, 20), scenarios, LEVEL, revaluation, workload)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        tails = portfolio_tails(listed, book, scenarios, LEVEL, revaluation, workload)
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return min(times), peak, float(tails.es.sum())


def main() -> None:
    cores = os.cpu_count() or 1
    print(f"ES of {ACCOUNTS:,} accounts x {HELD} options x {SCENARIOS} scenarios, {cores} cores")
    print(f"{'instruments':>12} {'revaluation':>18} {'threads':>8} {'seconds':>8} {'peak GB':>8} {'sum of ES':>22}")
    context = multiprocessing.get_context("spawn")
    for instruments in (LISTED, ACCOUNTS * HELD):
        for revaluation in Revaluation:
            for threads in sorted({1, cores}):
                with context.Pool(1) as pool:
                    seconds, peak, total = pool.apply(case, (instruments, revaluation, threads))
                print(f"{instruments:>12,} {revaluation:>18} {threads:>8} {seconds:>8.2f} {peak:>8.2f} {total:>22.12g}")


if __name__ == "__main__":
    main()
