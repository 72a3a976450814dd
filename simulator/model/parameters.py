"""What an oracle transaction changed, with the inputs its publisher had."""

from collections.abc import Iterable
from typing import Any

from simulator.chain.events import Event
from simulator.model.step import ParameterChange
from simulator.oracle.risk_model_update import RiskModelUpdate
from simulator.protocol.prices import PriceIndex
from simulator.risk.state import RISK_COLUMNS

WAD = 1e18
_PRICE_REFUSALS = ("timestamp not newer", "timestamp in the future", "too old", "out of range")
_RISK_REFUSALS = ("timestamp not newer", "timestamp in the future", "step too large", "out of bounds", "too soon")
_MODEL_REFUSALS: dict[str, tuple[str, ...]] = {
    "CovariancePublished": (),
    "CovarianceRefused": (
        "timestamp not newer",
        "timestamp in the future",
        "too soon",
        "wrong size",
        "out of bounds",
        "step too large",
        "not positive semi-definite",
    ),
    "SetActivated": (),
    "SetRefused": (
        "timestamp in the future",
        "timestamp not newer",
        "too old",
        "horizon too short",
        "too few scenarios",
        "wrong hash",
        "invalid underlyings",
        "price below zero",
        "volatility below zero",
        "moves too small",
    ),
}
"""What is said of a risk model, and why it was refused if it was."""
REFUSALS = ("UpdateRefused", "RiskSetRefused", "CovarianceRefused", "SetRefused")
"""Events by which a contract says no to a publisher."""


def parameter_changes(events: Iterable[Event], prices: PriceIndex, update: Any) -> list[ParameterChange]:
    """Every value an oracle transaction posted. Call it before the events are applied to `prices`.

    Parameters
    ----------
    update : Any
        What the publisher sent; its `inputs` explain the values.
    """
    inputs = getattr(update, "inputs", {})
    changes = []
    for event in events:
        e = event.args
        if event.name == "SpotInForce":
            before = float(prices.spot[e.underlying])
            changes.append(ParameterChange(e.underlying, "spot", before, e.spot / WAD, True, "", inputs))
        elif event.name == "UpdateRefused":
            before, what = float(prices.spot[e.underlying]), "expiry" if e.expiry else "spot"
            changes.append(
                ParameterChange(e.underlying, what, before, before, False, _PRICE_REFUSALS[e.reason], inputs)
            )
        elif event.name in ("RiskSetPublished", "RiskSetRefused"):
            accepted = event.name == "RiskSetPublished"
            reason = "" if accepted else _RISK_REFUSALS[e.reason]
            for column, name in enumerate(RISK_COLUMNS):
                before = float(prices.published_risk[e.underlying, column])
                after = e.values[column] / WAD
                changes.append(ParameterChange(e.underlying, name, before, after, accepted, reason, inputs))
        elif event.name in _MODEL_REFUSALS and isinstance(update, RiskModelUpdate):
            refusals = _MODEL_REFUSALS[event.name]
            accepted, reason = not refusals, refusals[e.reason] if refusals else ""
            for asset, (before, after) in enumerate(zip(update.before, update.after, strict=True)):
                for name, value in after.items():
                    changes.append(ParameterChange(asset, name, before[name], value, accepted, reason, inputs))
    return changes
