"""The page holds what the run recorded, and nothing from elsewhere."""

import html
import json
import re
import shutil

import numpy as np
import pytest

from simulator.errors import DataError
from simulator.record import Run
from simulator.report import read_run, write_report
from simulator.report.figures import FIGURES
from simulator.report.figures.waterfall import layers_of
from simulator.report.page import page
from simulator.report.quantities import count, money
from simulator.report.tables import ROWS, tables

MEGABYTE = 1e6


@pytest.fixture(scope="module")
def text(crash_run):
    return page(read_run(crash_run))


@pytest.fixture
def damaged_run(calm_run, tmp_path):
    """A copy of a run whose metrics are not Parquet."""
    folder = shutil.copytree(calm_run, tmp_path / "damaged")
    for part in (folder / "metrics.parquet").iterdir():
        part.write_bytes(b"nothing of the kind")
    return folder


def test_the_report_is_one_small_file(text):
    assert len(text.encode()) < 6 * MEGABYTE


def test_the_report_of_two_days_is_still_small(tmp_path):
    from synthetic_run import write_synthetic_run

    run = write_synthetic_run(tmp_path / "long", blocks=14_400)
    assert write_report(run).stat().st_size < 6 * MEGABYTE


def test_plotly_is_inside_once_and_nothing_is_fetched(text):
    assert text.count("plotly.js v") == 1
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=\"(?!data:)", text)


def test_the_headline_numbers_are_those_of_the_summary(text, crash_run):
    summary = Run.open(crash_run).summary()
    tiles = re.findall(r'<div class="tile"><strong>([^<]*)</strong><span>([^<]*)</span>', text)
    shown = {label: value for value, label in tiles}
    assert shown["liquidations"] == count(summary["liquidations"])
    assert shown["transactions"] == count(summary["transactions"])
    assert shown["bad debt"] == money(summary["bad_debt"], "USD")
    assert summary["digest"] in text


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_tells_how_to_read_it_and_labels_its_axes(name, crash_run):
    module = FIGURES[name]
    layout = module.draw(read_run(crash_run)).to_plotly_json()["layout"]
    assert module.TITLE and len(module.CAPTION) > 60
    vertical = [axis for key, axis in layout.items() if key.startswith("yaxis")]
    assert all("title" in axis for axis in vertical)
    assert any(axis.get("title", {}).get("text") for key, axis in layout.items() if key.startswith("xaxis"))


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "timeline"])
def test_every_figure_spans_the_run(name, crash_run):
    run = read_run(crash_run)
    start, end = 1000 * run.metrics["timestamp"].iloc[0], 1000 * run.metrics["timestamp"].iloc[-1]
    traces = [trace for trace in FIGURES[name].draw(run).data if trace.type == "scatter" and trace.mode == "lines"]
    assert any(
        trace.x[0] <= start + 0.02 * (end - start) and trace.x[-1] >= end - 0.02 * (end - start) for trace in traces
    )


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("run", ["calm_run", "one_block_run", "interrupted_run"])
def test_every_figure_copes_with_little_data(name, run, request):
    data = read_run(request.getfixturevalue(run))
    figure = FIGURES[name].draw(data)
    assert figure is None or figure.to_json()


def test_a_run_cut_before_its_first_block_still_has_a_page(tmp_path):
    from simulator.record import RunWriter

    with RunWriter(tmp_path / "run", {"name": "none"}, 1, "embedded", {}) as writer:
        writer.append("blocks", (1, 1_583_971_200, "setup", 0.0, 0, 0, 0, 0, 0, None))
        writer.block_done(1)
    text = page(read_run(tmp_path / "run"))
    assert text.count("Nothing was recorded for this figure.") == len(FIGURES)
    assert "the run ended before anything was recorded" in text


def test_the_loss_layers_add_up(crash_run):
    run = read_run(crash_run)
    layers = layers_of(run)
    assert layers["insurance fund"] + layers["all accounts"] == pytest.approx(run.summary["bad_debt"])
    solvent = run.liquidations[run.liquidations["equity"] > 0]
    # The synthetic liquidator pays 90 % of equity and the account a fee of 1 %.
    assert layers["liquidated accounts"] == pytest.approx(0.11 * solvent["equity"].sum())


def test_an_account_cannot_lose_more_than_its_equity(crash_run):
    run = read_run(crash_run)
    run.__dict__["liquidations"] = run.liquidations.head(1).assign(equity=40.0, fraction=1.0, payment=-70.0, fee=0.0)
    assert layers_of(run)["liquidated accounts"] == pytest.approx(40.0)


def test_the_price_figure_keeps_the_bottom_of_the_crash(crash_run):
    run = read_run(crash_run)
    market = FIGURES["price"].draw(run).data[0]
    assert np.isclose(market.y.min(), run.metrics["spot_ETH"].min())


def test_tables_are_cut_and_say_so(crash_run):
    run = read_run(crash_run)
    run.__dict__["liquidations"] = run.liquidations.loc[run.liquidations.index.repeat(20)]
    table = tables(run)[0]
    assert len(table.rows) == ROWS < table.total
    assert f"{count(ROWS)} of {count(table.total)} rows; all of them are in settlements.parquet" in page(run)


def test_cells_carry_the_number_they_sort_by(text, crash_run):
    worst = read_run(crash_run).liquidations["bad_debt"].max()
    assert f'data-value="{json.dumps(worst)}">{html.escape(money(worst))}<' in text


def test_names_from_a_scenario_are_no_markup(calm_run):
    run = read_run(calm_run)
    run.info.scenario["title"] = "<script>alert(1)</script>"
    run.info.scenario["market"]["quote"] = "</script><b>"
    written = page(run)
    assert "<script>alert" not in written and "</script><b>" not in written


@pytest.mark.parametrize("what", ["missing", "empty", "damaged"])
def test_what_is_no_run_is_refused_in_one_line(what, tmp_path, request):
    folder = tmp_path / what
    if what == "empty":
        folder.mkdir()
    if what == "damaged":
        folder = request.getfixturevalue("damaged_run")
    with pytest.raises(DataError) as caught:
        write_report(folder)
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)
