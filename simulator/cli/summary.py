"""The result of a run on the terminal: what happened, what it means, where the report is."""

from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from simulator.cli import output
from simulator.report import RunData, Tone, find
from simulator.report.quantities import MISSING, count, duration, money

MARKS = {
    Tone.GOOD: Text("good", "green"),
    Tone.NOTE: Text("note", "cyan"),
    Tone.WARNING: Text("warning", "yellow"),
    Tone.BAD: Text("bad", "bold red"),
}


def show(run: RunData, report: Path) -> None:
    """Print the summary of a run: its figures, the time line of its liquidations, and the verdict."""
    console = output.console()
    console.print()
    console.print(_figures(run))
    if len(run.liquidations):
        console.print()
        console.print(_timeline(run.liquidations))
    console.print()
    console.print(_verdict(run))
    console.print()
    output.line(f"run     {run.folder}")
    output.line(f"report  {report}")


def _grid() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    return table


def _figures(run: RunData) -> Table:
    summary, quote = run.summary, run.quote
    settled = summary["settlements"]
    failed = int(run.blocks.loc[run.blocks["phase"] == "run", "failed"].sum())
    table = _grid()
    table.add_column(overflow="fold")
    rows: list[tuple[str, Any]] = [
        ("digest", summary["digest"] or MISSING),
        ("blocks", f"{count(summary['blocks'])} in {duration(summary['wall_seconds'])} on {summary['chain']}"),
        ("transactions", f"{count(summary['transactions'])} ({count(failed)} failed)"),
        ("liquidations", count(summary["liquidations"])),
        ("settlements", ", ".join(f"{count(n)} {status}" for status, n in settled.items() if n) or "none"),
        ("bad debt", money(summary["bad_debt"], quote)),
        ("insurance used", money(summary["insurance_used"], quote)),
        ("socialised loss", money(summary["socialised_loss"], quote)),
        ("below maintenance", f"{count(summary['peak_accounts_below_maintenance'])} accounts at the peak"),
    ]
    for name, value in rows:
        table.add_row(name, Text(value))
    return table


def _timeline(closed: pd.DataFrame) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("time of liquidations", style="dim")
    for heading in ("median", "slowest 5 %", "worst", "reached"):
        table.add_column(heading, justify="right")
    for name, label in (
        ("to_liquidation", "breach to liquidation"),
        ("to_safe", "liquidation to safe"),
        ("to_final", "liquidation to final"),
    ):
        seconds = closed[name].dropna()
        figures = (seconds.median(), seconds.quantile(0.95), seconds.max())
        table.add_row(label, *map(duration, figures), f"{count(len(seconds))} of {count(len(closed))}")
    return table


def _verdict(run: RunData) -> Table:
    table = _grid()
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in find(run):
        table.add_row(finding.subject, MARKS[finding.tone], Text(finding.text))
    return table
