"""The distribution of account health through the run, as a fan of quantiles."""

import numpy as np
import plotly.graph_objects as go

from simulator.report.figures.canvas import BLUE, GREY, VERMILLION, panels
from simulator.report.run_data import RunData
from simulator.report.series import milliseconds, thin_evenly

TITLE = "Account health"
CAPTION = (
    "Health is equity above maintenance margin, per unit of gross notional, of accounts with positions. Half of them "
    "lie in the dark band, nine in ten in the light one; the healthiest are above the frame. Below the line at zero an "
    "account may be liquidated; the lower edge shows how close the weakest come."
)

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
POINTS = 500


def draw(run: RunData) -> go.Figure | None:
    """Quantiles of health over accounts at each sample."""
    if run.health.empty or run.metrics.empty:
        return None
    fan = run.health.groupby("timestamp")["health"].quantile(QUANTILES).unstack()
    fan = fan.iloc[thin_evenly(len(fan), POINTS)]
    time = milliseconds(fan.index.to_numpy())
    figure = panels(["health, % of notional"], run.metrics["timestamp"].to_numpy())
    for low, high, opacity, name in ((0.05, 0.95, 0.16, "90 % of accounts"), (0.25, 0.75, 0.32, "half of accounts")):
        figure.add_trace(_edge(time, fan[low], name, fill=None, opacity=0))
        figure.add_trace(_edge(time, fan[high], name, fill="tonexty", opacity=opacity))
    figure.add_trace(
        go.Scatter(x=time, y=_percent(fan[0.5]), name="median", mode="lines", line={"color": BLUE, "width": 2})
    )
    figure.add_trace(
        go.Scatter(
            x=time, y=_percent(fan[0.05]), name="weakest 5 %", mode="lines", line={"color": VERMILLION, "dash": "dot"}
        )
    )
    figure.add_hline(y=0, line={"color": GREY, "width": 1.5, "dash": "dash"})
    # Accounts with little exposure have enormous health; what matters is near zero, so the median sets the scale.
    top = 2.5 * max(float(np.nanmedian(fan[0.5])), 0.02)
    bottom = min(0.0, max(float(np.nanmin(fan[0.05])), -top))
    figure.update_yaxes(range=[100 * (bottom - 0.05 * top), 100 * top])
    return figure


def _percent(values) -> np.ndarray:
    return (100 * values.to_numpy()).astype(np.float32)


def _edge(time: np.ndarray, values, name: str, fill: str | None, opacity: float) -> go.Scatter:
    """An edge of a band; the upper one fills down to the lower one before it."""
    return go.Scatter(
        x=time,
        y=_percent(values),
        name=name,
        mode="lines",
        line={"width": 0, "color": BLUE},
        fill=fill,
        fillcolor=f"rgba(0,114,178,{opacity})",
        showlegend=fill is not None,
        hoverinfo="skip",
    )
