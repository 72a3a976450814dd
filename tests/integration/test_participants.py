"""Participants act on the asset that they were drawn with."""

from crash import simulated

from simulator.scenario.load import load


def test_hedgers_and_borrowers_act_on_the_asset_they_pledged():
    with simulated(load("black-thursday", ["chain.blocks=1"])) as model:
        pledged = {member.account: member.asset for member in model.genesis.members if member.asset >= 0}
        assert set(pledged.values()) == {0, 1}
        assert {account: model.by_account[account].asset for account in pledged} == pledged
