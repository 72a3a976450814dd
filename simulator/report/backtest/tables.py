"""The tables of a backtest: all rules, and every rule on every portfolio."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from simulator.backtest import RuleResult
from simulator.backtest.book import NOTIONAL
from simulator.backtest.record import SCORES, score_rows
from simulator.report.quantities import count, money, percent
from simulator.report.tables import ROWS, Column, Table


def rule_table(results: Sequence[RuleResult]) -> Table:
    """One row per rule."""
    columns = [
        Column("rule", "rule"),
        Column("verdict", "at 5 %"),
        Column("observations", "losses", count),
        Column("exceptions", "exceptions", count),
        Column("expected", "expected", count),
        Column("coverage", "Kupiec p", _probability),
        Column("independence", "indep. p", _probability),
        Column("conditional", "joint p", _probability),
        Column("shortfall", "Acerbi-Szekely p", _probability),
        Column("zone", "Basel zone"),
        Column("margin", "average margin", percent),
        Column("leverage", "leverage allowed", _times),
        Column("scale", "margin needed over margin", _times),
        Column("peak", "peak to trough", _times),
        Column("rise", "largest 5-day rise", _times),
        Column("cash", f"in cash per {NOTIONAL:,.0f}", money),
        Column("beyond", "worst loss beyond", percent),
        Column("date", "on the day after"),
        Column("portfolio", "of"),
    ]
    caption = (
        "All portfolios together: exceptions are summed; p-values are the smallest of any portfolio times their "
        "number; the zone is the worst. Margin needed over margin is the factor under which a rule would have had "
        "exactly the exceptions that its level allows: above 1 it asks too little, below 1 too much. Joint is "
        "Christoffersen's conditional coverage. Fixed parameters of a venue do not target a level; they are tested "
        "against the stated one all the same."
    )
    rows = pd.DataFrame([_rule_row(result) for result in results])
    return Table("rules", "All rules", caption, columns, rows, len(rows), "backtest.json")


def score_table(results: Sequence[RuleResult]) -> Table:
    """One row per rule and portfolio, the most clearly uncovered first."""
    columns = [
        Column("rule", "rule"),
        Column("portfolio", "portfolio"),
        Column("exceptions", "exceptions", count),
        Column("expected", "expected", count),
        Column("kupiec_p_value", "Kupiec p", _probability),
        Column("independence_p_value", "indep. p", _probability),
        Column("conditional_coverage_p_value", "joint p", _probability),
        Column("acerbi_szekely", "Z2", _plain),
        Column("acerbi_szekely_p_value", "Z2 p", _probability),
        Column("zone", "Basel zone"),
        Column("average_margin", "average margin", percent),
        Column("scale_to_level", "margin needed over margin", _times),
        Column("peak_to_trough", "peak to trough", _times),
        Column("worst_exceedance", "worst loss beyond", percent),
        Column("worst_date", "on the day after"),
    ]
    caption = (
        "Each rule on each portfolio, the most clearly uncovered first. These p-values are of one portfolio, as they "
        "are. Peak to trough is missing where margin was zero on some day."
    )
    rows = pd.DataFrame(score_rows(results)).sort_values("kupiec_p_value", kind="stable")
    return Table("scores", "Rule by portfolio", caption, columns, rows.head(ROWS), len(rows), SCORES)


def _rule_row(result: RuleResult) -> dict[str, Any]:
    swing, worst = result.procyclicality, result.worst.worst
    rise = swing.rises.get(5) if swing else None
    return {
        "rule": result.name,
        "verdict": "rejected" if result.rejected else "stands",
        "observations": result.observations,
        "exceptions": result.exceptions,
        "expected": result.expected,
        "coverage": result.coverage,
        "independence": result.independence,
        "conditional": result.conditional_coverage,
        "shortfall": result.shortfall,
        "zone": result.zone.value,
        "margin": result.average_margin,
        "leverage": result.leverage,
        "scale": result.scale,
        "peak": swing.peak_to_trough if swing else None,
        "rise": rise.ratio if rise else None,
        "cash": rise.cash if rise else None,
        "beyond": worst.size,
        "date": worst.date or None,
        "portfolio": result.worst.portfolio if worst.size else None,
    }


def _probability(value: float) -> str:
    return f"{value:.3f}" if value >= 0.0005 else "<0.001"


def _times(value: float) -> str:
    return f"{value:,.2f}x"


def _plain(value: float) -> str:
    return f"{value:,.3f}"
