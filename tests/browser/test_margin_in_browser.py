"""The page of a portfolio's margin as a reader's browser shows it."""

from pathlib import Path

import pytest

from simulator.portfolio.load import load
from simulator.portfolio.margins import margins
from simulator.report.margin_page import write_margin_page
from simulator.risk.presets import preset

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "derive-book.json"


@pytest.fixture(scope="module")
def margin_page(tmp_path_factory):
    path = tmp_path_factory.mktemp("margin") / "margin.html"
    portfolio, presets = load(EXAMPLE), [preset("derive-pm2"), preset("isolated")]
    write_margin_page(path, portfolio, list(zip(presets, margins(portfolio, presets), strict=True)))
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_the_surface_is_drawn_with_its_scenarios(browser, margin_page, width):
    browser.open(margin_page, width, dark=width < 600)
    assert browser.problems == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    surface = "document.querySelector('#plot-surface-0-0')"
    assert browser.evaluate(f"{surface}.querySelectorAll('.contour').length") > 0
    # 23 undamped scenarios, one of them the star; 31 bars.
    assert browser.evaluate(f"{surface}.querySelectorAll('.scatterlayer .points path').length") == 23
    assert browser.evaluate(f"{surface}.querySelectorAll('.barlayer .point').length") == 31
