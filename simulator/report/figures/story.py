"""The timeline of a liquidation: prices, margin, and what happened, one lane for each kind of event."""

import html
import textwrap

import numpy as np
import plotly.graph_objects as go

from simulator.explain import Kind, Moment, Story
from simulator.report.figures.canvas import BLUE, COLOURS, GREEN, GREY, PURPLE, VERMILLION, line, panels
from simulator.report.series import milliseconds

CAPTION = (
    "Above, prices: solid in the market, dotted in the oracle. In the middle, the account's equity against what it has "
    "to keep as maintenance margin; where the lines cross it may be liquidated. Below, what happened, one lane for "
    "each kind: hollow marks came undone in a reorganisation, crosses are bids that failed, and bids and updates that "
    "never got into a block. Vertical lines are close-outs, dashed if undone."
)
EDGE = 0.02
"""Share of the time axis left free at each end, so that the first and last marks are whole."""
WRAP = 60
"""Characters in a line of a label."""

_LANES = {
    Kind.FINALITY: ("finality", GREEN),
    Kind.REORG: ("reorg", PURPLE),
    Kind.EXPOSURE: ("exposure", GREY),
    Kind.WATERFALL: ("waterfall", VERMILLION),
    Kind.LIQUIDATION: ("close-out", VERMILLION),
    Kind.BID: ("bid", BLUE),
    Kind.AUCTION: ("auction", BLUE),
    Kind.MARGIN: ("margin", VERMILLION),
    Kind.LATE: ("late", PURPLE),
    Kind.PARAMETER: ("parameter", GREEN),
    Kind.PRICE: ("price", GREY),
    Kind.POSITION: ("position", GREY),
}
"""Label and colour of each lane, from the bottom up."""


def draw(story: Story) -> go.Figure:
    """Prices, margin and events of a story over time."""
    times = np.array([moment.timestamp for moment in story.moments] or [0])
    edge = max(EDGE * (times.max() - times.min()), 1.0)
    span = np.array([times.min() - edge, times.max() + edge])
    several = len(story.prices) > 1
    figure = panels(["price, start = 100" if several else f"price, {story.quote}", story.quote, ""], span, [1, 1, 1.4])
    _prices(figure, story, several)
    _margins(figure, story, span)
    for kind, (label, colour) in _LANES.items():
        told = [m for m in story.moments if m.kind is kind and (kind is not Kind.LIQUIDATION or m.settlement)]
        if told:
            _lane(figure, told, label, colour)
    for moment in story.moments:
        if moment.kind is Kind.LIQUIDATION and moment.settlement is not None:
            dash = "solid" if moment.undone_by is None else "dash"
            when = milliseconds(np.array([moment.timestamp]))[0]
            figure.add_vline(x=when, line={"color": VERMILLION, "width": 1, "dash": dash}, opacity=0.5)
    lanes = [label for label, _ in _LANES.values()]
    figure.update_yaxes(
        categoryorder="array", categoryarray=lanes, range=[-0.6, len(lanes) - 0.4], dtick=1, row=3, col=1
    )
    figure.update_yaxes(tickformat="~s", row=2, col=1)
    figure.update_layout(hovermode="closest", height=760)
    return figure


def _prices(figure: go.Figure, story: Story, several: bool) -> None:
    for series, colour in zip(story.prices, COLOURS, strict=False):
        times = np.array(series.timestamps)
        scale = 100.0 / series.market[0] if several and series.market else 1.0
        posted = colour if several else VERMILLION
        for values, name, shade, dash in (
            (series.market, "market", colour, "solid"),
            (series.oracle, "oracle", posted, "dot"),
        ):
            trace = line(times, scale * np.array(values), f"{series.symbol} {name}", shade, dash, dash == "dot")
            figure.add_trace(trace, row=1, col=1)


def _margins(figure: go.Figure, story: Story, span: np.ndarray) -> None:
    points = [point for point in story.margins if span[0] <= point.timestamp <= span[1]]
    times = milliseconds(np.array([point.timestamp for point in points]))
    for name, label, colour, dash in (
        ("equity", "equity", BLUE, "solid"),
        ("requirement", "maintenance margin", VERMILLION, "dash"),
    ):
        values = [getattr(point, name) for point in points]
        style = {"color": colour, "dash": dash, "width": 1.6}
        trace = go.Scatter(x=times, y=values, name=label, mode="lines+markers", line=style, marker={"size": 5})
        figure.add_trace(trace, row=2, col=1)


def _lane(figure: go.Figure, told: list[Moment], label: str, colour: str) -> None:
    figure.add_trace(
        go.Scatter(
            x=milliseconds(np.array([moment.timestamp for moment in told])),
            y=[label] * len(told),
            mode="markers",
            marker={
                "color": colour,
                "size": 10,
                "symbol": [_symbol(moment) for moment in told],
                "line": {"width": 1.5, "color": colour},
            },
            text=[_label(moment) for moment in told],
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        ),
        row=3,
        col=1,
    )


def _symbol(moment: Moment) -> str:
    failed = moment.figures.get("succeeded") is False or moment.figures.get("included") is False
    shape = "x-thin" if failed else "circle"
    return f"{shape}-open" if moment.undone_by is not None else shape


def _label(moment: Moment) -> str:
    return "<br>".join(textwrap.wrap(html.escape(f"block {moment.block}: {moment.line()}", quote=False), WRAP))
