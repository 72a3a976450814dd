"""Impact taken apart by cause is the impact of the market, and its parts add up."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.explain.flows import Flow
from simulator.explain.impact import ImpactShares
from simulator.market.impact import SquareRootImpact
from simulator.scenario.load import load

SCENARIO = load("quiet")
VOLATILITY = 0.8
TIMES = list(range(0, 12 * 30, 12))


@dataclass
class Steady:
    """A market whose volatility stands still."""

    times: list[int]

    def row(self, timestamp: int) -> int:
        return self.times.index(timestamp)

    def short_volatility(self, asset: int, row: int) -> float:
        return VOLATILITY


def taken_apart(flows: list[Flow], causes: int) -> ImpactShares:
    keys = {(cause + 1, 0): cause for cause in range(causes)}
    return ImpactShares(Steady(TIMES), SCENARIO, flows, keys, range(len(TIMES)))


drawn_flows = st.lists(
    st.tuples(st.integers(0, len(TIMES) - 1), st.floats(-5_000, 5_000), st.integers(0, 3)), min_size=1, max_size=12
)


def as_flows(drawn) -> list[Flow]:
    """Cause 0 is none."""
    return [Flow(TIMES[row], 0, size, (cause, 0) if cause else None) for row, size, cause in sorted(drawn)]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(drawn_flows)
def test_all_causes_together_move_the_price_as_the_market_moves_it(drawn):
    flows = as_flows(drawn)
    impact = taken_apart(flows, 3)
    true = SquareRootImpact(SCENARIO.market.impact, SCENARIO.market.assets[0].daily_volume)
    for row, time in enumerate(TIMES):
        assert impact.displacement(row)[0] == pytest.approx(true.displacement, abs=1e-12)
        true.recover(12)
        for flow in flows:
            if flow.timestamp == time:
                true.add_flow(flow.quantity, VOLATILITY / math.sqrt(365))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(drawn_flows)
def test_shares_of_sellers_add_up_to_what_their_selling_did(drawn):
    flows = as_flows([(row, -abs(size), cause) for row, size, cause in drawn])
    with_them = taken_apart(flows, 3)
    without = taken_apart([flow for flow in flows if flow.cause is None], 3)
    for row in range(len(TIMES)):
        shares = with_them.shares(row)[0]
        assert shares.sum() == pytest.approx((with_them.displacement(row) - without.displacement(row))[0], abs=1e-12)
        assert np.all(shares <= 1e-15)


def test_the_permanent_part_stays_and_the_temporary_part_fades():
    impact = taken_apart([Flow(TIMES[0], 0, -1_000.0, (1, 0))], 1)
    first, later = impact.shares(1)[0, 0], impact.shares(20)[0, 0]
    assert first < later < 0


def test_flow_without_a_cause_is_nobodys():
    impact = taken_apart([Flow(TIMES[0], 0, -1_000.0, None)], 2)
    assert impact.displacement(5)[0] < 0
    assert not impact.shares(5).any()
