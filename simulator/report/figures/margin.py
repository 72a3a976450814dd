"""Equity of all accounts against what the rule requires of them."""

import plotly.graph_objects as go

from simulator.report.figures.canvas import BLUE, GREEN, LOG_TICKS, PURPLE, VERMILLION, line, panels
from simulator.report.run_data import RunData, column

TITLE = "Equity against margin"
CAPTION = (
    "Above, over all accounts (logarithmic scale): equity should stay above initial margin with room to spare; initial "
    "margin limits new risk, maintenance margin starts liquidation. Below, how many accounts lack either."
)


def draw(run: RunData) -> go.Figure | None:
    """Aggregate equity and requirements, and the accounts below them."""
    if run.metrics.empty:
        return None
    time = run.metrics["timestamp"].to_numpy()
    figure = panels([run.quote, "accounts"], time, heights=[1.0, 0.6])
    for name, label, colour, dash in (
        ("equity", "equity", BLUE, "solid"),
        ("initial_margin", "initial margin", GREEN, "dash"),
        ("maintenance_margin", "maintenance margin", VERMILLION, "dot"),
    ):
        figure.add_trace(line(time, column(run.metrics, name), label, colour, dash), row=1, col=1)
    for name, label, colour in (
        ("accounts_below_initial", "below initial", PURPLE),
        ("accounts_below_maintenance", "below maintenance", VERMILLION),
    ):
        figure.add_trace(line(time, column(run.metrics, name), label, colour, step=True), row=2, col=1)
    figure.update_yaxes(type="log", tickvals=LOG_TICKS, tickformat="~s", row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=2, col=1)
    return figure
