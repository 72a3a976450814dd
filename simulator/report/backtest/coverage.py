"""Margin of every rule against the losses that followed, exceptions marked."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from simulator.backtest import RuleResult, Walk
from simulator.report.figures.canvas import BLUE, GREY, VERMILLION, line, panels
from simulator.report.quantities import percent
from simulator.report.series import milliseconds, thin

ROW = 150
"""Pixels of one rule's panel."""


def shown_portfolios(walk: Walk, results: Sequence[RuleResult]) -> list[int]:
    """The columns drawn: of portfolios without and of those with options, the one that margins fall short on most."""
    shown = []
    for linear in (True, False):
        columns = [column for column, each in enumerate(walk.portfolios) if each.is_linear == linear]
        if columns:
            shown.append(max(columns, key=lambda column: sum(_failure(result, column) for result in results)))
    return shown


def describe(walk: Walk, column: int) -> tuple[str, str]:
    """Title and caption."""
    name = walk.portfolios[column].name
    return f"Margin against loss: {name}", (
        "A panel for each rule, in per cent of notional. The line is the margin that the rule sets from the past; grey "
        "is what was lost over the horizon that followed. Crosses are exceptions: losses beyond the margin. They "
        f"should be {percent(1 - walk.terms.level)} of all, and not come in groups. Of the portfolios "
        f"{'without' if walk.portfolios[column].is_linear else 'with'} options {name} is the one on which most margins "
        "fall short. All panels have one scale; the very highest margins go beyond it."
    )


def draw(walk: Walk, column: int) -> go.Figure:
    """One panel per rule over the days of the test."""
    figure = panels([rule.name for rule in walk.rules], walk.time)
    loss = 100 * np.maximum(walk.loss[:, column], 0.0)
    beyond = walk.exceptions
    for number in range(len(walk.rules)):
        margin = 100 * walk.margin[number, :, column]
        hits = np.flatnonzero(beyond[number, :, column])
        first = number == 0
        where = {"row": number + 1, "col": 1}
        figure.add_trace(_losses(walk, loss, first), **where)
        figure.add_trace(line(walk.time, margin, "margin", BLUE, legendgroup="margin", showlegend=first), **where)
        figure.add_trace(_exceptions(walk, loss, hits, first), **where)
    figure.update_layout(height=max(360, ROW * len(walk.rules)), hovermode="x")
    figure.update_xaxes(hoverformat="%d %b %Y")
    # A few days of one rule's extreme margin would flatten all the others.
    highest = max(loss.max(), 100 * np.quantile(walk.margin[:, :, column], 0.998))
    figure.update_yaxes(range=[0, 1.05 * highest], ticksuffix=" %", nticks=4, title={"font": {"size": 11}})
    return figure


def _failure(result: RuleResult, column: int) -> float:
    """How clearly there are too many exceptions, as the logarithm of Kupiec's p-value.

    Capped, so that one rule alone does not decide.
    """
    score = result.scores[column]
    return min(-np.log10(max(score.coverage.p_value, 1e-6)), 6.0) if score.exceptions > score.expected else 0.0


def _losses(walk: Walk, loss: np.ndarray, first: bool) -> go.Scatter:
    kept = thin(loss)
    return go.Scatter(
        x=milliseconds(walk.time[kept]),
        y=loss[kept].astype(np.float32),
        name="loss",
        mode="lines",
        line={"width": 0.8, "color": GREY},
        fill="tozeroy",
        fillcolor="rgba(128,128,128,0.35)",
        legendgroup="loss",
        showlegend=first,
    )


def _exceptions(walk: Walk, loss: np.ndarray, hits: np.ndarray, first: bool) -> go.Scatter:
    # A trace without points would have no entry in the legend, so the first panel has one that is not seen.
    chosen = hits if len(hits) else np.array([0])
    return go.Scatter(
        x=milliseconds(walk.time[chosen]),
        y=loss[hits].astype(np.float32) if len(hits) else [None],
        name="exception",
        mode="markers",
        marker={"symbol": "x-thin", "size": 7, "line": {"width": 2, "color": VERMILLION}, "color": VERMILLION},
        legendgroup="exception",
        showlegend=first,
    )
