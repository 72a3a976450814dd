"""Other users' demand for gas: the stated quantiles, Pareto between and beyond them, and the backlog."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.chain.background import Background, BidDistribution, background, read_gas_prices
from simulator.chain.fee_market import GWEI
from simulator.errors import DataError, ScenarioError
from simulator.scenario.chain import BackgroundDemand, ChainSection

HEADER = "timestamp_utc,gas_gwei_p30,gas_gwei_p60,gas_gwei_p90\n"
START = 1_583_971_200  # 2020-03-12 00:00 UTC


def share(bids, gwei, timestamp=START):
    return float(bids.share_above(timestamp, np.array([math.log(gwei * GWEI)]))[0])


def crowd(load=1.0, jitter=0.0, patience=0.0, rows=((0.0, 10.0, 20.0, 40.0),), seed=0):
    demand = BackgroundDemand(load=load, jitter=jitter, patience_seconds=patience, gas_price_gwei=list(rows))
    return made(demand, seed)


def made(demand, seed=0):
    chain = ChainSection(block_gas_limit=10_000_000, blocks=300, background=demand)
    return background(chain, start_timestamp=START, rng=np.random.default_rng(seed))


def test_the_share_that_bids_more_passes_through_the_stated_quantiles():
    bids = BidDistribution([START], [[12.0, 20.0, 35.9]])
    assert share(bids, 12.0) == pytest.approx(0.7)
    assert share(bids, 20.0) == pytest.approx(0.4)
    assert share(bids, 35.9) == pytest.approx(0.1)


def test_the_tail_beyond_the_ninth_decile_is_pareto_with_the_slope_below_it():
    bids = BidDistribution([START], [[10.0, 20.0, 40.0]])
    # From 20 to 40 the share falls from 0.4 to 0.1: index 2, so each doubling of the price leaves a quarter.
    assert share(bids, 80.0) == pytest.approx(0.025)
    assert share(bids, 160.0) == pytest.approx(0.00625)


def test_everyone_bids_more_than_very_little():
    assert share(BidDistribution([START], [[10.0, 20.0, 40.0]]), 0.01) == 1.0


def test_between_rows_log_price_is_linear_in_time_and_outside_them_it_stands_still():
    bids = BidDistribution([START, START + 3600], [[10.0, 20.0, 40.0], [40.0, 80.0, 160.0]])
    assert share(bids, 20.0, START + 1800) == pytest.approx(0.7)
    assert share(bids, 10.0, START - 3600) == pytest.approx(0.7)
    assert share(bids, 40.0, START + 7200) == pytest.approx(0.7)


@settings(derandomize=True)
@given(st.lists(st.floats(0.1, 5000), min_size=3, max_size=3).map(sorted))
def test_the_share_never_rises_with_price_even_where_quantiles_coincide(quantiles):
    bids = BidDistribution([START], [quantiles])
    shares = bids.share_above(START, np.linspace(math.log(1e6), math.log(1e16), 400))
    assert shares[0] <= 1.0
    assert (np.diff(shares) <= 0).all()


def test_demand_above_a_price_is_load_times_share():
    demand = crowd(load=1.5)
    demand.arrive(START)
    assert demand.above(20 * GWEI) == pytest.approx(1.5 * 10_000_000 * 0.4, rel=0.01)
    assert demand.above(0) == 15_000_000


def test_price_for_is_the_inverse_of_above():
    demand = crowd(load=2.0)
    demand.arrive(START)
    for room in (500_000, 4_000_000, 9_000_000):
        price = demand.price_for(room)
        assert demand.above(price) <= room
        assert demand.above(price) == pytest.approx(room, rel=1e-3)


def test_impatient_demand_leaves_no_backlog():
    demand = crowd(load=1.0, patience=0.0)
    demand.arrive(START)
    before = demand.above(0)
    demand.serve(1_000_000)
    demand.arrive(START + 12)
    assert demand.above(0) == before


def test_a_block_serves_the_highest_bids_and_the_rest_waits_and_fades():
    demand = crowd(load=1.0, patience=120.0)
    demand.arrive(START)
    fresh_high, fresh_all = demand.above(40 * GWEI), demand.above(0)
    demand.serve(5_000_000)
    demand.arrive(START + 12)
    assert demand.above(40 * GWEI) == pytest.approx(fresh_high, abs=2)
    assert demand.above(0) == pytest.approx(fresh_all + 5_000_000 * math.exp(-12 / 120), rel=1e-6)


def test_jitter_keeps_the_mean():
    demand = crowd(jitter=0.5)
    wanted = []
    for block in range(4000):
        demand.arrive(START + 12 * block)
        wanted.append(demand.above(0))
        demand.serve(0)
    assert np.mean(wanted) == pytest.approx(10_000_000, rel=0.03)
    assert np.std(np.log(wanted)) == pytest.approx(0.5, rel=0.05)


def test_without_gas_prices_there_is_nobody():
    empty = crowd(rows=())
    empty.arrive(START)
    assert empty.above(0) == 0
    assert empty.price_for(0) == 0


def test_the_distribution_of_a_real_hour(tmp_path):
    """Ethereum gas prices of 12 March 2020, two rows (quantiles of transactions in a minute) and a gap."""
    file = tmp_path / "gas.csv"
    file.write_text(
        "timestamp_utc,tx_count,gas_gwei_p30,gas_gwei_p60,gas_gwei_p90\n"
        "2020-03-12T01:00:00Z,186,12,20,35.9\n"
        "2020-03-12T01:01:00Z,0,,,\n"
        "2020-03-12T16:00:00Z,151,227.17,251,450\n"
    )
    bids = read_gas_prices(file)
    assert share(bids, 20.0, START + 3600) == pytest.approx(0.4)
    assert share(bids, 251.0, START + 16 * 3600) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no gas prices"),
        (HEADER, "no gas prices"),
        (HEADER + "2020-03-12T00:00:00Z,,,\n", "no gas prices"),
        ("timestamp_utc,gas_gwei_p30,gas_gwei_p60\n2020-03-12T00:00:00Z,1,2\n", "column gas_gwei_p90 is missing"),
        (HEADER + "2020-03-12T00:00:00Z,1,x,2\n", "line 2, column gas_gwei_p60: 'x' is not a number"),
        (HEADER + "\n\n2020-03-12T00:00:00Z,1,x,2\n", "line 4, column gas_gwei_p60"),
        (HEADER + "2020-03-12T00:00:00Z,1,2\n", "line 2, column gas_gwei_p90: '' is not a number"),
        (HEADER + "yesterday,1,2,3\n", "line 2, column timestamp_utc: 'yesterday' is not an ISO 8601 time"),
        (HEADER + "2020-03-12T00:00:00Z,3,2,4\n", "not fall"),
        (HEADER + "2020-03-12T00:00:00Z,nan,2,4\n", "positive"),
        (HEADER + "2020-03-12T00:00:00Z,-1,2,4\n", "positive"),
        (HEADER + "2020-03-12T00:00:00Z,1,2,inf\n", "1e\\+06 gwei at most"),
        (HEADER + "2020-03-12T00:00:00Z,1,2,1e300\n", "1e\\+06 gwei at most"),
        (HEADER + "2020-03-12T01:00:00Z,1,2,4\n2020-03-12T00:00:00Z,1,2,4\n", "line 3: times must rise"),
        (HEADER + '"2020-03-12T01:00:00Z,1,2,4\n2020-03-12T02:00:00Z,1,2,4\n', "cannot read gas prices"),
        (HEADER + f"2020-03-12T01:00:00Z,{'1' * 200_000},2,4\n", "cannot read gas prices"),
        (HEADER + "2020-03-12T01:00:00Z,1,2,4\xa0\n", "cannot read gas prices"),
    ],
)
def test_unusable_file_is_one_clear_error(tmp_path, text, message):
    file = tmp_path / "gas.csv"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(DataError, match=message) as error:
        read_gas_prices(file)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)


def test_a_file_as_spreadsheets_write_it_is_the_same_file(tmp_path):
    plain, saved = tmp_path / "plain.csv", tmp_path / "saved.csv"
    rows = HEADER + "2020-03-12T00:00:00Z,10,20,40\n2020-03-12T01:00:00Z,20,30,50\n"
    plain.write_text(rows)
    saved.write_bytes(b"\xef\xbb\xbf" + rows.replace("\n", "\r\n").encode())
    assert share(read_gas_prices(saved), 25.0, START + 1800) == share(read_gas_prices(plain), 25.0, START + 1800)


@pytest.mark.parametrize("time", ["2020-03-11T23:59:00Z", "2020-03-12T01:01:00Z"])
def test_a_file_of_another_time_than_the_runs_is_refused(tmp_path, time):
    file = tmp_path / "gas.csv"
    file.write_text(f"{HEADER}{time},1,2,4\n")
    with pytest.raises(DataError, match=r"the run is 2020-03-12T00:00Z \.\. 2020-03-12T01:00Z"):
        made(BackgroundDemand(file=str(file)))


def test_a_file_of_a_part_of_the_run_holds_for_all_of_it(tmp_path):
    file = tmp_path / "gas.csv"
    file.write_text(f"{HEADER}2020-03-12T00:30:00Z,10,20,40\n")
    whole = made(BackgroundDemand(file=str(file), jitter=0.0))
    whole.arrive(START + 12)
    assert whole.above(20 * GWEI) == pytest.approx(4_000_000, rel=0.02)


def test_missing_file_is_named():
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        read_gas_prices(Path("nowhere.csv"))


def test_scenario_refuses_quantiles_that_fall_and_hours_that_do_not_rise():
    with pytest.raises(ValueError, match="must be positive and not fall"):
        BackgroundDemand(gas_price_gwei=[(0.0, 3.0, 2.0, 4.0)])
    with pytest.raises(ValueError, match="hours must rise"):
        BackgroundDemand(gas_price_gwei=[(1.0, 1.0, 2.0, 4.0), (1.0, 1.0, 2.0, 4.0)])


def test_prices_beyond_the_highest_bid_are_refused():
    demand = BackgroundDemand(gas_price_gwei=[(0.0, 1.0, 2.0, 1e300)])
    with pytest.raises(ScenarioError, match=r"gas_price_gwei: hour 0: 1e\+300 gwei is above the highest bid"):
        made(demand)


def test_bids_none_is_an_empty_chain():
    nobody = Background(None, gas_per_block=1e7, jitter=0.1, survival=0.5, rng=np.random.default_rng(0))
    nobody.arrive(START)
    nobody.serve(0)
    assert nobody.above(1) == 0
