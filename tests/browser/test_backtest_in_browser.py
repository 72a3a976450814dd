"""The page of a backtest as a reader's browser shows it."""

import pytest
from backtest_walk import small_walk

from simulator.backtest import results, scores
from simulator.report.backtest import write_backtest_page

WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    done = small_walk()
    return write_backtest_page(tmp_path_factory.mktemp("backtest"), done, results(done, scores(done)))


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wrong_fetched_or_wider_than_the_window(browser, page, width):
    browser.open(page, width)
    assert browser.problems == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_of_a_backtest_is_drawn(browser, page, width):
    browser.open(page, width)
    plots = browser.evaluate("[...document.querySelectorAll('div.plot')].map(plot => plot.id)")
    assert plots == ["plot-margins-1", "plot-margins-2", "plot-cost", "plot-swings"]
    for plot in plots:
        assert browser.evaluate(f"document.querySelectorAll('#{plot} .trace path').length") > 0, plot
