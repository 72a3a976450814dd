"""The fixed-point pricing libraries against double-precision references, on the embedded chain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from solidity import deploy

from simulator.chain.embedded import EmbeddedChain
from simulator.risk.pricing import YEAR_SECONDS, black76
from simulator.risk.smile import svi_volatility

WAD = 10**18
HARNESS = "tests/forge/margin/PricingHarness.sol"


@pytest.fixture(scope="module")
def chain():
    return EmbeddedChain(genesis_timestamp=1_600_000_000)


@pytest.fixture(scope="module")
def harness(chain):
    return deploy(chain, HARNESS, "PricingHarness")


def wads(values) -> list[int]:
    return [round(float(v) * 1e6) * 10**12 for v in values]


def test_the_normal_distribution_is_exact_to_1e_12(chain, harness):
    grid = np.concatenate([np.linspace(-12, 12, 1201), np.linspace(-0.01, 0.01, 41)])
    x = wads(grid)
    exact = np.array(x, dtype=float) / WAD
    cdf = np.array(harness.read(chain, "cdf", x), dtype=float) / WAD
    pdf = np.array(harness.read(chain, "pdf", x), dtype=float) / WAD
    assert np.abs(cdf - ndtr(exact)).max() < 1e-13
    assert np.abs(pdf - np.exp(-(exact**2) / 2) / np.sqrt(2 * np.pi)).max() < 1e-13


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    forward=st.floats(1e-3, 1e7),
    seconds=st.integers(60, 2 * YEAR_SECONDS),
    moneyness=st.lists(st.floats(0.1, 10), min_size=8, max_size=8),
    vols=st.lists(st.floats(0.01, 5), min_size=8, max_size=8),
    is_call=st.booleans(),
)
def test_black_76_is_exact_to_1e_10_of_the_forward(chain, harness, forward, seconds, moneyness, vols, is_call):
    # The grid corners and at-the-money are always in.
    forward_wad = round(forward * WAD)
    strikes = [int(forward_wad * m) for m in (*moneyness, 0.1, 10, 1, 1, 0.999, 1.001)]
    vols_wad = wads([*vols, 0.01, 5, 0.01, 5, 0.01, 0.01])
    values = harness.read(chain, "black76", is_call, forward_wad, strikes, vols_wad, seconds)
    k, v = np.array(strikes, dtype=float) / WAD, np.array(vols_wad, dtype=float) / WAD
    expected = black76(is_call, forward_wad / WAD, k, v, seconds / YEAR_SECONDS)
    assert np.abs(np.array(values, dtype=float) / WAD - expected).max() < 1e-10 * forward


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    a=st.floats(0, 2), b=st.floats(0, 1), rho=st.floats(-0.99, 0.99), m=st.floats(-1, 1), sigma=st.floats(0.01, 2),
    tau=st.floats(1e-4, 2), forward=st.floats(1, 1e5), k=st.lists(st.floats(-2.3, 2.3), min_size=4, max_size=4),
)  # fmt: skip
def test_svi_volatility_agrees_with_the_float_smile(chain, harness, a, b, rho, m, sigma, tau, forward, k):
    smile = [round(x * WAD) for x in (a, b, rho, m, sigma, forward, tau)]
    values = harness.read(chain, "svi", tuple(smile), [round(x * WAD) for x in k])
    exact = np.array(smile, dtype=float) / WAD
    expected = svi_volatility(np.tile(exact, (4, 1)), exact[5] * np.exp(k))
    assert np.array(values, dtype=float) / WAD == pytest.approx(expected, rel=1e-9, abs=1e-8)
