"""The page of a backtest holds what was computed, and nothing from elsewhere."""

import html
import re

import pytest
from backtest_walk import small_walk

from simulator.backtest import results, scores
from simulator.report.backtest import cost, coverage, swings, write_backtest_page
from simulator.report.backtest.page import backtest_page


@pytest.fixture(scope="module")
def done():
    return small_walk()


@pytest.fixture(scope="module")
def judged(done):
    return results(done, scores(done))


@pytest.fixture(scope="module")
def text(done, judged):
    return backtest_page(done, judged)


def test_the_page_is_one_file_with_nothing_fetched(text):
    assert text.count("plotly.js v") == 1 and len(text.encode()) < 7e6
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=\"(?!data:)", text)


def test_every_rule_has_its_verdict_and_its_row(text, judged):
    for result in judged:
        assert html.escape(result.verdict) in text
        assert f"<td>{result.name}</td>" in text


def test_exceptions_are_marked_where_losses_pass_margin(done):
    figure = coverage.draw(done, 0)
    for number in range(len(done.rules)):
        marked = figure.data[3 * number + 2]
        beyond = done.loss[:, 0] > done.margin[number, :, 0]
        assert sum(value is not None for value in marked.y) == beyond.sum()


def test_one_portfolio_of_each_sort_is_drawn(done, judged):
    shown = [done.portfolios[column] for column in coverage.shown_portfolios(done, judged)]
    assert [portfolio.is_linear for portfolio in shown] == [True, False]


def test_every_rule_is_a_point_of_cost_and_a_group_of_bars(done, judged):
    names = {result.name for result in judged}
    assert {name for trace in cost.draw(done, judged).data for name in trace.text} == names
    for trace in swings.draw(judged).data:
        assert set(trace.y) == names


def test_names_of_portfolios_are_no_markup(tmp_path, done, judged):
    from dataclasses import replace

    hostile = [replace(each, name="</script><b>") for each in done.portfolios]
    written = write_backtest_page(tmp_path, replace(done, portfolios=tuple(hostile)), judged)
    assert "</script><b>" not in written.read_text()
