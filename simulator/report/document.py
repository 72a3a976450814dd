"""The one HTML file of any report: its styles, its script and Plotly inside, so that it opens offline."""

import html
import json
from collections.abc import Iterable
from importlib import resources
from string import Template

import pandas as pd
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from simulator.report.findings import Finding
from simulator.report.quantities import MISSING, count
from simulator.report.tables import Column, Table

ASSETS = resources.files("simulator.report") / "assets"


def document(
    title: str,
    facts: Iterable[tuple[str, str]],
    tiles: Iterable[tuple[str, str]],
    findings: Iterable[Finding],
    figures: Iterable[str],
    tables: Iterable[Table],
) -> str:
    """A report from its parts, top to bottom; `figures` are those of `figure_html`."""
    return Template(_asset("page.html")).substitute(
        title=html.escape(title),
        facts="".join(f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>" for name, value in facts),
        tiles="".join(_tile(*tile) for tile in tiles),
        findings="".join(_finding(each) for each in findings),
        figures="".join(figures),
        tables="".join(_table(each) for each in tables),
        style=_asset("style.css"),
        script=_asset("report.js"),
        plotly=get_plotlyjs(),
    )


def figure_html(name: str, title: str, caption: str, figure: go.Figure | None) -> str:
    """A figure with its heading above and its caption below; None says that there was nothing to draw."""
    if figure is None:
        body = '<p class="empty">Nothing was recorded for this figure.</p>'
    else:
        body = (
            f'<div class="plot" id="plot-{name}" style="height:{figure.layout.height}px" role="img" '
            f'aria-label="{html.escape(title)}"></div>'
            f'<script type="application/json" data-plot="plot-{name}">{_script_safe(figure.to_json())}</script>'
        )
    text = html.escape(caption)
    return f'<figure id="{name}"><h2>{html.escape(title)}</h2>{body}<figcaption>{text}</figcaption></figure>'


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _tile(label: str, value: str) -> str:
    return f'<div class="tile"><strong>{html.escape(value)}</strong><span>{html.escape(label)}</span></div>'


def _finding(finding: Finding) -> str:
    subject, text = html.escape(finding.subject.capitalize()), html.escape(finding.text)
    return f'<li class="{finding.tone}"><b>{subject}</b><span class="tone">{finding.tone}</span><p>{text}</p></li>'


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
        kind = ' class="sentences"' if column.sentences else ""
        return f"<td{kind}>{html.escape(str(value).replace('_', ' '))}</td>"
    return f'<td class="number" data-value="{json.dumps(float(value))}">{html.escape(column.show(float(value)))}</td>'
