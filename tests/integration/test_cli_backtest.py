"""`seawall backtest` as a user meets it."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import one_line_error, seawall

from simulator.cli.application import run

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
HEADER = ("timestamp_utc", "open", "high", "low", "close", "volume")
QUICK = ("--window", "100", "--rule", "scenario", "--rule", "historical")


def write_prices(path, days=200, seed=1, start=100.0):
    """A random walk as a file of daily bars."""
    closes = start * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.03, days)))
    dates = pd.date_range("2022-01-01", periods=days, tz="UTC")
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        opened = start
        for date, close in zip(dates, closes, strict=True):
            low, high = min(opened, close), max(opened, close)
            writer.writerow([f"{date:%Y-%m-%dT%H:%M:%SZ}", opened, high, low, close, 1])
            opened = close
    return path


@pytest.fixture
def folder(tmp_path):
    write_prices(tmp_path / "btc_usdt.csv")
    write_prices(tmp_path / "eth_usdt.csv", seed=2)
    return tmp_path


PRICES = ("--prices", "btc_usdt.csv", "--prices", "eth_usdt.csv")


def test_every_rule_is_in_the_table_and_in_the_files(folder):
    done = seawall("backtest", *PRICES, "--window", "100", folder=folder)
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "runs" / "backtest" / "backtest.json").read_text())
    rules = [rule["rule"] for rule in result["rules"]]
    assert len(rules) == 12
    for rule in result["rules"]:
        assert rule["rule"] in done.stdout and rule["verdict"].startswith(rule["rule"])
    assert "runs/backtest/backtest.html" in done.stdout
    table = pd.read_csv(folder / "runs" / "backtest" / "scores.csv")
    assert len(table) == 12 * len(result["portfolios"])
    margins = pd.read_parquet(folder / "runs" / "backtest" / "margins.parquet")
    assert len(margins) == len(table) * result["observations"]
    counted = margins.groupby("rule", observed=True)["exception"].sum()
    assert all(counted[rule["rule"]] == rule["exceptions"] for rule in result["rules"])


def test_the_same_inputs_print_the_same_bytes(folder):
    arguments = ("backtest", *PRICES, "--window", "100", "--portfolio", "random:5", "--seed", "3", "--json")
    rules = ("--rule", "monte-carlo", "--rule", "expected-shortfall")
    first = seawall(*arguments, *rules, "--out", "one", folder=folder)
    second = seawall(*arguments, *rules, "--out", "two", folder=folder)
    assert first.returncode == 0, first.stderr
    assert first.stdout == second.stdout and first.stderr == ""
    assert json.loads(first.stdout) == json.loads((folder / "one" / "backtest.json").read_text())
    other = seawall(*arguments[:-2], "4", "--json", *rules, "--out", "three", folder=folder)
    assert json.loads(other.stdout)["portfolios"] != json.loads(first.stdout)["portfolios"]


def test_a_portfolio_file_is_tested_in_its_proportions(folder):
    file = EXAMPLES / "derive-call-spread.json"
    done = seawall("backtest", "--prices", "ETH=eth_usdt.csv", *QUICK, "--portfolio", file, "--json", folder=folder)
    assert done.returncode == 0, done.stderr
    (portfolio,) = json.loads(done.stdout)["portfolios"]
    assert [leg["amount"] for leg in portfolio["legs"]] == [-0.5, 0.5]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "missing option '--prices'"),
        (("--prices", "nowhere.csv"), 3, "nowhere.csv: cannot be read: No such file or directory"),
        (("--prices", "=btc_usdt.csv"), 2, "is not of the form FILE or ASSET=FILE"),
        (("--prices", "btc_usdt.csv", "--prices", "btc_usdt.csv"), 2, "two files for BTC"),
        ((*PRICES, "--rule", "spam"), 2, "unknown margin rule 'spam'; did you mean 'span'?"),
        ((*PRICES, "--level", "1.5"), 2, "--level 1.5 is not between 0.5 and 1"),
        ((*PRICES, "--level", "nan"), 2, "--level nan is not between 0.5 and 1"),
        ((*PRICES, "--level", "0"), 2, "--level 0 is not between 0.5 and 1"),
        ((*PRICES, "--horizon", "0"), 2, "--horizon 0: give from 1 to 20 days"),
        ((*PRICES, "--window", "20"), 2, "--window 20: at level 0.99 at least 100 days are needed"),
        (PRICES, 3, "200 days of prices are too short: with a window of 500"),
        ((*PRICES, "--portfolio", "stradle"), 2, "unknown portfolio 'stradle'"),
        ((*PRICES, "--portfolio", "nowhere.json"), 3, "nowhere.json: cannot be read"),
        ((*PRICES, "--portfolio", "random:1000000"), 2, "from 1 to 500 random portfolios"),
        ((*PRICES, *QUICK, "--dvol", "BTC=nowhere.csv"), 3, "nowhere.csv: cannot be read"),
        ((*PRICES, *QUICK, "--dvol", "SOL=btc_usdt.csv"), 3, "an index of SOL, which has no prices"),
        ((*PRICES, "--seed", "-1"), 2, "invalid value for '--seed'"),
    ],
    ids=lambda value: " ".join(value[-2:]) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_tested_is_refused_in_one_line(arguments, code, said, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert run(["backtest", *arguments]) == code
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1
    assert printed.err.startswith("seawall: error: ") and said in printed.err
    assert not (folder / "runs").exists()


def test_a_folder_is_overwritten_only_if_it_is_a_backtest(folder):
    (folder / "out").mkdir()
    (folder / "out" / "thesis.txt").write_text("precious")
    arguments = ("backtest", *PRICES, *QUICK, "--out", "out")
    assert "exists; give another folder" in one_line_error(seawall(*arguments, folder=folder))
    assert "nothing was removed" in one_line_error(seawall(*arguments, "--force", folder=folder))
    arguments = ("backtest", *PRICES, *QUICK, "--out", "other")
    assert seawall(*arguments, folder=folder).returncode == 0
    assert seawall(*arguments, folder=folder).returncode == 2
    assert seawall(*arguments, "--force", folder=folder).returncode == 0


@pytest.mark.skipif(not DATA.is_dir(), reason="market data lie beside the repository, where there are any")
def test_black_thursday_is_the_worst_day_for_a_long_perpetual(tmp_path):
    done = seawall(
        "backtest", "--prices", DATA / "btc_usdt_1d_2017-08_2024-12.csv", "--portfolio", "long-perpetual-btc",
        "--rule", "historical", "--rule", "derive-pm2", "--json", folder=tmp_path,
    )  # fmt: skip
    venue, historical = json.loads(done.stdout)["rules"]
    # From the close of 11 March 2020 to the next: 7,936.65 -> 4,800.00, against a margin of 20 %.
    assert venue["worst_date"] == historical["worst_date"] == "2020-03-11"
    assert venue["worst_exceedance"] == pytest.approx(1 - 4800.0 / 7934.58 - 0.20, abs=1e-3)
    assert historical["exceptions"] == pytest.approx(historical["expected"], rel=0.1)
