"""How long it takes from breach to liquidation, and from there to safe and to final."""

import numpy as np
import plotly.graph_objects as go

from simulator.report.figures.canvas import BLUE, GREEN, VERMILLION, panels
from simulator.report.run_data import RunData
from simulator.report.series import thin_evenly

TITLE = "From breach to finality"
CAPTION = (
    "Share of liquidations that were done within a given time (logarithmic scale): from falling below maintenance "
    "margin to inclusion in a block, and from inclusion to safe and to final. Further left is faster; a curve that "
    "ends below 100 % has liquidations that never got there in this run. Less than a second is drawn as one second."
)

POINTS = 400
TICKS = {1: "1 s", 12: "12 s", 60: "1 min", 300: "5 min", 900: "15 min", 3600: "1 h", 21_600: "6 h", 86_400: "1 d"}


def draw(run: RunData) -> go.Figure | None:
    """Empirical distribution functions of the three durations."""
    closed = run.liquidations
    if closed.empty:
        return None
    figure = panels(["share of liquidations, %"])
    for name, label, colour, dash in (
        ("to_liquidation", "breach to liquidation", VERMILLION, "solid"),
        ("to_safe", "liquidation to safe", BLUE, "dash"),
        ("to_final", "liquidation to final", GREEN, "dot"),
    ):
        seconds = np.sort(np.maximum(closed[name].dropna().to_numpy(dtype=np.float64), 1.0))
        if len(seconds):
            figure.add_trace(_distribution(seconds, len(closed), label, colour, dash))
    figure.update_xaxes(
        type="log",
        title={"text": "time needed", "standoff": 8},
        tickvals=list(TICKS),
        ticktext=list(TICKS.values()),
    )
    figure.update_yaxes(range=[0, 103])
    return figure


def _distribution(seconds: np.ndarray, total: int, label: str, colour: str, dash: str) -> go.Scatter:
    """Step function of sorted `seconds` (n,) that ends at n / total."""
    x = np.concatenate([seconds[:1], seconds])
    y = 100.0 * np.arange(len(x)) / total
    kept = thin_evenly(len(x), POINTS)
    return go.Scatter(
        x=x[kept],
        y=y[kept],
        name=label,
        mode="lines",
        line={"color": colour, "dash": dash, "width": 2, "shape": "hv"},
        hovertemplate="%{y:.0f} % within %{x:,.0f} s",
    )
