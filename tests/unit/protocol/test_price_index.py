"""The oracle's values in force, as its events tell them."""

import pytest
from contract_events import event

from simulator.protocol.prices import PriceIndex
from simulator.risk.state import RISK_COLUMNS

WAD = 10**18
EARLY, LATE = 1_700_003_600, 1_700_090_000
DEFAULT, FLOOR, CAP = (tuple(round(x * WAD) for x in row) for row in (
    (0.18, 0.5, 0.275, 0.15, 0.0, 1.0), (0.08, 0.2, 0.1, 0.05, 0.0, 1.0), (0.6, 1.0, 0.5, 0.6, 0.5, 2.0),
))  # fmt: skip
POSTED = tuple(round(x * WAD) for x in (0.3, 0.4, 0.2, 0.1, 0.0, 1.5))
MAX_AGE = 3600


def index() -> PriceIndex:
    """Two assets; the second has two expiries."""
    return PriceIndex(2, [(1, LATE), (1, EARLY), (1, LATE)])


def posted() -> PriceIndex:
    prices = index()
    prices.apply(event("RiskParameters", "DefaultsSet", 0, DEFAULT, FLOOR, CAP, WAD // 4, MAX_AGE))
    prices.apply(event("RiskParameters", "RiskSetPublished", 0, "0x", POSTED, 1000))
    return prices


def test_an_asset_is_known_once_a_spot_is_in_force():
    prices = index()
    assert not prices.known(0)
    prices.apply(event("PriceOracle", "SpotInForce", 0, 2000 * WAD, 2010 * WAD, WAD // 2, 77))
    assert prices.known(0) and not prices.known(1)
    state = prices.market_state(100)
    assert (state.spot[0], state.perpetual[0], state.confidence[0]) == (2000.0, 2010.0, 0.5)


def test_forwards_follow_the_spot_through_the_basis():
    prices = index()
    prices.apply(event("PriceOracle", "SpotInForce", 1, 100 * WAD, 100 * WAD, WAD, 1))
    smile = tuple(n * WAD for n in range(7))
    prices.apply(event("PriceOracle", "ExpiryInForce", 1, LATE, 102 * WAD // 100, WAD // 50, WAD, smile, 1))
    prices.apply(event("PriceOracle", "SpotInForce", 1, 200 * WAD, 200 * WAD, WAD, 2))
    state = prices.market_state(3)
    assert state.expiry.tolist() == [EARLY, LATE]
    assert state.forward.tolist() == [200.0, 204.0]
    assert state.smile[1].tolist() == list(range(7))
    assert state.rate.tolist() == [0.0, 0.02]


def test_defaults_apply_until_something_is_published():
    prices = index()
    prices.apply(event("RiskParameters", "DefaultsSet", 0, DEFAULT, FLOOR, CAP, WAD // 4, MAX_AGE))
    assert prices.risk(0)[0] == pytest.approx([value / WAD for value in DEFAULT])


def test_fresh_parameters_are_in_force_as_published():
    assert posted().risk(1000 + MAX_AGE)[0] == pytest.approx([value / WAD for value in POSTED])


def test_stale_parameters_give_way_to_the_default_where_that_is_stricter():
    larger = [max(pair) / WAD for pair in zip(POSTED, DEFAULT, strict=True)]
    assert posted().risk(1000 + MAX_AGE + 1)[0] == pytest.approx(larger)


def test_new_bounds_clip_what_was_published():
    prices = posted()
    low = tuple(value // 2 for value in CAP)
    prices.apply(event("RiskParameters", "DefaultsSet", 0, DEFAULT, FLOOR, low, WAD // 4, MAX_AGE))
    assert prices.risk(1000)[0, RISK_COLUMNS.index("multiplier")] == 1.0
    assert prices.spot_shock(0) == pytest.approx(0.3)


def test_a_refused_update_changes_nothing():
    prices = posted()
    version = prices.version
    prices.apply(event("RiskParameters", "RiskSetRefused", 0, "0x", CAP, 2, 2000))
    prices.apply(event("PriceOracle", "UpdateRefused", 0, 0, "0x", 2, 2000))
    assert prices.version == version
    assert prices.risk(1000)[0] == pytest.approx([value / WAD for value in POSTED])
