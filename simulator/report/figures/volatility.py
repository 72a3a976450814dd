"""Realised volatility against the risk parameters that were in force."""

import numpy as np
import plotly.graph_objects as go

from simulator.report.figures.canvas import COLOURS, VERMILLION, line, panels
from simulator.report.run_data import RunData, column
from simulator.report.series import milliseconds
from simulator.report.shocks import shock_called_for

TITLE = "Volatility and risk parameters"
CAPTION = (
    "Above: annualised volatility as it happened (solid) and as options were priced (dotted). Below: the price move "
    "that margin covered, as posted (solid), against the move that realised volatility called for (dotted). Solid "
    "below dotted means that margin lagged behind the market; crosses are updates the contract refused."
)


def draw(run: RunData) -> go.Figure | None:
    """Realised and implied volatility; posted spot shock and haircut against the shock the policy would ask for."""
    if run.metrics.empty or not run.assets:
        return None
    time = run.metrics["timestamp"].to_numpy()
    figure = panels(["volatility, % a year", "spot shock, %"], time)
    for number, asset in enumerate(run.assets):
        colour = COLOURS[number % len(COLOURS)]
        realised = column(run.metrics, f"realised_vol_{asset}")
        series = [
            (1, realised, f"{asset} realised", "solid", False),
            (1, column(run.metrics, f"mark_vol_{asset}"), f"{asset} implied", "dot", False),
            (2, column(run.metrics, f"spot_shock_{asset}"), f"{asset} posted", "solid", True),
            (2, shock_called_for(run, asset), f"{asset} called for", "dot", False),
        ]
        for row, values, name, dash, step in series:
            if np.isfinite(values).any():
                figure.add_trace(line(time, 100 * values, name, colour, dash, step), row=row, col=1)
    refused = _refused(run)
    if refused is not None:
        figure.add_trace(refused, row=2, col=1)
    figure.update_yaxes(rangemode="tozero")
    return figure


def _refused(run: RunData) -> go.Scatter | None:
    """Crosses where a spot shock was refused, at the value that was asked for."""
    updates = run.parameters
    updates = updates[(updates["parameter"] == "spot_shock") & ~updates["accepted"].astype(bool)]
    if updates.empty:
        return None
    return go.Scatter(
        x=milliseconds(updates["timestamp"].to_numpy()),
        y=(100 * updates["after"].to_numpy()).astype(np.float32),
        name="refused",
        mode="markers",
        marker={"symbol": "x-thin-open", "size": 9, "color": VERMILLION},
        customdata=updates[["underlying", "reason"]].to_numpy().tolist(),
        hovertemplate="%{customdata[0]} refused: %{customdata[1]}",
    )
