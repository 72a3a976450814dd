"""What every figure shares: colours, fonts, margins, line traces. Backgrounds are clear; the page sets the theme."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from simulator.report.series import milliseconds, thin

# Four colours of Okabe and Ito (2008), told apart with any colour vision, that also keep a contrast of 3:1 or more
# against both the white and the dark page; the paler ones of the set do not.
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GREY = "#808080"
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE)

# Plotly's own labels between powers of ten are bare digits, which read as values.
LOG_TICKS = [digit * 10.0**power for power in range(-3, 13) for digit in (1, 2, 5)]

# Pixels: a panel, and the gaps between panels without and with labels of the horizontal axis.
ROW_HEIGHT, GAP, AXIS_GAP = 210, 22, 70


def panels(titles: list[str], time: np.ndarray | None = None, heights: list[float] | None = None) -> go.Figure:
    """Panels one above the other; `titles` label their vertical axes.

    Parameters
    ----------
    time : (n,), optional
        UTC seconds of the run: all panels share it as their horizontal axis.
    """
    rows = len(titles)
    shared = time is not None
    height = max(360, ROW_HEIGHT * rows)
    gap = GAP / height if shared else AXIS_GAP / height
    figure = make_subplots(rows=rows, cols=1, shared_xaxes=shared, vertical_spacing=gap, row_heights=heights)
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 10, "r": 14, "t": 10, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hovermode="x unified" if shared else "closest",
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "xanchor": "left"},
        font={"family": "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif", "size": 12},
        bargap=0,
    )
    figure.update_xaxes(automargin=True, zeroline=False)
    for row, title in enumerate(titles, start=1):
        figure.update_yaxes(title={"text": title, "standoff": 6}, row=row, col=1, automargin=True, zeroline=False)
    if shared:
        time_axis(figure, time)
        figure.update_xaxes(title=None)
        figure.update_xaxes(title={"text": "time, UTC", "standoff": 8}, row=rows, col=1)
    return figure


def time_axis(figure: go.Figure, time: np.ndarray, **where: int) -> None:
    """Make horizontal axes show the run from its first to its last second, days below the hours."""
    start, end = milliseconds(time[[0, -1]])
    figure.update_xaxes(
        type="date",
        range=[start, max(end, start + 1000)],
        hoverformat="%d %b %Y %H:%M:%S UTC",
        tickangle=0,
        title={"text": "time, UTC", "standoff": 8},
        **where,
    )


def line(
    timestamps: np.ndarray,
    values: np.ndarray,
    name: str,
    colour: str,
    dash: str = "solid",
    step: bool = False,
    width: float = 1.6,
    **more,
) -> go.Scatter:
    """A thinned line over UTC seconds. `step` holds each value until the next, as posted values are held."""
    kept = thin(values)
    return go.Scatter(
        x=milliseconds(timestamps[kept]),
        y=values[kept].astype(np.float32),
        name=name,
        mode="lines",
        line={"color": colour, "dash": dash, "width": width, "shape": "hv" if step else "linear"},
        **more,
    )
