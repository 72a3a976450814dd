"""Participants act on the asset that they were drawn with."""

import pytest
from crash import simulated

from simulator.errors import ScenarioError
from simulator.scenario.load import load


def test_hedgers_and_borrowers_act_on_the_asset_they_pledged():
    with simulated(load("black-thursday", ["chain.blocks=1"])) as model:
        pledged = {member.account: member.asset for member in model.genesis.members if member.asset >= 0}
        assert set(pledged.values()) == {0, 1}
        assert {account: model.by_account[account].asset for account in pledged} == pledged


def test_when_all_that_was_listed_has_expired_nobody_trades_any_more():
    listing = "perpetual = false, futures = [2024-01-15T00:20:00Z], options = []"
    scenario = load(
        "quiet",
        [
            f"market.assets.ETH.listing={{{listing}}}",
            "agents.leveraged_long.count=0",
            "agents.trend_follower.count=0",
            "chain.blocks=200",
        ],
    )
    with simulated(scenario) as model:
        for _ in range(scenario.chain.blocks):
            model.step()
        assert model.market.live.size == 0
        assert not model.accounts.sizes.any()


def test_leverages_that_are_drawn_from_nothing_are_refused():
    scenario = load("flash-crash", ["agents.leveraged_long.leverage_high=1.5"])
    message = "agents.leveraged_long: leverage_low 2 is above leverage_high 1.5"
    with pytest.raises(ScenarioError, match=message), simulated(scenario):
        pass


def test_a_maker_eager_to_be_rid_of_its_inventory_asks_for_nothing_at_the_least():
    scenario = load("flash-crash", ["agents.market_maker.inventory_skew=1000"])
    with simulated(scenario) as model:
        maker = model.desk.makers[0]
        for instrument in model.market.live.tolist():
            model.accounts.sizes[maker.row] = 0.0
            model.accounts.sizes[maker.row, instrument] = 100.0
            quote = maker.quote(instrument)
            assert 0.0 <= quote.bid <= quote.ask
