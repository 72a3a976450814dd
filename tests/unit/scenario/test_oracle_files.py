"""Where the files that an oracle section names are looked for."""

from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.scenario.load import dump, load, restore

SCENARIO = """
name = "files"
[market]
start = "2024-01-01T00:00:00Z"
assets = [{symbol = "ETH", daily_volume = 1e6, path = {process = "gbm", initial = 100.0, volatility = 0.8}}]
[oracle.history]
ETH = "bars/eth.csv"
"""


def test_names_in_a_scenario_file_are_relative_to_it(tmp_path):
    file = tmp_path / "files.toml"
    file.write_text(SCENARIO, encoding="utf-8")
    loaded = load(file)
    assert loaded.oracle.history == {"ETH": str(tmp_path / "bars" / "eth.csv")}
    assert restore(dump(loaded)) == loaded


def test_names_given_for_a_built_in_scenario_are_relative_to_where_the_caller_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load("quiet", ["oracle.history.ETH=eth.csv"]).oracle.history == {"ETH": str(Path.cwd() / "eth.csv")}


def test_a_history_is_of_every_asset_or_of_none():
    with pytest.raises(ScenarioError, match=r"oracle\.history: no file for BTC; give one for each asset, or none"):
        load("black-thursday", ["oracle.history.ETH=eth.csv"])
