"""Participants act on the asset that they were drawn with."""

from crash import simulated

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
