"""The figures of the report, one file each: a `draw(run)` that gives a Plotly figure, or None if nothing was recorded.

Each module states the figure's TITLE and its CAPTION, which tells a reader who has never seen it how to read it.
"""

from simulator.report.figures import at_risk, congestion, health, margin, price, timeline, volatility, waterfall

FIGURES = {
    "price": price,
    "margin": margin,
    "health": health,
    "volatility": volatility,
    "congestion": congestion,
    "waterfall": waterfall,
    "timeline": timeline,
    "at_risk": at_risk,
}

__all__ = ["FIGURES"]
