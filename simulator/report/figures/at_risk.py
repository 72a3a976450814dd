"""What liquidations had moved and was not final yet, and what a reversal of it could cost."""

import numpy as np
import plotly.graph_objects as go

from simulator.finality.jump_risk import estimated
from simulator.record.settlements_at_risk import settlement_risk
from simulator.report.figures.canvas import BLUE, VERMILLION, line, panels
from simulator.report.run_data import RunData, column

LEVEL = 0.99

TITLE = "Settlement at risk"
CAPTION = (
    "Above, what liquidations had paid and charged and a reorganisation could still have undone. Below, what its worth "
    "could fall by until it was final, exceeded once in a hundred times: prices diffuse and jump as the first asset "
    "did in this run, over the median time to finality. Who bears it: the liquidator, whose purchase comes undone at "
    "another price, and the insurance fund, whose account is open again."
)


def draw(run: RunData) -> go.Figure | None:
    """Amount not final yet and its value at risk, after each change of the amount."""
    risk = settlement_risk(run.settlements, run.reorgs)
    lag = risk.seconds_to_final[0]
    if not len(risk.at_risk) or not run.assets or not np.isfinite(lag) or lag <= 0:
        return None
    clock = run.metrics["timestamp"].to_numpy()
    within = risk.at_risk[risk.at_risk.index <= clock[-1]]
    time = np.concatenate([clock[:1], within.index.to_numpy(), clock[-1:]])
    amount = np.concatenate([[0.0], within.to_numpy(), within.to_numpy()[-1:]])
    spot = column(run.metrics, f"spot_{run.assets[0]}")
    step = float(np.median(np.diff(clock))) if len(spot) > 2 else 0.0
    figure = panels([f"not final, {run.quote}", f"{LEVEL:.0%} value at risk, {run.quote}"], clock)
    figure.add_trace(line(time, amount, "not final", BLUE, showlegend=False), row=1, col=1)
    if step:
        fall = estimated(np.diff(np.log(spot)), step).value_at_risk(1.0, lag, LEVEL)
        figure.add_trace(line(time, amount * fall, "value at risk", VERMILLION, showlegend=False), row=2, col=1)
    figure.update_traces(line_shape="hv")
    figure.update_yaxes(rangemode="tozero")
    return figure
