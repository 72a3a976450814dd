"""The figures of a run, from its tables."""

import math
from typing import TYPE_CHECKING, Any

from simulator.finality import Category, Status
from simulator.record.bad_debt import bad_debts
from simulator.record.lots import sold_lots, zero_bid_share
from simulator.record.settlements_at_risk import settlement_risk

if TYPE_CHECKING:
    from simulator.record.reader import Run


def summarise(run: "Run") -> dict[str, Any]:
    """The JSON object of `seawall run --json`. Amounts in the quote currency.

    Blocks and transactions are those of the simulation proper, without set-up and the blocks that only bring finality.
    What a reorganisation undid counts nowhere but in `settlements`, as reverted.
    """
    blocks, settlements, metrics = run.standing("blocks"), run.table("settlements"), run.table("metrics")
    simulated = blocks[blocks["phase"] == "run"]
    standing = settlements[settlements["status"] != Status.REVERTED]
    statuses = settlements["status"].value_counts()
    risk = settlement_risk(settlements, run.table("reorgs"))
    median, high, longest = (None if math.isnan(seconds) else seconds for seconds in risk.seconds_to_final)
    events = run.standing("events")
    losses = bad_debts(events)
    return {
        "scenario": run.info.scenario.get("name"),
        "status": run.info.status,
        "digest": run.info.digest,
        "seed": run.info.seed,
        "chain": run.info.chain,
        "blocks": len(simulated),
        "transactions": int(simulated["transactions"].sum()),
        "liquidations": int((standing["category"] == Category.LIQUIDATION).sum()),
        "settlements": {status.value: int(statuses.get(status.value, 0)) for status in Status},
        "bad_debt": float(losses["amount"].sum()),
        "insurance_used": float(losses["from_fund"].sum()),
        "socialised_loss": float(losses["socialised"].sum()),
        "peak_accounts_below_maintenance": int(max(metrics.get("accounts_below_maintenance", ()), default=0)),
        "zero_bid_share": zero_bid_share(sold_lots(events)),
        "reorganisations": len(run.table("reorgs")),
        "reverted_share": risk.reverted_share,
        "seconds_to_final": {"median": median, "p95": high, "longest": longest},
        "peak_settlement_at_risk": risk.peak_at_risk,
        "irrevocability_violations": risk.violations,
        "wall_seconds": run.info.wall_seconds,
        "run": str(run.folder),
    }
