"""Who paid for the liquidations: the accounts, the insurance fund, then everyone."""

import plotly.graph_objects as go

from simulator.report.figures.canvas import BLUE, GREEN, PURPLE, VERMILLION, line, panels, time_axis
from simulator.report.quantities import money
from simulator.report.run_data import RunData, column

TITLE = "Loss waterfall"
CAPTION = (
    "Who bore the cost of liquidations. The account pays first, through the discount given to the liquidator and the "
    "fee; what it cannot pay falls on the insurance fund, and what the fund cannot pay is shared by all accounts. "
    "Below, the fund and the losses through the run."
)


def draw(run: RunData) -> go.Figure | None:
    """Bars of the three layers, and the fund's assets with cumulative losses."""
    if run.metrics.empty:
        return None
    figure = panels(["", run.quote], heights=[0.6, 1.0])
    layers = layers_of(run)
    labels, values = list(layers)[::-1], list(layers.values())[::-1]
    figure.add_trace(
        go.Bar(
            x=values,
            y=labels,
            orientation="h",
            width=0.6,
            marker={"color": [VERMILLION, GREEN, BLUE]},
            text=[money(value) for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
            showlegend=False,
        ),
        row=1,
        col=1,
    )
    time = run.metrics["timestamp"].to_numpy()
    for name, label, colour, dash in (
        ("fund_assets", "fund", GREEN, "solid"),
        ("bad_debt", "bad debt so far", VERMILLION, "solid"),
        ("socialised_loss", "socialised so far", PURPLE, "dash"),
    ):
        figure.add_trace(line(time, column(run.metrics, name), label, colour, dash, step=True), row=2, col=1)
    loss = {"text": f"loss borne, {run.quote}", "standoff": 8}
    figure.update_xaxes(title=loss, tickformat="~s", range=[0, 1.5 * max(*values, 1.0)], row=1, col=1)
    time_axis(figure, time, row=2, col=1)
    figure.update_yaxes(tickformat="~s", rangemode="tozero", row=2, col=1)
    figure.update_layout(height=500)
    return figure


def layers_of(run: RunData) -> dict[str, float]:
    """Loss by layer, quote units.

    Liquidated accounts bear `fraction * equity - payment + fee` of each close-out that found equity: what they gave up
    beyond what they were paid. A negative payment went from the fund to the liquidator and is no loss of theirs.
    """
    closed = run.liquidations
    solvent = closed[closed["equity"] > 0]
    paid = solvent["payment"].clip(lower=0)
    given_up = (solvent["fraction"] * solvent["equity"] - paid).clip(lower=0) + solvent["fee"]
    return {
        "liquidated accounts": float(given_up.sum()),
        "insurance fund": run.summary["insurance_used"],
        "all accounts": run.summary["socialised_loss"],
    }
