"""How long liquidations were at risk of being undone, how much, and how many were."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator.finality import Category, Status


@dataclass(frozen=True, slots=True)
class SettlementRisk:
    """Over all liquidations that were ever in a block, reverted ones included.

    included, reverted : number of them.
    seconds_to_final : median, 95 % quantile and longest, of those that are final; NaN without any.
    at_risk : `amount` (quote currency) that had changed hands and was not final yet, after each change of it; index:
        time, UTC seconds.
    violations : final liquidations that were undone, or settled twice. Anything but 0 is a defect of the simulator.
    """

    included: int
    reverted: int
    seconds_to_final: tuple[float, float, float]
    at_risk: pd.Series
    violations: int

    @property
    def reverted_share(self) -> float:
        """Share of the inclusions that were undone; 0 without any."""
        return self.reverted / self.included if self.included else 0.0

    @property
    def peak_at_risk(self) -> float:
        """Largest amount at risk at once, quote currency."""
        return float(self.at_risk.max()) if len(self.at_risk) else 0.0


def settlement_risk(settlements: pd.DataFrame, reorgs: pd.DataFrame) -> SettlementRisk:
    """From the tables `settlements` and `reorgs` of a run. What changed hands is |payment| + fee."""
    rows = settlements[settlements["category"] == Category.LIQUIDATION]
    undone = rows["status"] == Status.REVERTED
    final = rows[rows["status"] == Status.FINAL]
    waits = (final["final_time"] - final["included_time"]).to_numpy(dtype=float)
    quantiles = tuple(np.quantile(waits, (0.5, 0.95, 1.0)).tolist()) if len(waits) else (np.nan,) * 3
    violations = int((undone & rows["final_block"].notna()).sum() + final["settlement"].duplicated().sum())
    return SettlementRisk(len(rows), int(undone.sum()), quantiles, _at_risk(rows, reorgs), violations)


def _at_risk(rows: pd.DataFrame, reorgs: pd.DataFrame) -> pd.Series:
    amounts = (rows["payment"].abs() + rows["fee"]).to_numpy(dtype=float)
    until = rows["final_time"].to_numpy(dtype=float, copy=True)
    for place in np.flatnonzero(rows["status"] == Status.REVERTED):
        row = rows.iloc[place]
        after = reorgs[
            (reorgs["timestamp"] >= row["included_time"])
            & (reorgs["head"] >= row["included_block"])
            & (reorgs["head"] - reorgs["depth"] < row["included_block"])
        ]
        until[place] = after["timestamp"].iloc[0] if len(after) else np.nan
    left = ~np.isnan(until)
    times = np.concatenate([rows["included_time"].to_numpy(dtype=float), until[left]])
    changes = pd.Series(np.concatenate([amounts, -amounts[left]]), index=times.astype(np.int64))
    return changes.groupby(level=0).sum().cumsum().clip(lower=0.0).rename("amount")
