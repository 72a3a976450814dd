"""Which lots of English auctions went for next to nothing."""

import pandas as pd
import pytest

from simulator.record.arguments import encode_arguments
from simulator.record.lots import sold_lots, zero_bid_share

WAD = 10**18


def offered(lot, fraction):
    return "LotOffered", {"account": 7, "lot": lot, "fraction": int(fraction * WAD), "endsAt": 0, "barred": 0}


def bid(lot, payment, equity, reserve=0, liquidator=9, requirement=1000):
    amounts = {"payment": payment * WAD, "equity": equity * WAD, "reserve": reserve * WAD}
    amounts["maintenanceMargin"] = (equity - requirement) * WAD
    return "BidPlaced", {"account": 7, "lot": lot, "liquidator": liquidator, **amounts}


def sold(lot, payment, liquidator=9):
    parties = {"account": 7, "lot": lot, "liquidator": liquidator}
    return "LotSold", {**parties, "settlement": lot, "payment": payment * WAD}


def lots(*events):
    rows = [(block, name, encode_arguments(arguments)) for block, (name, arguments) in enumerate(events)]
    return sold_lots(pd.DataFrame(rows, columns=["block", "event", "arguments"]))


def test_a_bid_counts_by_what_the_lot_was_worth_when_it_was_placed():
    """Half of an account with equity 400 is worth 200."""
    table = lots(offered(1, 0.5), bid(1, 10, 300), bid(1, 50, 400, liquidator=8), sold(1, 50, liquidator=8))
    row = table.iloc[0]
    assert (row.liquidator, row.bids, row.payment, row.worth, row.requirement) == (8, 2, 50.0, 200.0, 500.0)
    assert row.bid_share == pytest.approx(0.25)


def test_a_lot_without_equity_is_worth_what_the_fund_adds():
    """Equity -100 and a reserve of -300: a winner gains 200 at the reserve; 20 above it is a tenth."""
    row = lots(offered(1, 1), bid(1, -280, -100, reserve=-300), sold(1, -280)).iloc[0]
    assert row.bid_share == pytest.approx(0.1)


@pytest.mark.parametrize(("payment", "share"), [(0, 1.0), (4, 1.0), (5, 0.0), (90, 0.0)])
def test_a_bid_below_a_twentieth_of_the_worth_is_next_to_nothing(payment, share):
    assert zero_bid_share(lots(offered(1, 1), bid(1, payment, 100), sold(1, payment))) == share


@pytest.mark.parametrize(("requirement", "share"), [(1000, 1.0), (1001, 0.0)])
def test_a_lot_that_is_worth_nothing_next_to_its_requirement_does_not_go_for_nothing(requirement, share):
    """100 of equity under 1,001 of requirement is what unwinding the lot may cost."""
    table = lots(offered(1, 1), bid(1, 0, 100, requirement=requirement), sold(1, 0))
    assert zero_bid_share(table) == share


def test_a_lot_without_equity_counts_by_what_the_fund_adds():
    """The fund brings it up to its requirement: that is worth something whatever the equity."""
    assert zero_bid_share(lots(offered(1, 1), bid(1, -998, -1, reserve=-999, requirement=998), sold(1, -998))) == 1.0


def test_the_share_is_over_the_lots_that_were_sold():
    table = lots(
        offered(1, 1), bid(1, 0, 100), sold(1, 0), offered(2, 1), bid(2, 80, 100), sold(2, 80), offered(3, 1),
        bid(3, 0, 100), offered(4, 1), bid(4, 70, 100), sold(4, 70),
    )  # fmt: skip
    assert zero_bid_share(table) == pytest.approx(1 / 3)


def test_only_bids_since_the_lot_was_last_offered_count():
    """The first winner could not take it."""
    row = lots(offered(1, 1), bid(1, 90, 100), offered(1, 1), bid(1, 1, 100), sold(1, 1)).iloc[0]
    assert (row.bids, row.bid_share) == (1, pytest.approx(0.01))


def test_without_english_auctions_there_is_no_share():
    assert zero_bid_share(lots()) is None
