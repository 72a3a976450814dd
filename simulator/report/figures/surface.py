"""The P&L of a portfolio over moves of spot and volatility, with a rule's scenarios on it."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from simulator.portfolio.answer import PortfolioMargin
from simulator.portfolio.surface import Surface
from simulator.report.figures.canvas import BLUE, GREY, VERMILLION
from simulator.risk.breakdown import ScenarioProfit

CAPTION = (
    "Above, what the positions gain when spot and volatilities move together, revalued in full; the bold line is where "
    "nothing is won or lost. Dots are scenarios of the rule, the star decides. Below, the profit of each as the rule "
    "counts it: damped tails, discounts and skews included."
)

MAP_HEIGHT, BAR_HEIGHT, REST = 420, 17, 120
"""Pixels: the map, each bar, axes and gaps."""
JOINT = -1
"""Underlying of scenarios that move all of them together: among the bars, not on the map."""
MOST_BARS = 64
"""Of more scenarios than this, the worst are shown."""
_LOSS_TO_GAIN = [[0.0, VERMILLION], [0.5, "#f4f4f2"], [1.0, BLUE]]


def draw(surface: Surface, margin: PortfolioMargin, underlying: int) -> go.Figure:
    """The map with the scenarios of one underlying, and their profits as bars beneath."""
    scenarios = [each for each in margin.scenarios if each.underlying in (underlying, JOINT)]
    if len(scenarios) > MOST_BARS:
        scenarios = sorted(scenarios, key=lambda each: each.profit)[:MOST_BARS]
    worst = next((each for each in margin.worst if each.underlying in (underlying, JOINT)), None)
    bars = BAR_HEIGHT * max(len(scenarios), 4)
    height = MAP_HEIGHT + bars + REST
    figure = make_subplots(
        rows=2, cols=1, row_heights=[MAP_HEIGHT / (MAP_HEIGHT + bars), bars / (MAP_HEIGHT + bars)],
        vertical_spacing=70 / height,
    )  # fmt: skip
    for trace in (
        _map(surface, margin.unit),
        _break_even(surface),
        *_dots(surface, scenarios, worst, margin.unit),
    ):
        figure.add_trace(trace, row=1, col=1)
    if scenarios:
        figure.add_trace(_bars(scenarios, worst, margin.unit), row=2, col=1)
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 10, "r": 10, "t": 30, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        font={"family": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif", "size": 12},
        bargap=0.25,
    )
    reach = {"ticksuffix": " %", "automargin": True, "zeroline": False}
    figure.update_xaxes(title=f"move of spot (lines: P&L in {margin.unit})", row=1, col=1, **reach)
    figure.update_yaxes(title="move of volatility (30 days)", row=1, col=1, **reach)
    figure.update_xaxes(title=f"profit as it counts, {margin.unit}", row=2, col=1, automargin=True, zeroline=True)
    labels = [each.label for each in scenarios]
    figure.update_yaxes(
        row=2, col=1, automargin=True, autorange="reversed", tickmode="array",
        tickvals=list(range(len(labels))), ticktext=labels, tickfont={"size": 10},
    )  # fmt: skip
    return figure


def _map(surface: Surface, unit: str) -> go.Contour:
    largest = float(np.abs(surface.profit).max()) or 1.0
    return go.Contour(
        x=(100 * surface.spot_move).astype(np.float32),
        y=(100 * surface.vol_move).astype(np.float32),
        z=surface.profit.astype(np.float32),
        colorscale=_LOSS_TO_GAIN,
        zmin=-largest,
        zmax=largest,
        ncontours=14,
        contours={"showlabels": True, "labelfont": {"size": 10, "color": "#333333"}},
        line={"width": 0.5, "color": GREY},
        showscale=False,
        name="P&L",
        showlegend=False,
        hovertemplate=f"spot %{{x:+.1f}} %, vol %{{y:+.1f}} %: %{{z:,.6g}} {unit}<extra></extra>",
    )


def _break_even(surface: Surface) -> go.Contour:
    return go.Contour(
        x=(100 * surface.spot_move).astype(np.float32),
        y=(100 * surface.vol_move).astype(np.float32),
        z=surface.profit.astype(np.float32),
        contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
        line={"width": 2, "color": "#222222"},
        showscale=False,
        showlegend=False,
        hoverinfo="skip",
    )


def _dots(
    surface: Surface, scenarios: Sequence[ScenarioProfit], worst: ScenarioProfit | None, unit: str
) -> list[go.Scatter]:
    """Scenarios that lie on the map; the others are among the bars."""
    inside = [
        each
        for each in scenarios
        if each.underlying != JOINT
        and abs(each.spot_move) <= surface.spot_move[-1]
        and surface.vol_move[0] <= each.vol_move <= surface.vol_move[-1]
        and "skew" not in each.label
    ]
    decides = [each for each in inside if each == worst][:1]
    others = [each for each in inside if each != worst]
    styles = (
        (others, "scenario", {"size": 9, "color": "#222222", "line": {"width": 1.5, "color": "white"}}),
        (
            decides,
            "the scenario that decides",
            {"size": 18, "symbol": "star", "color": "#FFD400", "line": {"width": 1.5, "color": "#222222"}},
        ),
    )
    return [
        go.Scatter(
            x=[100 * each.spot_move for each in chosen],
            y=[100 * each.vol_move for each in chosen],
            mode="markers",
            name=name,
            marker=marker,
            customdata=[[each.label, each.profit] for each in chosen],
            hovertemplate=f"%{{customdata[0]}}: %{{customdata[1]:,.6g}} {unit}<extra></extra>",
        )
        for chosen, name, marker in styles
        if chosen
    ]


def _bars(scenarios: Sequence[ScenarioProfit], worst: ScenarioProfit | None, unit: str) -> go.Bar:
    profits = [each.profit for each in scenarios]
    return go.Bar(
        x=profits,
        y=list(range(len(scenarios))),
        orientation="h",
        marker={"color": [VERMILLION if each == worst else BLUE for each in scenarios], "line": {"width": 0}},
        name="profit",
        showlegend=False,
        customdata=[each.label for each in scenarios],
        hovertemplate=f"%{{customdata}}: %{{x:,.6g}} {unit}<extra></extra>",
    )
