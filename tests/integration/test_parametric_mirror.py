"""ParametricMargin and its float mirror value the same portfolio alike, to 1e-8 of gross notional."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solidity import deploy
from test_margin_mirror import NOW, ZERO, gross_notional, portfolios

from simulator.chain.embedded import EmbeddedChain
from simulator.risk.contract_structs import contract_covariance, contract_market, contract_portfolio
from simulator.risk.parametric_config import ParametricConfig, contract_parametric_config
from simulator.risk.parametric_margin import ParametricMargin

CONFIGS = (
    ParametricConfig(),
    ParametricConfig(measure="var", initial_level=0.999, maintenance_level=0.96, initial_factor=1.0),
    ParametricConfig(curvature=False, freedom=4.0, initial_level=0.995, maintenance_level=0.975),
    ParametricConfig(short_option_maintenance=0.0, short_option_initial=0.1, freedom=3.0, initial_factor=3.0),
)


@pytest.fixture(scope="module")
def chain():
    return EmbeddedChain(genesis_timestamp=NOW)


@pytest.fixture(scope="module")
def rule(chain):
    source = "contracts/margin/ParametricMargin.sol"
    return deploy(chain, source, "ParametricMargin", ZERO, ZERO, ZERO, contract_parametric_config(CONFIGS[0]))


def covariance_of(rng: np.random.Generator, assets: int) -> np.ndarray:
    """From one common factor to as many as there are moves, deviations of 0.1 % to 80 %; singular ones among them."""
    size = 2 * assets
    loadings = rng.normal(size=(size, rng.integers(1, size + 1)))
    loadings /= np.linalg.norm(loadings, axis=1, keepdims=True)
    deviations = 10 ** rng.uniform(-3, -0.1, size)
    return (loadings @ loadings.T) * np.outer(deviations, deviations)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.measure}-{c.freedom}-{c.curvature}")
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=portfolios(), seed=st.integers(0, 2**32 - 1))
def test_contract_and_mirror_agree(chain, rule, config, drawn, seed):
    market, instruments, holdings = drawn
    covariance = covariance_of(np.random.default_rng(seed), len(market.spot))
    market = replace(market, covariance=covariance)
    expected = ParametricMargin(config).margins(instruments, market, holdings)
    got = rule.read(
        chain,
        "evaluateWith",
        contract_portfolio(instruments, holdings),
        contract_market(market),
        contract_covariance(covariance),
        contract_parametric_config(config),
    )
    tolerance = 1e-8 * gross_notional(instruments, market, holdings) + 1e-12
    assert got[0] / 1e18 == pytest.approx(expected.equity[0], abs=tolerance)
    assert got[1] / 1e18 == pytest.approx(expected.initial[0], abs=tolerance)
    assert got[2] / 1e18 == pytest.approx(expected.maintenance[0], abs=tolerance)


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=portfolios(), seed=st.integers(0, 2**32 - 1))
def test_the_stored_configuration_is_the_default_of_evaluate(chain, rule, drawn, seed):
    market, instruments, holdings = drawn
    arguments = (
        contract_portfolio(instruments, holdings),
        contract_market(market),
        contract_covariance(covariance_of(np.random.default_rng(seed), len(market.spot))),
    )
    stored = rule.read(chain, "evaluateWith", *arguments, contract_parametric_config(CONFIGS[0]))
    assert rule.read(chain, "evaluate", *arguments) == stored
