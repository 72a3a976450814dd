"""Two stretches of Black Thursday with a tenth of its agents: the first crash, and the expiry on the morning after."""

import json

import pytest

from simulator.record import Run
from simulator.run import run_scenario
from simulator.scenario.load import load

FEW = (
    "agents.leveraged_long.count=25", "agents.trend_follower.count=6", "agents.noise_trader.count=12",
    "agents.option_writer.count=6", "agents.hedger.count=6", "agents.borrower.count=8", "agents.backstop.count=3",
    "agents.patient_liquidator.count=2", "agents.aggressive_liquidator.count=2",
)  # fmt: skip
BUSY = tuple(
    f"agents.{kind}.wake_seconds=120"
    for kind in ("leveraged_long", "noise_trader", "trend_follower", "borrower", "hedger", "option_writer")
)


def stretch(start: str, blocks: int):
    """Black Thursday from `start`, with few agents who open their positions at once."""
    return load("black-thursday", [f"market.start={start}", f"chain.blocks={blocks}", *FEW, *BUSY])


def recorded(folder, scenario, chain="embedded") -> Run:
    run_scenario(scenario, out=folder, chain=chain)
    return Run.open(folder)


@pytest.fixture(scope="module")
def crash_hour(tmp_path_factory):
    """10:00 to 11:00 on the 12th: ETH falls from 168 to 125, BTC from 7354 to 5550."""
    return recorded(tmp_path_factory.mktemp("crash-hour") / "run", stretch("2020-03-12T10:00:00Z", 300))


@pytest.fixture(scope="module")
def morning_after(tmp_path_factory):
    """07:35 to 08:10 on the 13th: options of both assets expire at 08:00."""
    return recorded(tmp_path_factory.mktemp("morning-after") / "run", stretch("2020-03-13T07:35:00Z", 175))


def events(run: Run, name: str) -> list[dict]:
    table = run.table("events")
    return [json.loads(arguments) for arguments in table[table["event"] == name]["arguments"]]


def test_a_node_gives_the_same_digest(crash_hour, tmp_path):
    on_anvil = recorded(tmp_path / "run", stretch("2020-03-12T10:00:00Z", 300), chain="anvil")
    assert on_anvil.info.chain != crash_hour.info.chain
    assert on_anvil.info.digest == crash_hour.info.digest


def test_prices_of_the_hour_are_history(crash_hour):
    """The hour opened at 167.97 and 7354.21 and its lows were 125 and 5550 (Binance), but for the agents' own flow."""
    metrics = crash_hour.table("metrics")
    for symbol, first, low in (("ETH", 167.97, 125.0), ("BTC", 7354.21, 5550.0)):
        assert metrics[f"spot_{symbol}"].iloc[0] == pytest.approx(first, rel=0.03)
        assert metrics[f"spot_{symbol}"].min() == pytest.approx(low, rel=0.03)


def test_accounts_are_liquidated_and_every_liquidation_ends_final(crash_hour):
    settlements = crash_hour.table("settlements").query("category == 'liquidation'")
    assert len(settlements) >= 12
    assert set(settlements["status"]) == {"final"}
    assert len(settlements) == len(events(crash_hour, "ClosedOut"))


def test_the_summary_agrees_with_the_series_and_the_events(crash_hour):
    summary, last = crash_hour.summary(), crash_hour.table("metrics").iloc[-1]
    assert summary["liquidations"] == last["liquidations"] == len(events(crash_hour, "ClosedOut"))
    assert summary["bad_debt"] == pytest.approx(last["bad_debt"])
    assert summary["bad_debt"] == pytest.approx(summary["insurance_used"] + summary["socialised_loss"])
    assert summary["settlements"]["final"] == sum(summary["settlements"].values())


def test_both_assets_expire_at_a_price_of_their_own(morning_after):
    fixed = {int(e["underlying"]): int(e["price"]) / 1e18 for e in events(morning_after, "SettlementPriceFixed")}
    assert fixed.keys() == {0, 1}
    metrics = morning_after.table("metrics")
    at_expiry = metrics[metrics["timestamp"] >= 1_584_086_400].iloc[0]  # 08:00:00
    assert fixed[0] == pytest.approx(at_expiry["spot_ETH"], rel=0.01)
    assert fixed[1] == pytest.approx(at_expiry["spot_BTC"], rel=0.01)


def test_nobody_keeps_a_position_that_expired(morning_after):
    settled = events(morning_after, "ExpirySettled")
    assert len(settled) >= 5
    accounts = morning_after.table("accounts")
    at_end = accounts[accounts["block"] == accounts["block"].max()]
    held = {name for positions in at_end["positions"] for name in json.loads(positions)}
    assert held and not any("-13MAR20-" in name for name in held)


def test_what_one_side_of_an_expiry_receives_the_other_pays(morning_after):
    by_instrument: dict[int, int] = {}
    for e in events(morning_after, "ExpirySettled"):
        number = int(e["instrument"])
        by_instrument[number] = by_instrument.get(number, 0) + int(e["size"])
    assert by_instrument and not any(by_instrument.values())
