"""Price files of a backtest: what is read, and what is refused in one line."""

import pytest

from simulator.backtest.history import read_history
from simulator.errors import DataError

HEADER = "timestamp_utc,open,high,low,close,volume\n"
DAYS = [f"2024-01-{day:02}" for day in range(1, 11)]


def rows(days=DAYS, price=100.0):
    return [f"{day}T00:00:00Z,{price},{price + 10},{price - 10},{price + 5},1" for day in days]


@pytest.fixture
def write(tmp_path):
    def _write(name, lines, header=HEADER):
        path = tmp_path / name
        path.write_text(header + "\n".join(lines) + "\n")
        return path

    return _write


def test_days_are_named_by_their_opening_and_known_at_their_close(write):
    history = read_history({"BTC": write("btc.csv", rows())})
    assert history.assets == ("BTC",)
    assert history.close[:, 0].tolist() == [105.0] * 10
    assert history.date(0) == "2024-01-01"
    assert history.time[0] == 1_704_153_600  # 2024-01-02T00:00:00Z


def test_two_assets_keep_the_days_they_share(write):
    history = read_history({"BTC": write("btc.csv", rows(DAYS[:8])), "ETH": write("eth.csv", rows(DAYS[2:], 50.0))})
    assert (history.date(0), history.date(len(history) - 1)) == ("2024-01-03", "2024-01-08")
    assert history.close[0].tolist() == [105.0, 55.0]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([*rows()[:3], rows()[3].replace("105.0", "nan"), *rows()[4:]], "line 5, column close"),
        ([*rows()[:3], rows()[3].replace("100.0,", "0,"), *rows()[4:]], "line 5, column open"),
        ([*rows()[:3], rows()[3].replace("90.0", "-1"), *rows()[4:]], "line 5, column low"),
        ([*rows()[:3], rows()[3].replace("105.0", "abc"), *rows()[4:]], "'abc' is not a number"),
        ([rows()[1], rows()[0], *rows()[2:]], "line 3, column timestamp_utc"),
        ([rows()[0], *rows()], "duplicates that of the row above"),
        (rows()[:4] + rows()[5:], "no bar between 2024-01-04 and 2024-01-06"),
        ([row.replace("T00", f"T{n:02}").replace(DAYS[n], DAYS[0]) for n, row in enumerate(rows())], "bars of 3600 s"),
    ],
    ids=["nan", "zero", "negative", "text", "disorder", "twice", "gap", "hourly"],
)
def test_bad_prices_are_refused_by_file_and_place(write, lines, said):
    path = write("btc.csv", lines)
    with pytest.raises(DataError) as caught:
        read_history({"BTC": path})
    assert str(path) in str(caught.value) and said in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_file_or_column_is_named(write, tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv: cannot be read: No such file"):
        read_history({"BTC": tmp_path / "nowhere.csv"})
    path = write("btc.csv", rows(), HEADER.replace("close", "last"))
    with pytest.raises(DataError, match="no column close"):
        read_history({"BTC": path})


def test_files_without_a_day_in_common_are_refused(write):
    files = {"BTC": write("btc.csv", rows(DAYS[:5])), "ETH": write("eth.csv", rows(DAYS[5:]))}
    with pytest.raises(DataError, match="no two days in common"):
        read_history(files)


def index(values, days=DAYS):
    return [f"{day}T00:00:00Z,{value}" for day, value in zip(days, values, strict=True)]


def test_an_index_replaces_the_model_from_its_first_day_on(write):
    prices = write("btc.csv", rows())
    values = [50, 60, 70, 65, 55]
    dvol = write("dvol.csv", index(values, DAYS[3:8]), "timestamp_utc,dvol\n")
    history = read_history({"BTC": prices}, {"BTC": dvol})
    assert history.implied[3:, 0].tolist() == [value / 100 for value in values]
    assert history.first_day == 3 and len(history) == 8


def test_a_change_of_source_is_no_change_of_volatility(write):
    prices = write("btc.csv", rows())
    dvol = write("dvol.csv", index([500, 500, 500], DAYS[3:6]), "timestamp_utc,dvol\n")
    history = read_history({"BTC": prices}, {"BTC": dvol})
    plain = read_history({"BTC": prices})
    assert history.implied_before[3] == plain.implied[2]
    assert history.implied_before[4] == history.implied[3]


@pytest.mark.parametrize(
    ("lines", "header", "said"),
    [
        (index([50, -1], DAYS[:2]), "timestamp_utc,dvol\n", "line 3, column dvol"),
        (index([50, "x"], DAYS[:2]), "timestamp_utc,dvol\n", "'x' is not a number"),
        (index([50, 60], [DAYS[0], DAYS[2]]), "timestamp_utc,dvol\n", "no value between"),
        (index([50, 60], [DAYS[1], DAYS[0]]), "timestamp_utc,dvol\n", "line 3"),
        (index([50, 60], ["2020-01-01", "2020-01-02"]), "timestamp_utc,dvol\n", "no value on a day of the prices"),
        (index([50, 60], ["soon", "2020-01-02"]), "timestamp_utc,dvol\n", "is not an ISO 8601 time"),
        (index([50, 60], DAYS[:2]), "timestamp_utc,iv\n", "no column dvol"),
    ],
    ids=["negative", "text", "gap", "disorder", "elsewhere", "time", "column"],
)
def test_bad_indices_are_refused_by_file_and_place(write, lines, header, said):
    prices, dvol = write("btc.csv", rows()), write("dvol.csv", lines, header)
    with pytest.raises(DataError) as caught:
        read_history({"BTC": prices}, {"BTC": dvol})
    assert str(dvol) in str(caught.value) and said in str(caught.value)


def test_an_index_of_an_asset_without_prices_is_refused(write):
    prices, dvol = write("btc.csv", rows()), write("dvol.csv", index([50], DAYS[:1]), "timestamp_utc,dvol\n")
    with pytest.raises(DataError, match="an index of ETH, which has no prices"):
        read_history({"BTC": prices}, {"ETH": dvol})
