"""Cascades of liquidations, from a run's tables `settlements` and `blocks`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


def liquidations(settlements: pd.DataFrame) -> pd.DataFrame:
    """The liquidations that stand, in order of time: not expiries, not what a reorganisation undid."""
    kept = settlements[(settlements["category"] == "liquidation") & (settlements["status"] != "reverted")]
    return kept.sort_values(["included_time", "settlement"], ignore_index=True)


def clusters(liquidated: pd.DataFrame, gap: float = 600.0) -> pd.DataFrame:
    """Liquidations that follow one another within `gap` seconds, one row per cluster in order of time.

    Columns: start, end (UTC seconds), liquidations, accounts (distinct), bad_debt (quote currency).
    """
    if liquidated.empty:
        return pd.DataFrame({name: [] for name in ("start", "end", "liquidations", "accounts", "bad_debt")})
    cluster = (liquidated["included_time"].diff() > gap).cumsum().rename("cluster")
    return (
        liquidated.groupby(cluster)
        .agg(
            start=("included_time", "min"),
            end=("included_time", "max"),
            liquidations=("settlement", "size"),
            accounts=("account", "nunique"),
            bad_debt=("bad_debt", "sum"),
        )
        .reset_index(drop=True)
    )


def share_by_hour(liquidated: pd.DataFrame) -> pd.Series:
    """Share of all liquidations in each hour that had any; index: start of the hour, UTC. Sums to 1."""
    hour = pd.to_datetime(liquidated["included_time"], unit="s", utc=True).dt.floor("h").rename("hour")
    return hour.value_counts(normalize=True).sort_index().rename("share")


@dataclass(frozen=True, slots=True)
class LossWaterfall:
    """Who lost what to liquidation, in the quote currency.

    accounts : equity that liquidated accounts gave up to liquidators as discount and to the fund as fee.
    fund : bad debt that the insurance fund paid. socialised : bad debt beyond it, borne by all.
    """

    accounts: float
    fund: float
    socialised: float


def loss_waterfall(liquidated: pd.DataFrame, bad_debts: pd.DataFrame) -> LossWaterfall:
    """Losses along the waterfall account -> fund -> everyone.

    A solvent account hands over a slice worth fraction * equity and gets `payment` less `fee` for it; an insolvent one
    has no equity left to lose. `bad_debts`: rows with from_fund and socialised, booked within liquidations or not.
    """
    slice_value = (liquidated["fraction"] * liquidated["equity"]).clip(lower=0)
    given_up = slice_value - liquidated["payment"].clip(lower=0) + liquidated["fee"]
    return LossWaterfall(
        accounts=float(given_up.sum()),
        fund=float(bad_debts["from_fund"].sum()),
        socialised=float(bad_debts["socialised"].sum()),
    )


def delays(
    liquidated: pd.DataFrame, blocks: pd.DataFrame, quantiles: Sequence[float] = (0.5, 0.9, 0.99, 1.0)
) -> pd.DataFrame:
    """Quantiles of the seconds from breach to inclusion, and from inclusion to safe and to final.

    Rows: breach_to_included, included_to_safe, included_to_final. Columns: the quantiles, and count, the number of
    liquidations that got that far. A delay nobody reached is NaN.
    """
    time_of = blocks.drop_duplicates("number", keep="last").set_index("number")["timestamp"]
    included = liquidated["included_time"]
    seconds = pd.DataFrame(
        {
            "breach_to_included": included - liquidated["breach_block"].map(time_of),
            "included_to_safe": liquidated["safe_time"] - included,
            "included_to_final": liquidated["final_time"] - included,
        },
        dtype=np.float64,
    )
    table = seconds.quantile(list(quantiles)).T
    table["count"] = seconds.count()
    return table
