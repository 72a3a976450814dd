"""The two sides of an expired contract may be settled in different blocks, and a run may end in between."""

from crash import POOR_FUND, crash, simulated

from simulator.protocol.reconcile import reconcile

BLOCKS = 80
STORM = (
    'reorgs.sources=[{source="late_blocks",probability=0.3,second_probability=0.5},'
    '{source="deep_fork",probability=0.1,depth=11}]',
    "reorgs.max_depth=40",
)
HELD = ("settlement.hold=depth", "settlement.depth=9")


def test_books_agree_while_only_some_accounts_are_settled():
    scenario = crash(*POOR_FUND, *STORM, *HELD, "seed=53", blocks=BLOCKS)
    halfway = 0
    with simulated(scenario) as model:
        for _ in range(BLOCKS):
            model.step()
            reconcile(model.accounts, model.contracts, model.chain)
            halfway += any(model.accounts.settled)
    assert halfway > 0
