"""Sensitivities on chain and in floating point, over portfolios drawn at will: equal to 1e-10 of gross notional."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from solidity import deploy
from test_margin_mirror import gross_notional, portfolios

from simulator.chain.embedded import EmbeddedChain
from simulator.risk.contract_structs import contract_market, contract_portfolio
from simulator.risk.sensitivities import exposures_of, sensitivities_of

NOW = 1_584_000_000
HARNESS = "tests/forge/margin/SensitivitiesHarness.sol"


@pytest.fixture(scope="module")
def chain():
    return EmbeddedChain(genesis_timestamp=NOW)


@pytest.fixture(scope="module")
def harness(chain):
    return deploy(chain, HARNESS, "SensitivitiesHarness")


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(drawn=portfolios())
def test_contract_and_mirror_agree(chain, harness, drawn):
    market, instruments, holdings = drawn
    unit = sensitivities_of(instruments, market)
    expected = exposures_of(unit, holdings)
    tolerance = 1e-10 * gross_notional(instruments, market, holdings) + 1e-12
    got = harness.read(chain, "read", contract_portfolio(instruments, holdings), contract_market(market))
    assert sorted(entry[0] for entry in got) == list(np.flatnonzero(expected.present[0]))
    for underlying, sensitivity, liquidity, naked, haircut, multiplier in got:
        columns = (expected.value, expected.delta, expected.gamma, expected.vega)
        for value, column in zip(sensitivity, columns, strict=True):
            # Gammas are up to 40 forwards.
            assert value / 1e18 == pytest.approx(column[0, underlying], abs=40 * tolerance)
        for value, column in zip(
            (liquidity, naked, haircut), (expected.liquidity, expected.naked, expected.haircut), strict=True
        ):
            assert value / 1e18 == pytest.approx(column[0, underlying], abs=tolerance)
        assert multiplier / 1e18 == pytest.approx(market.risk[underlying, 5], rel=1e-12)
