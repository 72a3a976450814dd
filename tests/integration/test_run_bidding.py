"""Liquidators against each other for block space: what they see of each other's bids, and how they answer."""

from crash import crash, simulated

DUTCH = ("liquidation.mechanism=dutch", "agents.patient_liquidator.count=3")
KINDS = ("oracle_keeper", "settlement_keeper", "patient_liquidator", "aggressive_liquidator")
CROWDED = (
    # Everyone else pays twenty times as much within seconds; the base fee needs two dozen blocks to follow.
    "chain.background.gas_price_gwei=[[0.0, 10, 15, 25], [0.05, 10, 15, 25], [0.051, 200, 300, 500]]",
    "chain.bidding.fixed_tip_gwei=0.01",
    *(f"chain.bidding.{kind}=fixed" for kind in KINDS),
)


def standing(model):
    """(account on offer, its liquidators' bids) of every auction that has any, hidden ones included."""
    return [(account, bids) for account, bids in model.liquidation._bids.items() if bids]


def test_rivals_do_not_see_bids_that_go_to_the_builder_alone():
    seen = 0
    with simulated(crash(*DUTCH, 'chain.bidding.private=["aggressive_liquidator"]')) as model:
        acting = model.space.produce

        def look(*block):
            nonlocal seen
            for account, bids in standing(model):
                for bidder, sent in bids.items():
                    stranger = model.liquidation.standing_bids(account, viewer=0)
                    private = sent.sender.kind == "aggressive_liquidator"
                    assert sent.pending.private is private
                    assert (bidder in stranger) is not private
                    assert bidder in model.liquidation.standing_bids(account, viewer=bidder)
                    seen += private
            return acting(*block)

        model.space.produce = look
        for _ in range(60):
            model.step()
    assert seen


def test_in_a_crowd_bids_that_are_too_low_are_raised_within_their_caps():
    raised = 0
    with simulated(crash(*DUTCH, *CROWDED)) as model:
        for _ in range(90):
            model.step()
            for pending in model.last.produced.included:
                assert pending.max_fee >= model.last.produced.base_fee
            raised += sum(sent.attempts > 1 for sent in model.outbox._sent.values())
            for sent in model.outbox._sent.values():
                assert sent.pending.max_fee <= sent.bid.cap
    assert raised
