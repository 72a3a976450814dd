"""Six years of Bitcoin and Ether, day by day: do the shocks of each policy hold as often as they claim?

Nothing looks ahead: the shock of a day comes from the bars before it. 500 days to begin with, then 2,194 to test.
"""

from pathlib import Path

import numpy as np
import pytest

from simulator.oracle.estimators import largest_of
from simulator.oracle.history import read_history
from simulator.oracle.policies import risk_policy
from simulator.oracle.policy import Estimates
from simulator.oracle.return_history import ReturnHistory
from simulator.risk.coverage import kupiec
from simulator.risk.procyclicality import n_day, peak_to_trough
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.oracle import Policy

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = {symbol: str(DATA / f"{symbol.lower()}_usdt_1d_2017-08_2024-12.csv") for symbol in ("BTC", "ETH")}
END, DAY = 1_735_689_600, 86_400  # 2025-01-01
BEGIN, CALIBRATE_DAYS = 500, 30
WIDE = {
    "floor": dict(zip(RISK_COLUMNS, (1e-9, 0, 0, 0, 0, 1), strict=True)),
    "cap": dict(zip(RISK_COLUMNS, (0.99, 10, 0.99, 0.99, 1, 2), strict=True)),
}


@pytest.fixture(scope="module")
def bars():
    return read_history(FILES, ["BTC", "ETH"], END, DAY)


def shocks(bars, **policy):
    """Spot shock of each day, (n_days, 2), under EWMA volatility."""
    chosen, initial = risk_policy(Policy(**WIDE, **policy)), np.full(2, 0.8)
    estimate, history = largest_of(["ewma"], 0.94, DAY, initial), ReturnHistory(DAY, 2)
    found, calibrated_at = [], 0
    for day, bar in enumerate(bars):
        if day >= BEGIN:
            seen = Estimates(
                estimate.volatility, np.ones(2), {}, np.eye(2),
                timestamp=day * DAY, calibrated_at=calibrated_at, history=history,
            )  # fmt: skip
            found.append(chosen.targets(seen)[:, 0])
        history.add(bar, estimate.volatility)
        estimate.update(bar)
        if day % CALIBRATE_DAYS == 0:
            calibrated_at = day * DAY
    return np.array(found)


def exceptions(bars, shock):
    """Days on which the log return went beyond the shock, down and up, by asset: (4,)."""
    moves = np.array([np.log(bar.close / bar.open) for bar in bars[BEGIN:]])
    return np.concatenate([(-moves > shock).sum(axis=0), (moves > shock).sum(axis=0)])


def test_the_normal_quantile_is_broken_twice_as_often_as_it_claims(bars):
    counts = exceptions(bars, shocks(bars, kind="vol_scaled", quantile=2.326))
    assert all(kupiec(int(count), len(bars) - BEGIN, 0.99).p_value < 1e-3 for count in counts)


@pytest.mark.parametrize("method", ["filtered", "historical"])
def test_var_of_what_the_price_did_holds_as_often_as_it_claims(bars, method):
    """Kupiec's test does not reject 99 % for falls or rises of either asset, except for being too careful."""
    counts = exceptions(bars, shocks(bars, kind="var_targeted", level=0.99, method=method))
    for count in counts:
        assert count < 22 or kupiec(int(count), len(bars) - BEGIN, 0.99).p_value > 0.05
    if method == "filtered":
        assert all(kupiec(int(count), len(bars) - BEGIN, 0.99).p_value > 0.05 for count in counts)


def test_expected_shortfall_is_exceeded_less_often_than_var_of_the_same_level(bars):
    var, shortfall = (shocks(bars, kind=f"{kind}_targeted", level=0.975) for kind in ("var", "es"))
    assert (shortfall >= var).all()
    assert (exceptions(bars, shortfall) < exceptions(bars, var)).all()


@pytest.mark.parametrize(
    "step",
    [
        {"step": "floor"},
        {"step": "stressed_weight"},
        {"step": "buffer"},
        {"step": "speed_limit", "up": 0.01, "down": 0.002},
    ],
    ids=lambda step: step["step"],
)
def test_each_anti_procyclical_step_eases_the_rise_of_margins_in_crises(bars, step):
    """The largest rise in five days and peak to trough, of both assets."""
    bare, eased = (shocks(bars, kind="var_targeted", level=0.99, steps=steps) for steps in ([], [step]))
    for asset in range(2):
        assert n_day(eased[:, asset], 5).ratio < n_day(bare[:, asset], 5).ratio
        assert peak_to_trough(eased[:, asset]) < peak_to_trough(bare[:, asset])
