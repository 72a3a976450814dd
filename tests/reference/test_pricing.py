"""Black-Scholes-Merton and Black-76 against Haug, The Complete Guide to Option Pricing Formulas (1998)."""

import json
from pathlib import Path

import numpy as np
import pytest

from simulator.risk.pricing import black76, black76_delta, black76_gamma, black76_vega, black_scholes

HAUG = json.loads((Path(__file__).parent / "data" / "bs_haug_values.json").read_text())["rows"]


@pytest.mark.parametrize("row", HAUG, ids=lambda r: f"{r['type']}-{r['S']:g}-{r['K']:g}-{r['T']:g}-{r['vol']:g}")
def test_haug_values(row):
    value = black_scholes(row["type"] == "Call", row["S"], row["K"], row["vol"], row["T"], row["r"], row["q"])
    assert value == pytest.approx(row["value"], abs=row["tol"])


BLACK76 = [row for row in HAUG if row["q"] == row["r"]]


@pytest.mark.parametrize("row", BLACK76, ids=lambda r: f"{r['type']}-{r['S']:g}-{r['K']:g}-{r['T']:g}-{r['vol']:g}")
def test_haug_black76_values(row):
    discount = np.exp(-row["r"] * row["T"])
    value = black76(row["type"] == "Call", row["S"], row["K"], row["vol"], row["T"], discount)
    assert value == pytest.approx(row["value"], abs=row["tol"])


@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize("strike", [60.0, 100.0, 170.0])
def test_greeks_are_derivatives_of_the_value(is_call, strike):
    forward, vol, years, discount, h = 100.0, 0.8, 0.3, 0.97, 1e-3

    def value(f, v):
        return black76(is_call, f, strike, v, years, discount)

    delta = (value(forward + h, vol) - value(forward - h, vol)) / (2 * h)
    gamma = (value(forward + h, vol) - 2 * value(forward, vol) + value(forward - h, vol)) / h**2
    vega = (value(forward, vol + h) - value(forward, vol - h)) / (2 * h)
    assert black76_delta(is_call, forward, strike, vol, years, discount) == pytest.approx(delta, abs=1e-8)
    assert black76_gamma(forward, strike, vol, years, discount) == pytest.approx(gamma, abs=1e-6)
    assert black76_vega(forward, strike, vol, years, discount) == pytest.approx(vega, rel=1e-5)


def test_without_time_or_volatility_an_option_is_worth_its_intrinsic_value():
    strikes = np.array([90.0, 100.0, 110.0])
    assert black76(True, 100.0, strikes, 0.5, 0.0).tolist() == [10.0, 0.0, 0.0]
    assert black76(False, 100.0, strikes, 0.0, 0.5).tolist() == [0.0, 0.0, 10.0]
