"""Portfolio valuation against published values and against QuantLib; implied volatilities of a real chain."""

import csv
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from simulator.risk.contracts import Contracts
from simulator.risk.greeks import greeks
from simulator.risk.implied_volatility import implied_volatility
from simulator.risk.merton_jump import merton_option
from simulator.risk.montecarlo import BATCHES, Sampling, simulate
from simulator.risk.portfolio_valuation import unit_profits, unit_values
from simulator.risk.pricing import YEAR_SECONDS, black_scholes
from simulator.risk.scenario_set import ScenarioSet
from simulator.risk.shock_models import MertonShocks
from simulator.risk.state import CALL, PUT

DATA = Path(__file__).parent / "data"
HAUG = json.loads((DATA / "bs_haug_values.json").read_text())["rows"]
MERTON = json.loads((DATA / "merton_jump.json").read_text())["rows"]
CHAIN = Path(__file__).resolve().parents[3] / "shared" / "data" / "deribit_eth_option_chain_2022-01-27.csv"


def contracts(kind, forward, strike, volatility, years, discount) -> Contracts:
    n = len(strike)
    return Contracts(
        asset=np.zeros(n),
        kind=kind,
        forward=forward,
        strike=strike,
        volatility=volatility,
        years=years,
        discount=discount,
        moves=np.ones(n),
        inverse=np.zeros(n),
        spot=[100.0],
    )


def test_haug_values_come_out_of_the_kernel():
    """Haug (1998), The Complete Guide to Option Pricing Formulas."""
    columns = {name: np.array([row[name] for row in HAUG]) for name in ("K", "S", "q", "r", "T", "vol", "value", "tol")}
    kind = [CALL if row["type"] == "Call" else PUT for row in HAUG]
    forward = columns["S"] * np.exp((columns["r"] - columns["q"]) * columns["T"])
    c = contracts(kind, forward, columns["K"], columns["vol"], columns["T"], np.exp(-columns["r"] * columns["T"]))
    values = unit_values(c, ScenarioSet([[0.0]]))[:, 0]
    assert (np.abs(values - columns["value"]) <= columns["tol"]).all()


def merton_terms(row) -> dict:
    """Haug's gamma is the share of total variance that jumps make; their mean is zero."""
    deviation = row["vol"] * np.sqrt(row["gamma"] / row["intensity"])
    return {
        "forward": row["S"] * np.exp((row["r"] - row["q"]) * row["T"]),
        "strike": row["K"],
        "volatility": row["vol"] * np.sqrt(1 - row["gamma"]),
        "years": row["T"],
        "intensity": row["intensity"],
        "jump_mean": -(deviation**2) / 2,
        "jump_deviation": deviation,
        "discount": np.exp(-row["r"] * row["T"]),
    }


@pytest.mark.parametrize("row", MERTON, ids=lambda r: f"{r['K']:g}-{r['T']:g}-{r['intensity']:g}-{r['gamma']:g}")
def test_merton_values(row):
    """Haug (1998), p. 9; values that the book truncates are those of QuantLib's test suite."""
    assert merton_option(True, **merton_terms(row)) == pytest.approx(row["value"], abs=row["tol"])


def test_without_jumps_merton_is_black_scholes():
    value = merton_option(False, 100.0, 110.0, 0.5, 0.5, 0.0, 0.0, 0.0)
    assert value == pytest.approx(black_scholes(False, 100.0, 110.0, 0.5, 0.5, 0.0))


def test_options_paid_on_simulated_jumps_are_worth_mertons_series():
    """The jump scenarios that VaR is made of, against the closed form of what they pay."""
    terms = merton_terms(next(r for r in MERTON if r["intensity"] == 5.0 and r["gamma"] == 0.5 and r["K"] == 100.0))
    years = terms["years"]
    jumps = MertonShocks(
        [[terms["volatility"] ** 2 * years]],
        terms["intensity"] * years,
        [terms["jump_mean"]],
        [[terms["jump_deviation"] ** 2]],
    )
    drawn = simulate(jumps, BATCHES * 2**12, np.random.default_rng(1), Sampling.SOBOL).returns
    prices = terms["forward"] * np.exp(drawn - np.log(np.exp(drawn).mean()))
    payoff = terms["discount"] * np.maximum(prices - terms["strike"], 0.0).reshape(BATCHES, -1).mean(axis=1)
    error = payoff.std(ddof=1) / np.sqrt(BATCHES)
    assert payoff.mean() == pytest.approx(merton_option(True, **terms), abs=4 * error + 1e-3)


def test_values_and_greeks_in_scenarios_are_quantlibs():
    ql = pytest.importorskip("QuantLib")
    rng = np.random.default_rng(6)
    n = 200
    kind = rng.integers(0, 2, n)
    strike, volatility, years = 100 * rng.uniform(0.4, 2.5, n), rng.uniform(0.1, 2.0, n), rng.uniform(0.005, 2.0, n)
    discount = rng.uniform(0.9, 1.0, n)
    c = contracts(kind, np.full(n, 100.0), strike, volatility, years, discount)
    s = ScenarioSet(rng.normal(0, 0.3, (7, 1)), None, rng.uniform(-0.5, 1.0, (7, 1)))
    table, own = unit_profits(c, s), greeks(c)
    for i in range(n):
        option = ql.Option.Call if kind[i] == CALL else ql.Option.Put
        for j in range(7):
            deviation = volatility[i] * (1 + s.volatility[j, 0]) * np.sqrt(years[i])
            there = ql.blackFormula(option, strike[i], 100 * s.factors[j, 0], deviation, discount[i])
            now = ql.blackFormula(option, strike[i], 100.0, volatility[i] * np.sqrt(years[i]), discount[i])
            assert table[i, j] == pytest.approx(there - now, abs=1e-11)
        payoff = ql.PlainVanillaPayoff(option, strike[i])
        calculator = ql.BlackCalculator(payoff, 100.0, volatility[i] * np.sqrt(years[i]), discount[i])
        assert own.value[i] == pytest.approx(calculator.value(), abs=1e-11)
        assert own.delta[i] == pytest.approx(100 * calculator.deltaForward(), abs=1e-9)
        assert own.gamma[i] == pytest.approx(100**2 * calculator.gammaForward(), rel=1e-9, abs=1e-9)
        assert own.vega[i] == pytest.approx(volatility[i] * calculator.vega(years[i]), rel=1e-9, abs=1e-9)


@pytest.mark.skipif(not CHAIN.exists(), reason="market data stand beside the repository")
def test_implied_volatilities_of_a_chain_are_those_the_venue_prints():
    """Deribit, ETH, 27 January 2022: marks in coins, printed to six digits, volatility to a hundredth of a percent."""
    with open(CHAIN, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) for row in rows])

    def seconds(text: str) -> float:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()

    years = np.array([seconds(row["expirationDate"]) - seconds(row["timestamp"]) for row in rows]) / YEAR_SECONDS
    call = np.array([row["optionType"] == "call" for row in rows])
    forward, strike, printed = column("underlyingPrice"), column("strikePrice"), column("markIV") / 100
    # Far in the money the last digit of the mark is worth many points of volatility.
    telling = np.where(call, strike >= forward, strike <= forward) & (column("markPrice") > 0.003)
    assert telling.sum() > 30
    found = implied_volatility(
        (column("markPrice") * forward)[telling], call[telling], forward[telling], strike[telling], years[telling]
    )
    assert found == pytest.approx(printed[telling], rel=0.01)
