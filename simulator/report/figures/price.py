"""Prices, true and as the oracle has them, with the liquidations they caused."""

import numpy as np
import plotly.graph_objects as go

from simulator.report.figures.canvas import BLUE, GREY, PURPLE, VERMILLION, line, panels
from simulator.report.run_data import RunData, column
from simulator.report.series import milliseconds

TITLE = "Prices and liquidations"
CAPTION = (
    "Grey is the market, blue is what the contracts believe; where they part, the oracle is late. Each triangle is a "
    "liquidation at the price of its block. The bars count them over time: orange ones closed an account that was "
    "already below zero."
)

BARS = 96


def draw(run: RunData) -> go.Figure | None:
    """One panel per asset, and the number of liquidations beneath."""
    if run.metrics.empty or not run.assets:
        return None
    time = run.metrics["timestamp"].to_numpy()
    closed = run.liquidations
    insolvent = (closed["equity"] < 0).to_numpy()
    titles = [f"{asset}, {run.quote}" for asset in run.assets]
    figure = panels([*titles, "liquidations"], time, heights=[1.0] * len(titles) + [0.55])
    for row, asset in enumerate(run.assets, start=1):
        first = row == 1
        spot = column(run.metrics, f"spot_{asset}")
        figure.add_trace(
            line(time, spot, "market", GREY, width=3, legendgroup="market", showlegend=first), row=row, col=1
        )
        oracle = column(run.metrics, f"oracle_spot_{asset}")
        figure.add_trace(
            line(time, oracle, "oracle", BLUE, step=True, legendgroup="oracle", showlegend=first), row=row, col=1
        )
        if len(closed):
            figure.add_trace(_marks(closed, time, spot, insolvent, first), row=row, col=1)
    for trace in _bars(closed["included_time"].to_numpy(), insolvent, time):
        figure.add_trace(trace, row=len(titles) + 1, col=1)
    figure.update_layout(barmode="stack")
    figure.update_yaxes(rangemode="tozero", row=len(titles) + 1, col=1)
    return figure


def _marks(closed, time: np.ndarray, spot: np.ndarray, insolvent: np.ndarray, first: bool) -> go.Scatter:
    """A triangle per liquidation, on the price line."""
    when = closed["included_time"].to_numpy(dtype=np.float64)
    return go.Scatter(
        x=milliseconds(when),
        y=np.interp(when, time, spot).astype(np.float32),
        name="liquidation",
        legendgroup="liquidation",
        showlegend=first,
        mode="markers",
        marker={
            "symbol": "triangle-down-open",
            "size": 6,
            "opacity": 0.6,
            "color": np.where(insolvent, VERMILLION, PURPLE).tolist(),
        },
        customdata=closed["account"].to_numpy(),
        hovertemplate="account %{customdata}",
    )


def _bars(when: np.ndarray, insolvent: np.ndarray, time: np.ndarray) -> list[go.Bar]:
    """Liquidations counted over equal stretches of the run, solvent and insolvent apart."""
    edges = np.linspace(time[0], max(time[-1], time[0] + 1), BARS + 1)
    centres = milliseconds((edges[:-1] + edges[1:]) / 2)
    return [
        go.Bar(
            x=centres,
            y=np.histogram(when[chosen], edges)[0],
            name=name,
            marker={"color": colour, "line": {"width": 0}},
        )
        for name, colour, chosen in (
            ("closed with equity left", PURPLE, ~insolvent),
            ("closed below zero", VERMILLION, insolvent),
        )
    ]
