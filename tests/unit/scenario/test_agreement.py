"""What sections of a scenario must agree on."""

import pytest

from simulator.errors import ScenarioError
from simulator.scenario.load import load

NO_PERPETUAL = "market.assets.ETH.listing.perpetual=false"


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ([NO_PERPETUAL], "trade perpetuals and none is listed"),
        (
            [NO_PERPETUAL, "market.assets.ETH.listing.futures=[]", "market.assets.ETH.listing.options=[]"],
            "nothing is listed",
        ),
        (['finality={model="optimistic_rollup", blocks_per_slot=2}'], "make 24 s, an Ethereum slot has 12 s"),
        (["agents.noise_trader.wealth_median=1e12"], "must be less than or equal to"),
    ],
)
def test_sections_that_contradict_each_other_are_refused(overrides, says):
    with pytest.raises(ScenarioError, match=says):
        load("quiet", overrides)
