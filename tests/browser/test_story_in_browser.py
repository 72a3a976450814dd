"""The timeline of a liquidation as a reader's browser shows it."""

import pytest

from simulator.explain import Evidence, telling_story
from simulator.record import Run
from simulator.report import write_report
from simulator.report.story_page import write_story_page
from simulator.run import run_scenario
from simulator.scenario.load import load

WIDTHS = (1280, 390)
BLOCKS = 340
"""Until the first reorganisation that undoes liquidations which others win."""


@pytest.fixture(scope="module")
def storm(tmp_path_factory):
    """The folder of a run in which liquidations come undone. Read only."""
    folder = tmp_path_factory.mktemp("storm") / "run"
    run_scenario(load("reorg-storm"), out=folder, blocks=BLOCKS)
    return folder


@pytest.fixture(scope="module")
def page(storm):
    """The page of its most telling liquidation."""
    evidence = Evidence(Run.open(storm))
    path = storm / "story.html"
    write_story_page(path, evidence, [telling_story(evidence)])
    return path


@pytest.mark.parametrize("width", WIDTHS)
def test_the_timeline_is_drawn_and_fits(browser, page, width):
    browser.open(page, width)
    assert browser.problems == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("document.querySelectorAll('#plot-story-0 .trace path').length") > 20


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_shows_the_most_telling_liquidation(browser, storm, width):
    browser.open(write_report(storm), width)
    assert browser.problems == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate("document.querySelectorAll('#plot-story .trace path').length") > 20
    assert "undone by reorganisation" in browser.evaluate("document.querySelector('#moments').textContent")


def test_what_came_undone_is_hollow(browser, page):
    browser.open(page, 1280)
    hollow = browser.evaluate(
        "[...document.querySelectorAll('#plot-story-0 .point')].filter(p => getComputedStyle(p).fill === 'none').length"
    )
    assert hollow > 0


def test_a_long_sentence_goes_on_in_the_next_line(browser, page):
    browser.open(page, 1280)
    assert browser.evaluate("(e => e.scrollWidth <= e.clientWidth)(document.querySelector('#moments-0 .scroll'))")
