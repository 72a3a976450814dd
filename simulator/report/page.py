"""Puts the report together: one HTML file with its styles, its script and Plotly inside, so that it opens offline."""

import html
import json
from importlib import resources
from pathlib import Path
from string import Template

import pandas as pd
from plotly.offline import get_plotlyjs

from simulator.errors import DataError
from simulator.report.figures import FIGURES
from simulator.report.findings import Finding, find
from simulator.report.quantities import MISSING, count, duration, money
from simulator.report.run_data import RunData, read_run
from simulator.report.tables import Column, Table, tables

ASSETS = resources.files("simulator.report") / "assets"


def write_report(folder: Path) -> Path:
    """Write `folder`/report.html and return its path.

    Raises
    ------
    DataError
        The folder is no run, a table in it cannot be read, or the file cannot be written.
    """
    path = Path(folder) / "report.html"
    text = page(read_run(folder))
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}); check the folder's permissions") from None
    return path


def page(run: RunData) -> str:
    """The report as one HTML document."""
    title = run.scenario.get("title") or run.scenario.get("name") or run.folder.name
    return Template(_asset("page.html")).substitute(
        title=html.escape(title),
        facts="".join(
            f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in facts(run)
        ),
        tiles="".join(_tile(*tile) for tile in tiles(run)),
        findings="".join(_finding(each) for each in find(run)),
        figures="".join(_figure(name, module, run) for name, module in FIGURES.items()),
        tables="".join(_table(each) for each in tables(run)),
        style=_asset("style.css"),
        script=_asset("report.js"),
        plotly=get_plotlyjs(),
    )


def facts(run: RunData) -> list[tuple[str, str]]:
    """What identifies the run."""
    info = run.info
    return [
        ("scenario", str(run.scenario.get("name", MISSING))),
        ("seed", str(info.seed)),
        ("chain", info.chain),
        ("margin rule", str(run.scenario.get("protocol", {}).get("rule", MISSING))),
        ("liquidation", str(run.scenario.get("liquidation", {}).get("mechanism", MISSING))),
        ("finality", str(run.scenario.get("finality", {}).get("model", MISSING)).replace("_", " ")),
        ("status", info.status),
        ("computed in", duration(info.wall_seconds)),
        ("seawall", info.versions.get("seawall", MISSING)),
        ("digest", info.digest or MISSING),
    ]


def tiles(run: RunData) -> list[tuple[str, str]]:
    """The headline numbers."""
    summary, quote = run.summary, run.quote
    simulated = len(run.metrics) and run.metrics["timestamp"].iloc[-1] - run.metrics["timestamp"].iloc[0]
    return [
        ("simulated", duration(float(simulated))),
        ("blocks", count(summary["blocks"])),
        ("transactions", count(summary["transactions"])),
        ("liquidations", count(summary["liquidations"])),
        ("bad debt", money(summary["bad_debt"], quote)),
        ("paid by the fund", money(summary["insurance_used"], quote)),
        ("socialised", money(summary["socialised_loss"], quote)),
        ("peak below maintenance", f"{count(summary['peak_accounts_below_maintenance'])} accounts"),
    ]


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _tile(label: str, value: str) -> str:
    return f'<div class="tile"><strong>{html.escape(value)}</strong><span>{html.escape(label)}</span></div>'


def _finding(finding: Finding) -> str:
    subject, text = html.escape(finding.subject.capitalize()), html.escape(finding.text)
    return f'<li class="{finding.tone}"><b>{subject}</b><span class="tone">{finding.tone}</span><p>{text}</p></li>'


def _figure(name: str, module, run: RunData) -> str:
    figure = module.draw(run)
    if figure is None:
        body = '<p class="empty">Nothing was recorded for this figure.</p>'
    else:
        body = (
            f'<div class="plot" id="plot-{name}" style="height:{figure.layout.height}px" role="img" '
            f'aria-label="{html.escape(module.TITLE)}"></div>'
            f'<script type="application/json" data-plot="plot-{name}">{_script_safe(figure.to_json())}</script>'
        )
    caption = html.escape(module.CAPTION)
    return f'<figure id="{name}"><h2>{html.escape(module.TITLE)}</h2>{body}<figcaption>{caption}</figcaption></figure>'


def _script_safe(text: str) -> str:
    """JSON that cannot end the script element it stands in, whatever names a scenario uses."""
    return text.replace("</", "<\\/").replace("<!--", "<\\u0021--")


def _table(table: Table) -> str:
    shown = len(table.rows)
    note = (
        f" {count(shown)} of {count(table.total)} rows; all of them are in {table.source}."
        if shown < table.total
        else ""
    )
    head = f"<h2>{html.escape(table.title)}</h2><p>{html.escape(table.caption + note)}</p>"
    if table.rows.empty:
        return f'<section id="{table.name}">{head}<p class="empty">There were none.</p></section>'
    headings = "".join(
        f'<th scope="col"{_numeric(column)}><button type="button">{html.escape(column.heading)}</button></th>'
        for column in table.columns
    )
    rows = "".join(f"<tr>{_cells(table.columns, row)}</tr>" for row in table.rows.to_dict("records"))
    return (
        f'<section id="{table.name}">{head}<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{html.escape(table.title)}"><table class="sortable"><thead><tr>{headings}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _numeric(column: Column) -> str:
    return ' class="number"' if column.show else ""


def _cells(columns: list[Column], row: dict) -> str:
    return "".join(_cell(column, row[column.field]) for column in columns)


def _cell(column: Column, value) -> str:
    """A cell; numbers carry the value they sort by."""
    if pd.isna(value):
        return f"<td{_numeric(column)}>{MISSING}</td>"
    if column.show is None:
        return f"<td>{html.escape(str(value).replace('_', ' '))}</td>"
    return f'<td class="number" data-value="{json.dumps(float(value))}">{html.escape(column.show(float(value)))}</td>'
