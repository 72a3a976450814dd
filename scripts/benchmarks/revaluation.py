"""Time of the float margin mirrors, and of one option in one scenario against QuantLib's analytic formula.

    python scripts/benchmarks/revaluation.py

Everything runs on one core. The best of several rounds counts, so that a busy machine disturbs little.
"""

import time
from collections.abc import Callable

import numpy as np

from simulator.risk.contracts import Contracts
from simulator.risk.portfolio_valuation import unit_profits
from simulator.risk.pricing import YEAR_SECONDS, black76
from simulator.risk.revaluation import revalue_calls
from simulator.risk.rules import margin_rule
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.smile import flat_smile
from simulator.risk.state import CALL, PERPETUAL, PUT, Holdings, Instruments, MarketState
from simulator.risk.unit_pricing import Revaluation

NOW = 1_584_000_000
DAY = 86_400
ROUNDS = 15
INSTRUMENTS = 64
SPOTS = (200.0, 8000.0)


def best(function: Callable[[], object]) -> float:
    """Seconds of the fastest of several calls, after one to compile."""
    function()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def market_and_instruments() -> tuple[MarketState, Instruments]:
    """Two underlyings, each with a perpetual and calls and puts on four expiries."""
    days = (7, 14, 28, 91)
    underlying = np.repeat([0, 1], len(days))
    expiry = np.tile([NOW + d * DAY for d in days], 2)
    forward = np.array(SPOTS)[underlying]
    smiles = [flat_smile(0.9, f, (e - NOW) / YEAR_SECONDS) for f, e in zip(forward, expiry, strict=True)]
    market = MarketState(
        timestamp=NOW,
        spot=np.array(SPOTS),
        perpetual=np.array(SPOTS),
        confidence=np.ones(2),
        expiry_underlying=underlying,
        expiry=expiry,
        forward=forward,
        rate=np.full(8, 0.03),
        expiry_confidence=np.ones(8),
        smile=np.array(smiles),
        risk=np.tile([0.15, 0.4, 0.25, 0.1, 0.01, 1.1], (2, 1)),
    )
    rows = [(u, PERPETUAL, 0, 0.0) for u in range(2)]
    for i in range(INSTRUMENTS - 2):
        row, step = i % 8, i // 8
        strike = SPOTS[underlying[row]] * (0.7 + 0.15 * (step // 2))
        rows.append((underlying[row], CALL if step % 2 else PUT, expiry[row], strike))
    return market, Instruments(*(np.array(column) for column in zip(*rows, strict=True)))


def margins() -> None:
    market, instruments = market_and_instruments()
    rng = np.random.default_rng(1)
    print(f"margins of many accounts, {INSTRUMENTS} instruments, two underlyings (ms)")
    print(f"{'rule':>10} {'accounts':>9} {'held':>6} {'revalue':>9} {'aggregate':>10}")
    for name in ("scenario", "isolated"):
        rule = margin_rule(name)
        values = rule.scenario_values(instruments, market)
        revalue = best(lambda rule=rule: rule.scenario_values(instruments, market))
        for accounts, held in ((1, 0.1), (500, 0.1), (500, 1.0), (10_000, 0.1)):
            sizes = rng.normal(0, 1, (accounts, INSTRUMENTS)) * (rng.random((accounts, INSTRUMENTS)) < held)
            holdings = Holdings(rng.normal(1e5, 1e4, accounts), sizes, rng.random((accounts, 2)))
            aggregate = best(lambda rule=rule, values=values, h=holdings: rule.margins_from(values, h))
            print(f"{name:>10} {accounts:>9,} {held:>6.0%} {revalue * 1e3:>9.3f} {aggregate * 1e3:>10.3f}")


def option_prices() -> None:
    rng = np.random.default_rng(2)
    strikes, points = 2_000, 27
    strike, forward = 100 * rng.uniform(0.5, 2, strikes), np.full(strikes, 100.0)
    deviation = rng.uniform(0.05, 0.6, (strikes, 3))
    factor = np.linspace(0.6, 1.6, points)[None, :]
    vol_move = np.arange(points) % 3
    ones, zeros = np.ones(strikes), np.zeros(strikes, dtype=np.int64)
    compiled = best(
        lambda: revalue_calls(forward, forward, strike, ones, deviation, zeros, factor, np.log(factor), vol_move)
    )
    vectorised = best(lambda: black76(True, forward[:, None] * factor, strike[:, None], deviation[:, vol_move], 1.0))
    count = strikes * points
    print("\none option in one scenario, one core (ns)")
    print(f"{'margin kernel':>28} {compiled / count * 1e9:>8.1f}")
    for name, seconds in portfolio_revaluation(rng, strikes).items():
        print(f"{f'portfolio, {name}':>28} {seconds * 1e9:>8.1f}")
    print(f"{'numpy and scipy':>28} {vectorised / count * 1e9:>8.1f}")
    try:
        from QuantLib import Option, blackFormula
    except ImportError:
        print(f"{'QuantLib blackFormula':>28}  not installed (pip install QuantLib)")
        return
    sample = [(float(k), float(100 * factor[0, j % points]), float(deviation[0, 0])) for j, k in enumerate(strike)]
    library = best(lambda: [blackFormula(Option.Call, k, f, s) for k, f, s in sample])
    print(f"{'QuantLib blackFormula':>28} {library / len(sample) * 1e9:>8.1f}")


def portfolio_revaluation(rng: np.random.Generator, options: int) -> dict[str, float]:
    """Seconds per option-scenario of unit profits, calls and puts with price and volatility moved, by method."""
    contracts = Contracts(
        asset=np.zeros(options),
        kind=rng.integers(0, 2, options),
        forward=np.full(options, 100.0),
        strike=100 * rng.uniform(0.5, 2, options),
        volatility=rng.uniform(0.3, 1.2, options),
        years=rng.uniform(0.02, 0.5, options),
        discount=np.full(options, 0.99),
        moves=np.ones(options),
        inverse=np.zeros(options),
        spot=[100.0],
    )
    scenarios = ScenarioSet(rng.normal(0, 0.1, (500, 1)), None, rng.uniform(-0.4, 0.8, (500, 1)))
    count = options * len(scenarios.returns)
    return {
        method: best(lambda method=method: unit_profits(contracts, scenarios, method)) / count for method in Revaluation
    }


if __name__ == "__main__":
    margins()
    option_prices()
