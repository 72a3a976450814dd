"""Scenarios load, and what is wrong with one is said in a line."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.errors import DataError, ScenarioError
from simulator.scenario.load import builtin, dump, load, restore

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
ETH = DATA / "eth_usdt_1h_2020-01_2020-06.csv"
NAMES = ["black-thursday", "flash-crash", "quiet", "reorg-storm"]


def complaint(name="quiet", *overrides, prices=None):
    with pytest.raises(ScenarioError) as caught:
        load(name, overrides, prices)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_built_in_scenarios_are_listed_with_title_and_description():
    summaries = builtin()
    assert [summary.name for summary in summaries] == NAMES
    assert all(summary.title and len(summary.description) > 100 for summary in summaries)


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_survives_the_run_file(name):
    scenario = load(name)
    assert scenario.name == name
    assert restore(json.loads(json.dumps(dump(scenario)))) == scenario


def test_black_thursday_is_two_days_of_twelve_second_blocks_and_about_500_agents():
    scenario = load("black-thursday")
    assert scenario.chain.blocks * scenario.chain.block_seconds == 48 * 3600
    assert [asset.symbol for asset in scenario.market.assets] == ["ETH", "BTC"]
    assert 450 <= sum(getattr(population, "count", 0) for _, population in scenario.agents) <= 550


@pytest.mark.parametrize("symbol, file", [("ETH", ETH), ("BTC", DATA / "btc_usdt_1h_2020-01_2020-06.csv")])
def test_the_stated_hours_of_black_thursday_are_those_of_the_file(symbol, file):
    stated = {asset.symbol: asset.path.bars for asset in load("black-thursday").market.assets}[symbol]
    replaced = load("black-thursday", prices={symbol: file}).market.assets
    assert {asset.symbol: asset.path.bars for asset in replaced}[symbol] == stated[:48]


def test_overrides_are_toml_values_and_bare_words_are_strings():
    overrides = ["agents.leveraged_long.count=7", "protocol.rule=isolated", "market.rate = 0.05", 'title="A b"']
    scenario = load("quiet", [*overrides, "market.assets.ETH.listing.moneyness=[0.9, 1.1]"])
    assert (scenario.agents.leveraged_long.count, scenario.protocol.rule, scenario.market.rate) == (7, "isolated", 0.05)
    assert (scenario.title, scenario.market.assets[0].listing.moneyness) == ("A b", [0.9, 1.1])


def test_the_last_override_of_a_key_wins():
    assert load("quiet", ["seed=2", "seed=3"]).seed == 3


def test_an_asset_is_named_by_symbol_or_number():
    by_symbol, by_number = (load("quiet", [f"market.assets.{key}.daily_volume=5"]) for key in ("ETH", "0"))
    assert by_symbol == by_number and by_symbol.market.assets[0].daily_volume == 5


def test_one_key_of_a_table_that_the_file_leaves_out_changes_that_key_alone():
    plain, changed = load("quiet"), load("quiet", ["oracle.policy.default.spot_shock=0.3"])
    assert changed.oracle.policy.default.spot_shock == 0.3
    assert changed.oracle.policy.default.haircut == plain.oracle.policy.default.haircut


def test_a_model_can_be_chosen_by_override():
    assert load("quiet", ["finality.model=proof_of_work"]).finality.model == "proof_of_work"


def test_prices_replace_a_path_by_bars_cut_to_the_run():
    overrides = ["market.start=2020-03-12T10:30:00Z", "market.assets.ETH.listing={}", "chain.blocks=600"]
    path = load("quiet", overrides, {"ETH": ETH}).market.assets[0].path
    assert (path.process, path.file, path.source, path.bar_seconds) == ("historical", None, ETH.name, 3600)
    assert [bar[0].hour for bar in path.bars] == [10, 11, 12]
    assert path.bars[0][1:] == (167.97, 168.89, 125.0, 132.91)


def test_a_price_file_named_in_a_scenario_is_relative_to_it(tmp_path):
    rows = "timestamp_utc,open,high,low,close\n2024-01-15T00:00:00Z,1,2,1,2\n2024-01-15T01:00:00Z,2,3,2,3\n"
    (tmp_path / "bars.csv").write_text(rows)
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\n[market]\nstart = 2024-01-15T00:00:00Z\n[[market.assets]]\nsymbol = "ETH"\ndaily_volume = 1\n'
        'path = {process = "historical", file = "bars.csv"}\n[chain]\nblocks = 600\n'
        '[chain.background]\nfile = "gas.csv"\n'
    )
    scenario = load(tmp_path / "mine.toml")
    assert scenario.market.assets[0].path.bars[1] == (datetime(2024, 1, 15, 1, tzinfo=UTC), 2.0, 3.0, 2.0, 3.0)
    assert scenario.chain.background.file == str(tmp_path / "gas.csv")


@pytest.mark.parametrize(
    "override, expected",
    [
        ("agents.leveraged_longs.count=3", "agents.leveraged_longs: unknown agent 'leveraged_longs'; did you mean"),
        ("agents.hedger.coun=3", "agents.hedger.coun: unknown key 'coun'; did you mean 'count'? (allowed: count, "),
        ("chian.blocks=3", "chian: unknown key 'chian'; did you mean 'chain'?"),
        ("protocol.rule=scenari", "protocol.rule: unknown rule 'scenari'; did you mean 'scenario'? (allowed: "),
        ("liquidation.mechanism=ducth", "unknown mechanism 'ducth'; did you mean 'dutch'? (allowed: "),
        (
            "liquidation={mechanism='english',bid_seconds=4000}",
            "bid_seconds = 4000 must not be above auction_seconds = 3600",
        ),
        ("finality.model=proof_of_stak", "unknown finality model 'proof_of_stak'; did you mean 'proof_of_stake'?"),
        (
            "market.assets.ETH.path.process=gmb",
            "market.assets[0].path.process: unknown process 'gmb'; did you mean 'gbm'? "
            "(allowed: historical, gbm, merton, heston)",
        ),
        (
            "market.assets.ETH.path.volatilty=1",
            "market.assets[0].path.volatilty: unknown key 'volatilty'; did you mean",
        ),
        ("market.assets.ETH.path={initial=1}", "market.assets[0].path.process: missing; this key is required"),
        ("market.assets.ETH.path.volatility=-1", "market.assets[0].path.volatility: must be greater than 0, not -1"),
        ("market.assets.ETH.path={process='gbm'}", "market.assets[0].path.initial: missing; this key is required"),
        ("market.assets.BTC.daily_volume=1", "market.assets has no element 'BTC' (allowed: ETH)"),
        ("chain.blocks=many", "chain.blocks: must be a valid integer, not 'many'"),
        ("chain.blocks.x=1", "chain.blocks is a value, not a table"),
        ("seed=-1", "seed: must be greater than or equal to 0, not -1"),
        ("fund.initial=inf", "fund.initial: must be a finite number, not inf"),
        (
            "market.start=2024-01-15T00:00:00",
            "market.start: must be a time with its offset, such as 2020-03-12T00:00:00Z",
        ),
        ("market.start=2024-02-15T00:00:00Z", "ETH expiry 2024-01-26T08:00Z is not after the start 2024-02-15T00:00Z"),
        ("market.correlation=[[1, 0], [0, 1]]", "correlation must have 1 rows of 1 numbers, one per asset"),
        ("market.surface.curvature=1.9", "market.surface: curvature 1.9 must be at most 2 / (1 + |skew|) = 1.54"),
        ("market.surface.atm_floor=5", "atm_floor 5 is above atm_cap 4"),
        ("name=Not Good", "name: must match"),
        ("market.assets=[]", "market.assets: must have at least 1 item"),
        ("nonsense", "override 'nonsense' is not of the form dotted.key=value"),
        ("=1", "override '=1' is not of the form dotted.key=value"),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_what_is_allowed(override, expected):
    assert expected in complaint("quiet", override)


@pytest.mark.parametrize(
    "override, expected",
    [
        ("market.correlation=[[1, 2], [2, 1]]", "nothing beyond +-1"),
        ("market.correlation=[[1, 0.5], [0.4, 1]]", "must be symmetric"),
        ("market.assets.BTC.symbol=ETH", "market.assets: symbol ETH is listed 2 times"),
        (
            "chain.blocks=20000",
            "ETH path is too short: bars cover 2020-03-12T00:00Z .. 2020-03-14T01:00Z, the run needs",
        ),
        (
            "market.assets.ETH.path.extremes=[[2020-03-12T10:45:00Z, 99.0]]",
            "extreme 99 at 2020-03-12T10:45:00Z is in no",
        ),
        ("market.assets.ETH.path.bars=[]", "a historical path needs bars or a file"),
        ("market.assets.ETH.path.bar_seconds=7200", "less than bar_seconds"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(override, expected):
    assert expected in complaint("black-thursday", override)


def test_three_correlations_that_cannot_hold_together_are_refused():
    asset = '{{symbol="A{}", daily_volume=1, path={{process="gbm", initial=1, volatility=1}}}}'
    assets = ", ".join(asset.format(number) for number in range(3))
    matrix = "market.correlation=[[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]"
    assert "correlation is not positive semi-definite" in complaint("quiet", f"market.assets=[{assets}]", matrix)


@pytest.mark.parametrize(
    "row, expected",
    [
        ("[2020-03-12T00:00:00Z, 100, 90, 110, 100]", "bar 0 (2020-03-12T00:00Z): high 90 is below low 110"),
        ("[2020-03-12T00:00:00Z, 120, 110, 90, 100]", "open 120 is outside low 90 .. high 110"),
        ("[2020-03-12T00:00:00Z, 100, 110, 90, 0]", "must be greater than 0"),
    ],
)
def test_a_bad_bar_in_a_scenario_is_named(row, expected):
    assert expected in complaint("black-thursday", f"market.assets.ETH.path.bars=[{row}]")


def test_more_faults_are_counted():
    assert complaint("quiet", "seed=-1", "chain.blocks=0").endswith("(and 1 more)")


def test_malformed_toml_is_named_with_file_and_line(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('name = "bad"\n[market\n')
    assert complaint(path).startswith(f"{path}, line 2: malformed TOML: ")


def test_an_unknown_scenario_suggests_the_nearest():
    expected = "unknown scenario 'black-thirsday'; did you mean 'black-thursday'? (built in: black-thursday, "
    assert complaint("black-thirsday").startswith(expected)


def test_a_missing_scenario_file_is_named():
    assert complaint("nowhere/mine.toml") == "nowhere/mine.toml: no such scenario file"


def test_prices_for_an_asset_that_is_not_there_are_refused():
    assert "prices for unknown asset 'ETX'; did you mean 'ETH'?" in complaint(prices={"ETX": ETH})


def test_prices_that_do_not_cover_the_run_are_refused():
    with pytest.raises(DataError, match=r"too short for the run: bars cover 2020-01-01T00:00Z \.\. 2020-07-01T00:00Z"):
        load("quiet", prices={"ETH": ETH})
