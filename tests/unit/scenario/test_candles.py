"""CSV files of bars: what is read, and what is refused, by file, line and column."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulator.errors import DataError
from simulator.scenario.candles import read_csv

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
HEADER = "timestamp_utc,open,high,low,close,volume\n"
ROWS = [f"2020-03-12T{hour:02}:00:00Z,100,110,90,105,1" for hour in range(6)]
START, END = datetime(2020, 3, 12, 1, tzinfo=UTC), datetime(2020, 3, 12, 4, tzinfo=UTC)


@pytest.fixture
def read(tmp_path):
    def _read(rows, header=HEADER, start=START, end=END):
        path = tmp_path / "bars.csv"
        path.write_text(header + "\n".join(rows) + "\n")
        return read_csv(path, start, end)

    return _read


def test_bars_of_the_run_are_read_and_other_columns_ignored(read):
    bar_seconds, bars = read(ROWS)
    assert bar_seconds == 3600
    assert [bar[0].hour for bar in bars] == [1, 2, 3]
    assert bars[0][1:] == (100.0, 110.0, 90.0, 105.0)


def test_columns_may_stand_in_any_order_and_times_without_offset_are_utc(read):
    rows = [f"90,105,100,110,2020-03-12 {hour:02}:00" for hour in range(6)]
    _, bars = read(rows, "low,close,open,high,timestamp_utc\n")
    assert bars[0] == (START, 100.0, 110.0, 90.0, 105.0)


def test_a_gap_keeps_the_bar_size_and_the_bar_before_the_start(read):
    bar_seconds, bars = read([ROWS[0], *ROWS[2:]])
    assert bar_seconds == 3600 and [bar[0].hour for bar in bars] == [0, 2, 3]


def test_an_open_a_thousandth_outside_the_range_is_kept(read):
    _, bars = read([row.replace(",100,", ",110.1,") for row in ROWS])
    assert bars[0][1] == 110.1


@pytest.mark.parametrize(
    "row, message",
    [
        ("2020-03-12T03:00:00Z,100,110,90,nan,1", "line 5, column close: close must be a positive number, not nan"),
        ("2020-03-12T03:00:00Z,100,110,-90,105,1", "line 5, column low: low must be a positive number, not -90"),
        ("2020-03-12T03:00:00Z,100,110,0,105,1", "line 5, column low: low must be a positive number, not 0"),
        ("2020-03-12T03:00:00Z,100,inf,90,105,1", "line 5, column high: high must be a positive number, not inf"),
        ("2020-03-12T03:00:00Z,100,90,110,105,1", "line 5, column high: high 90 is below low 110"),
        ("2020-03-12T03:00:00Z,120,110,90,105,1", "line 5, column open: open 120 is outside low 90 .. high 110"),
        ("2020-03-12T03:00:00Z,100,110,90,80,1", "line 5, column close: close 80 is outside low 90 .. high 110"),
        (
            "2020-03-12T02:00:00Z,100,110,90,105,1",
            "line 5, column timestamp_utc: the time 2020-03-12T02:00:00Z duplicates",
        ),
        (
            "2020-03-12T01:30:00Z,100,110,90,105,1",
            "line 5, column timestamp_utc: the time 2020-03-12T01:30:00Z comes before",
        ),
        ("2020-03-12T02:30:00Z,100,110,90,105,1", "line 5, column timestamp_utc: starts 1800 s after the row above"),
        ("2020-03-12T03:00:00Z,100,110,90,abc,1", "line 5, column close: 'abc' is not a number"),
        ("2020-03-12T03:00:00Z,100,110,90,,1", "line 5, column close: '' is not a number"),
        ("2020-03-12T03:00:00Z,100", "line 5, column high: '' is not a number"),
        ("yesterday,100,110,90,105,1", "line 5, column timestamp_utc: 'yesterday' is not an ISO 8601 time"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column(read, row, message):
    with pytest.raises(DataError) as caught:
        read([*ROWS[:3], row, *ROWS[4:]])
    assert str(caught.value).split("bars.csv, ")[1].startswith(message)


def test_a_missing_column_is_named(read):
    with pytest.raises(DataError, match=r"bars.csv, line 1: no column close \(columns: timestamp_utc, open"):
        read(ROWS, HEADER.replace("close", "last"))


@pytest.mark.parametrize("rows", [ROWS[2:], ROWS[:3]])
def test_bars_that_do_not_cover_the_run_are_refused(read, rows):
    with pytest.raises(DataError, match=r"too short for the run: bars cover .* the run needs 2020-03-12T01:00Z"):
        read(rows)


def test_an_empty_file_and_a_single_bar_are_refused(read):
    with pytest.raises(DataError, match="no column timestamp_utc"):
        read([], "")
    with pytest.raises(DataError, match="1 bars; at least two"):
        read(ROWS[:1])


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"absent.csv: cannot be read: No such file"):
        read_csv(tmp_path / "absent.csv", START, END)


@pytest.mark.parametrize(
    "name, bar_seconds",
    [
        ("eth_usdt_1h_2020-01_2020-06.csv", 3600),
        ("btc_usdt_1h_2020-01_2020-06.csv", 3600),
        ("eth_usd_10m_gas_2020-03-12.csv", 600),
        ("dai_usd_10m_2020-03-12.csv", 600),
    ],
)
def test_real_files_of_march_2020_are_read(name, bar_seconds):
    size, bars = read_csv(DATA / name, START, END)
    assert size == bar_seconds and len(bars) == 3 * 3600 // bar_seconds


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*_5m_2025-10-09_2025-10-13.csv")))
def test_real_five_minute_files_of_october_2025_are_read(name):
    day = datetime(2025, 10, 10, tzinfo=UTC)
    assert read_csv(DATA / name, day, day.replace(day=11))[0] == 300


def test_the_real_hourly_file_of_eth_has_gaps_and_is_read_whole():
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 7, 1, tzinfo=UTC)
    _, bars = read_csv(DATA / "eth_usdt_1h_2020-01_2020-06.csv", start, end)
    assert len(bars) == 4356 < 182 * 24
