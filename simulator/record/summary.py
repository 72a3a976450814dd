"""The figures of a run, from its tables."""

from typing import TYPE_CHECKING, Any

from simulator.finality import Category, Status

if TYPE_CHECKING:
    from simulator.record.reader import Run


def summarise(run: "Run") -> dict[str, Any]:
    """The JSON object of `seawall run --json`. Amounts in the quote currency.

    Blocks that a reorganisation undid, and settlements in them, count only in `settlements`, as reverted.
    """
    blocks, settlements, metrics = run.table("blocks"), run.table("settlements"), run.table("metrics")
    standing = settlements[settlements["status"] != Status.REVERTED]
    canonical = blocks[blocks["reorged_by"].isna()]
    below = metrics.get("accounts_below_maintenance", ())
    statuses = settlements["status"].value_counts()
    return {
        "scenario": run.info.scenario.get("name"),
        "status": run.info.status,
        "digest": run.info.digest,
        "seed": run.info.seed,
        "chain": run.info.chain,
        "blocks": len(canonical),
        "transactions": int(canonical["transactions"].sum()),
        "liquidations": int((standing["category"] == Category.LIQUIDATION).sum()),
        "settlements": {status.value: int(statuses.get(status.value, 0)) for status in Status},
        "bad_debt": float(standing["bad_debt"].sum()),
        "insurance_used": float(standing["from_fund"].sum()),
        "socialised_loss": float(standing["socialised"].sum()),
        "peak_accounts_below_maintenance": int(max(below, default=0)),
        "wall_seconds": run.info.wall_seconds,
        "run": str(run.folder),
    }
