"""Publishers who lie about the price in a run with real contracts: what a median stops, and what it does not."""

import numpy as np
import pytest
from crash import HASTE, simulated

from simulator.oracle.price_publisher import PriceUpdate, SpotUpdate
from simulator.scenario.load import load
from simulator.wads import WAD, wad

BLOCKS, LIE_FROM, LIE = 60, 30, 0.6
"""In a quiet market with leveraged traders, from a block on, liars report a price 40 % lower in each block."""


def attacked(publishers: int, liars: set[int]):
    """Error of the price in force after each block, and how many liquidations there were."""
    scenario = load("quiet", [*HASTE, f"chain.blocks={BLOCKS}", f"oracle.publishers={publishers}"])
    with simulated(scenario) as model:
        honest, start = model.oracle.due, model.now
        lie_from = start + LIE_FROM * scenario.chain.block_seconds

        def due(publisher: int, timestamp: int) -> PriceUpdate | None:
            update = honest(publisher, timestamp)
            if publisher not in liars or timestamp < lie_from:
                return update
            spot = SpotUpdate(0, wad(LIE * model.market.quote.spot[0]), WAD, WAD)
            return PriceUpdate(publisher, timestamp, (spot,), () if update is None else update.expiries)

        model.oracle.due = due
        errors = []
        for _ in range(BLOCKS):
            model.step()
            errors.append(abs(model.prices.spot[0] / model.market.quote.spot[0] - 1))
        return np.array(errors), len(model.settlements)


def test_one_liar_of_three_neither_moves_the_price_nor_liquidates_anybody():
    errors, liquidations = attacked(3, {2})
    assert errors.max() < 0.01
    assert liquidations == 0


@pytest.mark.parametrize(("publishers", "liars"), [(1, {0}), (3, {1, 2})])
def test_a_majority_of_liars_is_the_price_and_liquidates_the_sound(publishers, liars):
    """The limit of the guard: nothing on chain knows better than most of its publishers."""
    errors, liquidations = attacked(publishers, liars)
    assert errors[: LIE_FROM - 1].max() < 0.01
    assert errors[LIE_FROM + 3 :].min() > 0.35
    assert liquidations > 0
