"""Safety against cost: how often each rule fails, and how much capital it ties up."""

from collections.abc import Sequence

import plotly.graph_objects as go

from simulator.backtest import RuleResult, Walk
from simulator.report.figures.canvas import BLUE, GREEN, GREY, VERMILLION, panels

TITLE = "Safety against cost"
CAPTION = (
    "Each rule over all portfolios: average margin in per cent of notional against the share of losses beyond it. The "
    "dashed line is the share that the level allows. Left and near the line is efficient; above it the rule fails too "
    "often, far below it ties up capital for nothing. A rule that tests reject at 5 % covers too little somewhere, or "
    "only asks too much."
)
_MARKS = {
    "stands": (GREEN, "circle"),
    "covers too little": (VERMILLION, "x"),
    "asks too much": (BLUE, "diamond"),
}
_PLACES = ("top center", "bottom center")


def draw(walk: Walk, results: Sequence[RuleResult]) -> go.Figure:
    """A point for each rule."""
    figure = panels(["losses beyond margin, %"])
    order = sorted(results, key=lambda result: result.average_margin)
    for name, (colour, symbol) in _MARKS.items():
        chosen = [(place, result) for place, result in enumerate(order) if _state(result) == name]
        if chosen:
            figure.add_trace(
                go.Scatter(
                    x=[100 * result.average_margin for _, result in chosen],
                    y=[100 * result.exceptions / result.observations for _, result in chosen],
                    text=[result.name for _, result in chosen],
                    textposition=[_PLACES[place % 2] for place, _ in chosen],
                    textfont={"size": 11},
                    cliponaxis=False,
                    name=name,
                    mode="markers+text",
                    marker={"size": 10, "color": colour, "symbol": symbol},
                    hovertemplate="%{text}: margin %{x:.2f} %, beyond it %{y:.2f} %<extra></extra>",
                )
            )
    figure.add_hline(y=100 * (1 - walk.terms.level), line={"color": GREY, "width": 1.5, "dash": "dash"})
    # Room for the names at both ends, and above and below the points.
    margins = [100 * result.average_margin for result in results]
    rates = [100 * result.exceptions / result.observations for result in results]
    span = max(max(margins) - min(margins), 0.2 * max(margins), 0.1)
    top = max(*rates, 100 * (1 - walk.terms.level))
    figure.update_xaxes(
        title={"text": "average margin, % of notional", "standoff": 8},
        range=[min(margins) - 0.22 * span, max(margins) + 0.22 * span],
    )
    figure.update_yaxes(range=[-0.15 * top, 1.2 * top])
    figure.update_layout(height=440)
    return figure


def _state(result: RuleResult) -> str:
    if not result.rejected:
        return "stands"
    return "covers too little" if result.unsafe else "asks too much"
