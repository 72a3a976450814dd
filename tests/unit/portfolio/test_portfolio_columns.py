"""Portfolio files as the columns that rules read."""

import numpy as np
import pytest

from simulator.errors import DataError
from simulator.portfolio.columns import columns
from simulator.portfolio.load import parse
from simulator.portfolio.margins import margins
from simulator.risk.presets import preset
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, RISK_COLUMNS

NOW = 1_740_000_000
HAIRCUT = RISK_COLUMNS.index("haircut")


def portfolio(positions, collateral=(), **more):
    data = {
        "time": NOW,
        "underlyings": {
            "ETH": {
                "spot": 2000.0,
                "perpetual": 2010.0,
                "confidence": {"spot": 0.6, "perpetual": 0.7},
                "expiries": {
                    "M": {
                        "seconds": 2_592_000,
                        "forward": 2020.0,
                        "rate": 0.05,
                        "volatilities": [[2100.0, 0.8], [1900.0, 0.9]],
                        "confidence": {"forward": 0.9, "rate": 0.95, "volatility": 0.85},
                    },
                    "soon": {"seconds": 600, "forward": 2001.0, "volatility": 0.6},
                },
            },
            "BTC": {"spot": 50_000.0},
        },
        "positions": positions,
        "collateral": list(collateral),
    }
    return parse({**data, **more}, "test")


def option(kind="call", strike=2100.0, size=1.0):
    return {"type": "option", "underlying": "ETH", "expiry": "M", "strike": strike, "kind": kind, "size": size}


def perpetual(size=1.0, **more):
    return {"type": "perpetual", "underlying": "ETH", "size": size, **more}


def future(size=1.0, **more):
    return {"type": "future", "underlying": "ETH", "expiry": "M", "size": size, **more}


def test_contracts_become_instruments_in_order_with_names():
    found = columns(portfolio([option(), perpetual(), future(), option("put", 1900.0)]))
    assert found.instruments.kind.tolist() == [CALL, PERPETUAL, FUTURE, PUT]
    assert found.instruments.expiry.tolist() == [NOW + 2_592_000, 0, NOW + 2_592_000, NOW + 2_592_000]
    assert found.instruments.strike.tolist() == [2100.0, 0.0, 0.0, 1900.0]
    assert found.names == ("ETH M 2,100 call", "ETH perpetual", "ETH M future", "ETH M 1,900 put")


def test_positions_in_one_contract_are_added():
    found = columns(portfolio([option(size=2.0), perpetual(), option(size=-0.5)]))
    assert found.holdings.sizes.tolist() == [[1.5, 1.0]]


@pytest.mark.parametrize(
    ("position", "equity"),
    [
        (perpetual(), 0.0),
        (perpetual(-3.0, unrealised=25.0, funding=-5.0), 20.0),
        (perpetual(2.0, entry_price=2000.0), 20.0),
        (perpetual(-2.0, entry_price=2000.0), -20.0),
        (future(4.0), 0.0),
        (future(-1.0, entry_price=2000.0), -20.0),
        (future(1.0, unrealised=-7.0), -7.0),
    ],
    ids=str,
)
def test_linear_contracts_are_worth_what_they_gained(position, equity):
    held = portfolio([position], cash=100.0)
    assert margins(held, [preset("scenario")])[0].equity == pytest.approx(100.0 + equity)


def test_strikes_have_volatilities_of_their_own():
    market = columns(portfolio([option()])).market
    assert market.strike_volatility.tolist() == [[0.0, 2100.0, 0.8], [0.0, 1900.0, 0.9]]


def test_an_expiry_is_as_sure_as_its_least_sure_price():
    market = columns(portfolio([option()])).market
    assert market.expiry_confidence.tolist() == [0.85, 1.0]
    assert market.confidence.tolist() == [0.6, 1.0]
    assert market.perpetual_confidence.tolist() == [0.7, 1.0]


def test_the_last_half_hour_fixes_the_forward_second_by_second():
    market = columns(portfolio([option()])).market
    assert market.settled_forward.tolist() == [0.0, pytest.approx(2001.0 * 1200 / 1800)]


def test_a_perpetual_without_a_price_has_that_of_spot():
    assert columns(portfolio([option()])).market.perpetual.tolist() == [2010.0, 50_000.0]


