"""What is listed, and in which order."""

from simulator.market import Kind, listed
from simulator.scenario.load import load


def test_quiet_lists_perpetual_future_and_options_in_registry_order():
    instruments = listed(load("quiet", ["market.assets.ETH.listing.moneyness=[1.1, 0.9]"]))
    assert [instrument.name for instrument in instruments] == [
        "ETH-PERP",
        "ETH-26JAN24",
        "ETH-26JAN24-2250-C",
        "ETH-26JAN24-2250-P",
        "ETH-26JAN24-2750-C",
        "ETH-26JAN24-2750-P",
    ]
    kinds = [Kind.PERPETUAL, Kind.FUTURE, Kind.CALL, Kind.PUT, Kind.CALL, Kind.PUT]
    assert [instrument.kind for instrument in instruments] == kinds


def test_expiry_and_strike_are_zero_where_there_is_none():
    perpetual, future, call, *_ = listed(load("quiet"))
    assert (perpetual.expiry, perpetual.strike, future.strike) == (0, 0.0, 0.0)
    assert (future.expiry, call.expiry, call.strike) == (1706256000, 1706256000, 2000.0)


def test_kinds_are_numbered_as_in_the_contracts():
    assert [kind.value for kind in (Kind.CALL, Kind.PUT, Kind.FUTURE, Kind.PERPETUAL)] == [0, 1, 2, 3]


def test_strikes_follow_the_first_price_of_historical_bars():
    names = [instrument.name for instrument in listed(load("black-thursday"))]
    assert "ETH-27MAR20-190-P" in names and "BTC-13MAR20-8000-C" in names and "BTC-PERP" in names


def test_strikes_that_round_to_one_are_listed_once_and_never_at_zero():
    overrides = ["market.assets.ETH.listing.moneyness=[0.1, 0.2, 1.0]", "market.assets.ETH.listing.strike_step=2000"]
    strikes = {instrument.strike for instrument in listed(load("quiet", overrides)) if instrument.strike}
    assert strikes == {2000.0}
