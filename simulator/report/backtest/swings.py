"""Procyclicality: how much margin moves with the market."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from simulator.backtest import RuleResult
from simulator.report.figures.canvas import BLUE, LOG_TICKS, PURPLE, VERMILLION, panels

TITLE = "Procyclicality"
CAPTION = (
    "How many times its lowest margin a rule asked at its highest, and the largest rise of margin within 5 and within "
    "30 days, as ratios on a logarithmic scale; margin is taken as a share of notional, on the portfolio without "
    "options that swings most. A margin that never moves has no bar. High bars call for cash exactly when it is scarce."
)
_SPANS = (5, 30)


def draw(results: Sequence[RuleResult]) -> go.Figure | None:
    """Three bars for each rule; None if no portfolio is without options."""
    shown = [result for result in reversed(results) if result.procyclicality]
    if not shown:
        return None
    names = [result.name for result in shown]
    figure = panels([""])
    bars = [("peak to trough", BLUE, [result.procyclicality.peak_to_trough for result in shown])]
    for days, colour in zip(_SPANS, (PURPLE, VERMILLION), strict=True):
        if all(days in result.procyclicality.rises for result in shown):
            ratios = [result.procyclicality.rises[days].ratio for result in shown]
            bars.append((f"largest rise in {days} days", colour, ratios))
    for name, colour, values in reversed(bars):
        figure.add_trace(
            go.Bar(
                x=values,
                y=names,
                orientation="h",
                name=name,
                marker={"color": colour},
                hovertemplate="%{y}: %{x:.2f} times<extra>" + name + "</extra>",
            )
        )
    longest = max(max(values) for _, _, values in bars)
    figure.update_xaxes(
        range=[0, max(math.log10(1.1 * longest), math.log10(2))],
        type="log",
        tickvals=LOG_TICKS,
        ticksuffix="x",
        tickformat="~s",
        title={"text": "ratio of margins", "standoff": 8},
    )
    figure.update_layout(
        height=max(360, 90 + 56 * len(shown)), bargap=0.25, bargroupgap=0.0, legend={"traceorder": "reversed"}
    )
    return figure
