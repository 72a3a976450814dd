"""What block space cost, and how many of the protocol's transactions were waiting for it."""

import plotly.graph_objects as go

from simulator.report.figures.canvas import BLUE, LOG_TICKS, VERMILLION, line, panels
from simulator.report.run_data import RunData, column

TITLE = "Congestion"
CAPTION = (
    "The base fee (logarithmic scale) and the protocol's transactions left in the mempool after each block. While both "
    "are high, liquidations, oracle updates and top-ups compete for room and come late."
)


def draw(run: RunData) -> go.Figure | None:
    """Base fee and waiting transactions per block."""
    if run.metrics.empty:
        return None
    time = run.metrics["timestamp"].to_numpy()
    figure = panels(["base fee, gwei", "waiting transactions"], time)
    figure.add_trace(line(time, column(run.metrics, "base_fee_gwei"), "base fee", BLUE, showlegend=False), row=1, col=1)
    waiting = column(run.metrics, "waiting")
    figure.add_trace(line(time, waiting, "waiting", VERMILLION, showlegend=False), row=2, col=1)
    figure.update_yaxes(type="log", tickvals=LOG_TICKS, tickformat=",", row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=2, col=1)
    return figure
