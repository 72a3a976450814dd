"""The tables of the report: what each column is called, its unit, how it reads and how it sorts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from simulator.report.quantities import MISSING, count, duration, moment, money, percent
from simulator.report.run_data import RunData

# Rows of one table in the page: more would slow it down, and nobody reads them there.
ROWS = 300


@dataclass(frozen=True, slots=True)
class Column:
    """One column: the field it shows, its heading, and how a value reads; without `show` it is text.

    sentences : whether its text is long, and goes on in the next line.
    """

    field: str
    heading: str
    show: Callable[[Any], str] | None = None
    sentences: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table ready for the page: at most `ROWS` rows of `total`, chosen and ordered as the caption says."""

    name: str
    title: str
    caption: str
    columns: list[Column]
    rows: pd.DataFrame
    total: int
    source: str


def tables(run: RunData) -> list[Table]:
    """All tables of the report."""
    return [_liquidations(run), _accounts(run), _parameters(run)]


def _liquidations(run: RunData) -> Table:
    closed = run.liquidations.merge(kinds(run), on="account", how="left")
    amount = f", {run.quote}"
    columns = [
        Column("settlement", "number", count),
        Column("included_time", "time, UTC", moment),
        Column("account", "account", count),
        Column("kind", "kind"),
        Column("counterparty", "liquidator", count),
        Column("fraction", "share closed", percent),
        Column("bad_debt", "bad debt" + amount, money),
        Column("equity", "equity" + amount, money),
        Column("payment", "paid" + amount, money),
        Column("fee", "fee" + amount, money),
        Column("from_fund", "from fund" + amount, money),
        Column("socialised", "socialised" + amount, money),
        Column("to_liquidation", "breach to liquidation", duration),
        Column("to_safe", "to safe", duration),
        Column("to_final", "to final", duration),
        Column("status", "status"),
    ]
    caption = (
        "Each liquidation that stands, the largest bad debt first. Paid is what the liquidator paid for the share, "
        "negative where it was paid to take it."
    )
    chosen = closed.sort_values(["bad_debt", "included_block"], ascending=[False, True])
    return Table(
        "liquidations", "Liquidations", caption, columns, chosen.head(ROWS), len(closed), "settlements.parquet"
    )


def kinds(run: RunData) -> pd.DataFrame:
    """Account and kind of agent, one row each."""
    known = run.accounts[["account", "kind"]].drop_duplicates("account")
    return known.astype({"kind": "object"})


def _accounts(run: RunData) -> Table:
    samples = run.accounts.astype({"kind": "object"}).sort_values("block")
    grouped = samples.groupby("account")
    rows = grouped.agg(
        kind=("kind", "first"),
        peak_notional=("gross_notional", "max"),
        first_equity=("equity", "first"),
        last_equity=("equity", "last"),
        lowest_equity=("equity", "min"),
    )
    rows["change"] = rows["last_equity"] - rows["first_equity"]
    rows["lowest_health"] = run.health.groupby("account")["health"].min()
    rows["liquidations"] = run.liquidations.groupby("account").size()
    rows["liquidations"] = rows["liquidations"].fillna(0)
    rows = rows.sort_values("peak_notional", ascending=False).reset_index()
    amount = f", {run.quote}"
    columns = [
        Column("account", "account", count),
        Column("kind", "kind"),
        Column("peak_notional", "peak notional" + amount, money),
        Column("first_equity", "equity at start" + amount, money),
        Column("last_equity", "equity at end" + amount, money),
        Column("change", "change" + amount, money),
        Column("lowest_equity", "lowest equity" + amount, money),
        Column("lowest_health", "lowest health", percent),
        Column("liquidations", "liquidations", count),
    ]
    caption = "Accounts as sampled through the run, the largest gross notional first."
    return Table("accounts", "Top accounts", caption, columns, rows.head(100), len(rows), "accounts.parquet")


def _parameters(run: RunData) -> Table:
    updates = run.parameters.copy()
    updates["change"] = (updates["after"] / updates["before"] - 1).where(updates["before"] > 0)
    updates["outcome"] = updates["accepted"].map({True: "accepted", False: "refused"})
    updates["reason"] = updates["reason"].replace("", None)
    columns = [
        Column("timestamp", "time, UTC", moment),
        Column("underlying", "asset"),
        Column("parameter", "parameter"),
        Column("before", "before", _plain),
        Column("after", "after", _plain),
        Column("change", "change", percent),
        Column("outcome", "outcome"),
        Column("reason", "reason"),
    ]
    caption = "Risk parameters that the oracle posted, as fractions; refused ones first, then the largest changes."
    size = updates["change"].abs().fillna(0)
    order = updates.assign(size=size).sort_values(["accepted", "size"], ascending=[True, False]).index
    chosen = updates.loc[order].head(ROWS)
    return Table("parameters", "Parameter updates", caption, columns, chosen, len(updates), "parameters.parquet")


def _plain(value: float | None) -> str:
    return MISSING if pd.isna(value) else f"{value:,.4g}"
