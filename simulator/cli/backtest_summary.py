"""The result of a backtest on the terminal: one table of all rules, then what it means."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from simulator.backtest import RuleResult, Walk
from simulator.cli import output
from simulator.report.quantities import MISSING, count, percent

HEADINGS = (
    "beyond\nmargin",
    "expec-\nted",
    "Kupiec\np",
    "indep.\np",
    "cond.\np",
    "ES\np",
    "Basel\nzone",
    "margin\n%",
    "lever-\nage",
    "needs\ntimes",
    "peak/\ntrough",
    "worst\n%",
)
LEGEND = (
    "p-values: least of all portfolios times their number. margin, worst: % of notional. needs: margin for exactly the "
    "expected exceptions, over margin."
)
ZONES = {"green": "green", "yellow": "yellow", "red": "bold red"}


def show(walk: Walk, results: Sequence[RuleResult], page: Path) -> None:
    """Print the table of rules, a sentence on each, and where the page is."""
    console, history, terms = output.console(), walk.history, walk.terms
    first, last = history.date(int(walk.days[0])), history.date(int(walk.days[-1]))
    tested = len(walk.days[walk.tested])
    console.print(
        f"{', '.join(history.assets)}, {first} to {last}: {count(tested)} losses over {terms.horizon} day(s) on each "
        f"of {len(walk.portfolios)} portfolio(s), level {percent(terms.level)}, window {terms.window} days"
    )
    console.print()
    console.print(_table(results))
    console.print(LEGEND, style="dim")
    console.print()
    for result in results:
        mark, style = (
            ("rejected", "bold red" if result.unsafe else "yellow") if result.rejected else ("stands", "green")
        )
        console.print(Text.assemble((f"{mark:8} ", style), result.verdict))
    console.print()
    output.line(f"results {page.parent}")
    output.line(f"page    {page}")


def _table(results: Sequence[RuleResult]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("rule\n", no_wrap=True)
    for heading in HEADINGS:
        table.add_column(heading, justify="right", no_wrap=True)
    for each in results:
        swing = each.procyclicality
        table.add_row(
            each.name,
            count(each.exceptions),
            count(each.expected),
            *(_probability(p) for p in (each.coverage, each.independence, each.conditional_coverage, each.shortfall)),
            Text(each.zone, ZONES[each.zone]),
            f"{100 * each.average_margin:.1f}",
            f"{each.leverage:.1f}" if each.leverage else MISSING,
            f"{each.scale:.2f}",
            f"{swing.peak_to_trough:.1f}" if swing else MISSING,
            f"{100 * each.worst.worst.size:.1f}",
        )
    return table


def _probability(value: float | None) -> Text:
    """A p-value, red where it rejects at 5 %."""
    if value is None:
        return Text(MISSING)
    return Text(f"{value:.3f}" if value >= 0.0005 else "<.001", "red" if value < 0.05 else "")
