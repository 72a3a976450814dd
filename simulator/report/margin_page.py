"""The margin of a portfolio as one HTML file: the figures behind the numbers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from simulator.errors import DataError
from simulator.portfolio.answer import PortfolioMargin
from simulator.portfolio.columns import columns
from simulator.portfolio.risk_array_margin import has_risk_arrays
from simulator.portfolio.schema import Portfolio
from simulator.portfolio.surface import surface
from simulator.report.document import document, figure_html
from simulator.report.figures.surface import CAPTION, draw
from simulator.report.findings import Finding, Tone
from simulator.risk.presets import Preset


def write_margin_page(path: Path, portfolio: Portfolio, found: Sequence[tuple[Preset, PortfolioMargin]]) -> None:
    """Write the page to `path`, which opens offline.

    Raises
    ------
    DataError
        The file cannot be written, or the portfolio has no prices to move.
    """
    text = page(portfolio, found)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror}); check the folder's permissions") from None


def page(portfolio: Portfolio, found: Sequence[tuple[Preset, PortfolioMargin]]) -> str:
    """The page as one HTML document."""
    if has_risk_arrays(portfolio):
        raise DataError("a portfolio of risk arrays has no prices to move, and so no surface to draw")
    valued = columns(portfolio)
    held = sorted({int(asset) for asset in valued.instruments.underlying[valued.holdings.sizes[0] != 0]})
    figures = [
        figure_html(
            f"surface-{number}-{asset}",
            f"{margin.rule}: {valued.assets[asset]}",
            CAPTION,
            draw(surface(valued, preset, asset), margin, asset),
        )
        for number, (preset, margin) in enumerate(found)
        for asset in held
    ]
    first = found[0][1]
    time = np.datetime64(portfolio.time, "s")
    return document(
        title=portfolio.title or "Portfolio margin",
        facts=[("valued at", f"{time}Z"), ("positions", str(len(portfolio.positions))), ("in", first.unit)],
        tiles=[
            (f"{margin.rule}, {name}", f"{value:,.8g}")
            for _, margin in found
            for name, value in (("initial margin", margin.initial), ("maintenance margin", margin.maintenance))
        ],
        findings=[_finding(margin) for _, margin in found],
        figures=figures,
        tables=[],
    )


def _finding(margin: PortfolioMargin) -> Finding:
    required = margin.equity - margin.initial
    needs = f"Requires {required:,.8g} {margin.unit} to open and has {margin.equity:,.8g}."
    if margin.maintenance < 0:
        return Finding(margin.rule, Tone.BAD, f"{needs} Below maintenance: it would be liquidated.")
    if margin.initial < 0:
        return Finding(margin.rule, Tone.WARNING, f"{needs} Above maintenance: it may only reduce risk.")
    return Finding(margin.rule, Tone.GOOD, f"{needs} Healthy.")