def test_collateral_is_an_asset_with_its_own_price_and_haircut():
    tokens = [
        {"name": "stETH", "amount": 3.0, "price": 1990.0, "haircut": {"maintenance": 0.1, "initial": 0.05},
         "offsets": "ETH"},
        {"name": "USDT", "amount": 500.0, "price": 0.99, "confidence": 0.8, "haircut": {"maintenance": 0.02}},
    ]  # fmt: skip
    found = columns(portfolio([perpetual()], tokens))
    market, config = found.under(preset("derive-pm2"))
    assert found.assets == ("ETH", "BTC", "stETH", "USDT")
    assert market.spot.tolist() == [2000.0, 50_000.0, 1990.0, 0.99]
    assert found.holdings.collateral.tolist() == [[0.0, 0.0, 3.0, 500.0]]
    assert market.risk[2:, HAIRCUT].tolist() == [0.1, 0.02]
    assert [(each.asset, each.offsets, each.initial_haircut) for each in config.collateral] == [
        (2, 0, 0.05),
        (3, -1, 0),
    ]
    # stETH is no surer than the spot it follows; with two underlyings, what follows none stands alone.
    assert market.confidence[2:].tolist() == [0.6, 0.8]


def test_coins_offset_nothing_where_contracts_settle_in_them():
    token = {"name": "stETH", "amount": 1.0, "price": 2000.0, "haircut": {"maintenance": 0.0}, "offsets": "ETH"}
    _, config = columns(portfolio([perpetual(-1.0)], [token])).under(preset("deribit-pm"))
    assert config.collateral[0].offsets == -1
    found = margins(portfolio([perpetual(-1.0)], [token]), [preset("deribit-pm")], "both")[0]
    assert found.worst[0].profit < 0


def test_provisions_are_required_in_both_margins():
    without = margins(portfolio([perpetual()]), [preset("paradex")])[0]
    held = portfolio([perpetual()], provisions={"funding": 30.0, "fees": 12.0})
    found = margins(held, [preset("paradex")])[0]
    assert without.initial - found.initial == pytest.approx(42.0)
    assert without.maintenance - found.maintenance == pytest.approx(42.0)


def test_results_may_be_stated_in_the_coin():
    inline = margins(portfolio([perpetual(-1.0)], cash=400.0), [preset("scenario")])[0]
    coins = margins(portfolio([perpetual(-1.0)], cash=400.0, unit="ETH"), [preset("scenario")])[0]
    assert coins.unit == "ETH"
    for name in ("equity", "initial", "maintenance"):
        assert getattr(coins, name) == pytest.approx(getattr(inline, name) / 2000.0)
    assert coins.worst[0].profit == pytest.approx(inline.worst[0].profit / 2000.0)
    assert sum(each.initial for each in coins.components) == pytest.approx(coins.equity - coins.initial)


def test_risk_arrays_go_with_span_alone():
    array = {"type": "risk_array", "name": "x", "size": 1.0, "profits": [-5.0, 3.0], "mark": 2.0}
    found = margins(portfolio([array], cash=10.0), [preset("span")])[0]
    assert (found.equity, found.initial, found.maintenance) == (12.0, 7.0, 7.0)
    gains = {**array, "profits": [5.0, 3.0]}
    harmless = margins(portfolio([gains]), [preset("span")])[0]
    assert (harmless.initial, harmless.worst) == (2.0, ())
    with pytest.raises(DataError, match=r"positions\[0\]: has no prices, only a risk array for rule span"):
        margins(portfolio([array]), [preset("isolated")])
    with pytest.raises(DataError, match=r"positions\[1\]: has no risk array, though others have"):
        margins(portfolio([array, perpetual()]), [preset("span")])


def test_joint_moves_reach_collateral_that_follows():
    token = {"name": "stETH", "amount": 1.0, "price": 2000.0, "haircut": {"maintenance": 0.0}, "offsets": "ETH"}
    cash = {"name": "USDT", "amount": 1.0, "price": 1.0, "haircut": {"maintenance": 0.0}}
    shocks = [[[-0.2, 0.3], [-0.1, 0.2]], [[0.1, -0.1], [0.05, 0.0]]]
    held = portfolio([perpetual(-1.0)], [token, cash], joint={"shocks": shocks})
    market, _ = columns(held).under(preset("expected-shortfall"))
    assert market.shocks[0, :, 0] == pytest.approx([-0.2, -0.1, -0.2, 0.0], abs=2e-8)
    covariance = np.diag([0.01, 0.02, 0.03, 0.04])
    held = portfolio([perpetual(-1.0)], [token, cash], joint={"covariance": covariance.tolist()})
    market, _ = columns(held).under(preset("parametric"))
    assert market.covariance[0, 4] == market.covariance[4, 4] == 0.01
    assert market.covariance[6, 6] == 1e-8
    assert not market.covariance[6, :6].any()


def test_a_rule_that_needs_joint_moves_says_so():
    for rule, member in (("parametric", "covariance"), ("expected-shortfall", "shocks")):
        with pytest.raises(DataError, match=f"joint.{member}: missing"):
            margins(portfolio([perpetual()]), [preset(rule)])
