"""The map of a portfolio's P&L is the revaluation that scenarios do."""

import numpy as np
import pytest

from simulator.portfolio.columns import columns
from simulator.portfolio.load import parse
from simulator.portfolio.margins import margins
from simulator.portfolio.surface import HEIGHT, WIDTH, surface
from simulator.risk.presets import preset


def held(positions, **more):
    market = {"ETH": {"spot": 2000.0, "expiries": {"M": {"seconds": 864_000, "forward": 2010.0, "volatility": 0.8}}}}
    return parse({"time": 0, "underlyings": market, "positions": positions, **more}, "test")


PERPETUAL = {"type": "perpetual", "underlying": "ETH", "size": -2.0}
OPTIONS = [
    {"type": "option", "underlying": "ETH", "expiry": "M", "strike": 2200.0, "kind": "call", "size": -3.0},
    {"type": "option", "underlying": "ETH", "expiry": "M", "strike": 1900.0, "kind": "put", "size": 1.0},
]


def test_a_perpetual_moves_with_spot_alone():
    found = surface(columns(held([PERPETUAL])), preset("span"), 0)
    assert found.profit.shape == (HEIGHT, WIDTH)
    assert found.profit == pytest.approx(np.tile(-2.0 * 2000.0 * found.spot_move, (HEIGHT, 1)))


def test_collateral_that_follows_is_on_the_map():
    token = {"name": "stETH", "amount": 2.0, "price": 2000.0, "haircut": {"maintenance": 0.1}, "offsets": "ETH"}
    found = surface(columns(held([PERPETUAL], collateral=[token])), preset("derive-pm2"), 0)
    assert np.abs(found.profit).max() < 1e-9


@pytest.mark.parametrize("rule", ["span", "paradex", "deribit-pm"])
def test_undamped_scenarios_lie_on_the_map(rule):
    portfolio = held([PERPETUAL, *OPTIONS])
    grid = [[move, vol, 1.0] for move in (-1.0, 0.0, 1.0) for vol in ("up", "down")]
    plain = {"scenarios": grid, "min_vol_up": 0.0, "min_vol_shock_up": 0.0, "positive_offset": 1.0}
    chosen = preset(rule, [("test", {"config": plain})])
    found = surface(columns(portfolio), chosen, 0)
    for scenario in margins(portfolio, [chosen])[0].scenarios:
        row = np.array([np.interp(scenario.spot_move, found.spot_move, each) for each in found.profit])
        at = float(np.interp(scenario.vol_move, found.vol_move, row))
        assert at == pytest.approx(scenario.profit, abs=0.004 * np.abs(found.profit).max())


def test_nothing_is_gained_where_nothing_moves():
    found = surface(columns(held([PERPETUAL, *OPTIONS])), preset("derive-pm2"), 0)
    middle = np.array([np.interp(0.0, found.spot_move, each) for each in found.profit])
    assert float(np.interp(0.0, found.vol_move, middle)) == pytest.approx(0.0, abs=1.0)
