"""Puts the page of a backtest together."""

from collections.abc import Sequence
from pathlib import Path

from simulator import __version__
from simulator.backtest import RuleResult, Walk
from simulator.backtest.record import PAGE
from simulator.errors import DataError
from simulator.report.backtest import cost, coverage, swings
from simulator.report.backtest.tables import rule_table, score_table
from simulator.report.document import document, figure_html
from simulator.report.findings import Finding, Tone
from simulator.report.quantities import MISSING, count, percent


def write_backtest_page(folder: Path, walk: Walk, results: Sequence[RuleResult]) -> Path:
    """Write `folder`/backtest.html and return its path.

    Raises
    ------
    DataError
        The file cannot be written.
    """
    path = Path(folder) / PAGE
    try:
        path.write_text(backtest_page(walk, results), encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}); check the folder's permissions") from None
    return path


def backtest_page(walk: Walk, results: Sequence[RuleResult]) -> str:
    """The page as one HTML document."""
    return document(
        title=f"Backtest of margin rules on {' and '.join(walk.history.assets)}",
        facts=_facts(walk),
        tiles=_tiles(walk, results),
        findings=[_finding(result) for result in results],
        figures=[
            *(
                figure_html(f"margins-{number + 1}", *coverage.describe(walk, column), coverage.draw(walk, column))
                for number, column in enumerate(coverage.shown_portfolios(walk, results))
            ),
            figure_html("cost", cost.TITLE, cost.CAPTION, cost.draw(walk, results)),
            figure_html("swings", swings.TITLE, swings.CAPTION, swings.draw(results)),
        ],
        tables=[rule_table(results), score_table(results)],
    )


def _facts(walk: Walk) -> list[tuple[str, str]]:
    terms, history = walk.terms, walk.history
    return [
        ("assets", ", ".join(history.assets)),
        ("margins set", f"{history.date(int(walk.days[0]))} to {history.date(int(walk.days[-1]))}"),
        ("level", percent(terms.level)),
        ("horizon", _days(terms.horizon)),
        ("window", _days(terms.window)),
        ("shortfall level", percent(terms.shortfall_level)),
        ("seed", str(terms.seed)),
        ("seawall", __version__),
    ]


def _tiles(walk: Walk, results: Sequence[RuleResult]) -> list[tuple[str, str]]:
    standing = [result for result in results if not result.rejected]
    cheapest = min(standing, key=lambda result: result.average_margin, default=None)
    worst = max(results, key=lambda result: result.worst.worst.size).worst.worst
    return [
        ("rules tested", count(len(results))),
        ("rejected at 5 %", count(len(results) - len(standing))),
        ("cheapest that stands", cheapest.name if cheapest else MISSING),
        ("its average margin", percent(cheapest.average_margin) if cheapest else MISSING),
        ("portfolios", count(len(walk.portfolios))),
        ("losses on each", count(len(walk.days[walk.tested]))),
        ("worst loss beyond margin", percent(worst.size)),
        ("on the day after", worst.date or MISSING),
    ]


def _finding(result: RuleResult) -> Finding:
    tone = Tone.BAD if result.unsafe else Tone.WARNING if result.rejected else Tone.GOOD
    return Finding(result.name, tone, result.verdict)


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number:,} days"
