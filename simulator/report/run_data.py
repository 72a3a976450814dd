"""A recorded run in memory, as the report reads it: standing liquidations with their durations, account health."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator.finality import Category, Status
from simulator.record import Run, RunInfo


@dataclass(frozen=True)
class RunData:
    """The tables of one run that the report shows; their columns are those of `simulator.record.schema`.

    Blocks that a reorganisation undid are left out.
    """

    folder: Path
    info: RunInfo
    summary: dict[str, Any]
    metrics: pd.DataFrame
    blocks: pd.DataFrame
    transactions: pd.DataFrame
    settlements: pd.DataFrame
    reorgs: pd.DataFrame
    accounts: pd.DataFrame
    parameters: pd.DataFrame
    unincluded: pd.DataFrame

    @property
    def scenario(self) -> dict[str, Any]:
        return dict(self.info.scenario)

    @property
    def quote(self) -> str:
        """Symbol of the quote currency."""
        return self.scenario.get("market", {}).get("quote", "USD")

    @property
    def complete(self) -> bool:
        return self.info.status == "complete"

    @cached_property
    def assets(self) -> list[str]:
        """Symbols with a recorded spot price, in the run's order."""
        return [name.removeprefix("spot_") for name in self.metrics if _is_spot(name)]

    @cached_property
    def liquidations(self) -> pd.DataFrame:
        """Liquidations that stand, in order, with durations in seconds; NaN where a stage was not reached.

        `to_liquidation` runs from breach to inclusion; `to_safe` and `to_final` run from inclusion.
        """
        frame = self.settlements
        chosen = (frame["category"] == Category.LIQUIDATION) & (frame["status"] != Status.REVERTED)
        standing = frame[chosen].sort_values(["included_block", "settlement"], ignore_index=True)
        breach_time = standing["breach_block"].map(self.blocks.set_index("number")["timestamp"])
        standing["to_liquidation"] = standing["included_time"] - breach_time.astype("float64")
        standing["to_safe"] = standing["safe_time"].astype("float64") - standing["included_time"]
        standing["to_final"] = standing["final_time"].astype("float64") - standing["included_time"]
        return standing

    @cached_property
    def health(self) -> pd.DataFrame:
        """Samples of accounts that hold positions, with `health` = net maintenance margin / gross notional."""
        holding = self.accounts[self.accounts["gross_notional"] > 0].copy()
        holding["health"] = holding["maintenance_margin"] / holding["gross_notional"]
        return holding


def _is_spot(column: str) -> bool:
    return column.startswith("spot_") and not column.startswith("spot_shock_")


def read_run(folder: Path) -> RunData:
    """Read a run directory, complete or interrupted. Raises DataError if it is none, or damaged or changed."""
    run = Run.open(folder)
    run.require_unchanged()
    blocks, metrics = run.standing("blocks"), run.table("metrics")
    return RunData(
        folder=Path(folder),
        info=run.info,
        summary=run.summary(),
        metrics=metrics if "timestamp" in metrics else pd.DataFrame({"number": [], "timestamp": []}),
        blocks=blocks,
        transactions=run.standing("transactions")[["block", "function", "submitted_block"]],
        settlements=run.table("settlements"),
        reorgs=run.table("reorgs"),
        accounts=run.table("accounts"),
        parameters=run.table("parameters"),
        unincluded=run.table("unincluded"),
    )


def column(frame: pd.DataFrame, name: str) -> np.ndarray:
    """A column as floats, all NaN where the run did not record it. (n,)"""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64)
