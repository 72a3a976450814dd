"""The report as a reader's browser shows it."""

import pytest

from simulator.report import write_report
from simulator.report.figures import FIGURES

WIDTHS = (1280, 390)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_error_and_nothing_fetched(browser, report, dark):
    browser.open(report, 1280, dark=dark)
    assert browser.problems == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_does_not_scroll_sideways(browser, report, width):
    browser.open(report, width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    # Nothing but the tables' own boxes may be wider than the window.
    wide = browser.evaluate(
        "[...document.querySelectorAll('main *:not(.scroll *)')].filter("
        f"e => e.getBoundingClientRect().right > {width} + 0.5 && !e.closest('svg, .scroll, script, style'))"
        ".map(e => e.tagName + '.' + e.className)"
    )
    assert wide == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_figure_is_drawn(browser, crash_report, width):
    browser.open(crash_report, width)
    for name in FIGURES:
        drawn = browser.evaluate(f"document.querySelectorAll('#plot-{name} .trace path').length")
        assert drawn > 0, name


def test_figures_follow_the_theme(browser, crash_report):
    ink = "getComputedStyle(document.querySelector('#plot-price .ytick text')).fill"
    browser.open(crash_report, 1280)
    light = browser.evaluate(ink)
    browser.open(crash_report, 1280, dark=True)
    assert browser.evaluate(ink) != light


@pytest.mark.parametrize("width", WIDTHS)
def test_labels_of_a_figure_do_not_overlap(browser, crash_report, width):
    browser.open(crash_report, width)
    overlapping = browser.evaluate(
        """[...document.querySelectorAll('div.plot')].flatMap(plot => {
          const labels = [...plot.querySelectorAll('.legend, text[class$=title], g[class$=tick] text')];
          const boxes = labels.map(label => label.getBoundingClientRect());
          return boxes.flatMap((p, i) => boxes.slice(i + 1).flatMap((q, j) =>
            p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1
              ? [plot.id + ': ' + labels[i].textContent + ' | ' + labels[i + 1 + j].textContent] : []));
        })"""
    )
    assert overlapping == []


def column(browser, table, number):
    """Texts of a column of a table."""
    return browser.evaluate(
        f"[...document.querySelectorAll('#{table} tbody tr')].map(row => row.cells[{number}].textContent)"
    )


def click(browser, table, number):
    browser.evaluate(f"document.querySelectorAll('#{table} th button')[{number}].click()")


def test_numbers_sort_by_value_and_back(browser, crash_report):
    browser.open(crash_report, 1280)
    peak = 2
    click(browser, "accounts", peak)
    shown = [float(text.replace(",", "")) for text in column(browser, "accounts", peak)]
    assert shown == sorted(shown)
    click(browser, "accounts", peak)
    shown = [float(text.replace(",", "")) for text in column(browser, "accounts", peak)]
    assert shown == sorted(shown, reverse=True)


def test_the_sorted_column_is_announced(browser, crash_report):
    browser.open(crash_report, 1280)
    click(browser, "accounts", 0)
    click(browser, "accounts", 3)
    said = "[...document.querySelectorAll('#accounts th')].map(th => th.getAttribute('aria-sort'))"
    assert [each for each in browser.evaluate(said) if each] == ["ascending"]
    assert browser.evaluate(said)[3] == "ascending"


@pytest.mark.parametrize("clicks", [1, 2], ids=["ascending", "descending"])
def test_what_is_missing_sorts_last(browser, interrupted_run, clicks):
    browser.open(write_report(interrupted_run), 1280)
    to_final = 14
    for _ in range(clicks):
        click(browser, "liquidations", to_final)
    missing = [text == "n/a" for text in column(browser, "liquidations", to_final)]
    assert any(missing) and not all(missing)
    assert missing == sorted(missing)


def test_text_has_enough_contrast_in_both_themes(browser, crash_report):
    for dark in (False, True):
        browser.open(crash_report, 1280, dark=dark)
        faint = browser.evaluate(
            """(() => {
              const light = text => { const v = text.match(/[\\d.]+/g).slice(0, 3).map(c => { c /= 255;
                return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
                return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
              const page = light(getComputedStyle(document.body).backgroundColor);
              return ['h1', 'p.brand', 'dt', 'figcaption', '.good .tone', '.warning .tone', '.note .tone']
                .filter(each => { const ink = light(getComputedStyle(document.querySelector(each)).color);
                  const [high, low] = ink > page ? [ink, page] : [page, ink];
                  return (high + 0.05) / (low + 0.05) < 4.5; });
            })()"""
        )
        assert faint == []
