"""The libraries of parametric margin on the embedded chain: published figures, and what counts as a covariance."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solidity import deploy

from simulator.chain.embedded import EmbeddedChain
from simulator.risk.contract_structs import contract_covariance
from simulator.risk.parametric_config import tail_factors
from simulator.wads import wad

DATA = Path(__file__).parents[1] / "reference" / "data"
MISC = json.loads((DATA / "var_misc.json").read_text())
LEFT_SKEWED = [row for row in MISC["cornish_fisher"]["rows"] if row["skew"] <= 0 and 1 - row["alpha"] >= 0.96]
Q96 = 2**96


@pytest.fixture(scope="module")
def chain():
    return EmbeddedChain(genesis_timestamp=1_600_000_000)


@pytest.fixture(scope="module")
def harness(chain):
    return deploy(chain, "tests/forge/margin/ParametricHarness.sol", "ParametricHarness")


def q96(values) -> list[int]:
    return [int(value * Q96) for value in values]


def test_cumulants_of_the_published_delta_gamma_profit(chain, harness):
    example = MISC["delta_gamma_normal"]["example"]
    unit = example["delta"]  # the library takes sensitivities of at most one
    delta, gamma = q96([1, 0]), q96([example["gamma"] / unit, 0])
    got = harness.read(chain, "cumulants", delta, gamma, q96([example["s"] ** 2, 0, 0, 1e-4]))
    mean, variance, third, _ = (value / Q96 for value in got)
    assert mean * unit == pytest.approx(example["mean"], rel=1e-12)
    assert variance * unit**2 == pytest.approx(example["var"], rel=1e-12)
    assert third * unit**3 == pytest.approx(example["third_central"], rel=1e-12)


@pytest.mark.parametrize("row", LEFT_SKEWED, ids=lambda row: f"{row['alpha']}-{row['skew']}")
def test_published_cornish_fisher_quantiles(chain, harness, row):
    factors = tail_factors(1 - row["alpha"], "var")
    tail = tuple(wad(v) for v in (factors.deviation, factors.skew, factors.kurtosis, factors.skew_squared))
    profit = (0, 10**18, wad(-row["skew"]), wad(row["exkurt"]))
    assert harness.read(chain, "tailLoss", profit, tail) / 1e18 == pytest.approx(-row["z_cf"], rel=1e-12)


def lower(matrix: np.ndarray) -> list[int]:
    return contract_covariance(matrix)[1]


def random_covariance(rng: np.random.Generator, size: int, rank: int) -> np.ndarray:
    loadings = rng.normal(size=(size, rank))
    loadings /= np.linalg.norm(loadings, axis=1, keepdims=True)
    deviations = 10 ** rng.uniform(-3, 0.2, size)
    return (loadings @ loadings.T) * np.outer(deviations, deviations)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), assets=st.integers(1, 8))
def test_every_covariance_is_one_singular_ones_too(chain, harness, seed, assets):
    rng = np.random.default_rng(seed)
    size = 2 * assets
    assert harness.read(chain, "isCovariance", lower(random_covariance(rng, size, rng.integers(1, size + 1))), size)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), assets=st.integers(1, 8), depth=st.floats(-7, 0))
def test_no_matrix_with_a_negative_eigenvalue_is_one(chain, harness, seed, assets, depth):
    """The correlation gets one eigenvalue of -10^depth; the diagonal is set right again."""
    rng = np.random.default_rng(seed)
    size = 2 * assets
    covariance = random_covariance(rng, size, size)
    deviations = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(deviations, deviations))
    values[0] = -(10**depth)
    matrix = (vectors * values) @ vectors.T
    scale = np.sqrt(np.diag(matrix).clip(1e-3))
    matrix = matrix / np.outer(scale, scale)
    np.fill_diagonal(matrix, 1.0)
    if np.linalg.eigvalsh(matrix)[0] < -1e-8:
        assert not harness.read(chain, "isCovariance", lower(matrix * np.outer(deviations, deviations)), size)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), assets=st.integers(1, 8))
def test_any_integers_get_an_answer(chain, harness, seed, assets):
    rng = np.random.default_rng(seed)
    size = 2 * assets
    entries = [int(v) for v in rng.integers(-(2**63), 2**63 - 1, size * (size + 1) // 2)]
    for i in range(size):
        entries[i * (i + 3) // 2] = int(rng.integers(10**10, 4 * 10**18))
    assert harness.read(chain, "isCovariance", entries, size) in (False, True)
    huge = [2**255 - 1 if rng.random() < 0.5 else -(2**255) for _ in entries]
    assert not harness.read(chain, "isCovariance", huge, size)
