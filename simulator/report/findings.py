"""What the run says about the protocol, in sentences that a designer can act on, each computed from the record."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from simulator.record.lots import NEAR_ZERO
from simulator.report.quantities import count, duration, moment, money, percent, share
from simulator.report.run_data import RunData, column
from simulator.report.shocks import time_behind

# An oracle update that waits longer than this is late: five 12-second blocks, one minute of a crash.
LATE_BLOCKS = 5


# In a crash ten minutes move the price by several per cent, about what maintenance margin is made for.
SLOW_SECONDS = 600

# More than this share of liquidated accounts below zero: margin as such was too thin, not one account unlucky.
THIN_SHARE = 0.05


# A shock that is behind for longer than this share of the run is no passing delay.
BEHIND_SHARE = 0.05


class Tone(StrEnum):
    """How a finding reads."""

    GOOD = "good"
    NOTE = "note"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict: what it is about, how it reads, and the sentence."""

    subject: str
    tone: Tone
    text: str


def find(run: RunData) -> list[Finding]:
    """Every finding of the run, in the order a designer asks."""
    findings = []
    if not run.complete:
        findings.append(_incomplete(run))
    for finding in (_margin, _losses, _auctions, _capital, _speed, _oracle, _parameters, _finality):
        said = finding(run)
        if said is not None:
            findings.append(said)
    return findings


def close_outs(run: RunData) -> pd.DataFrame:
    """`run.liquidations` with the `gross_notional` of the account's last sample before it; NaN if there is none."""
    taken = run.liquidations.sort_values("included_block").astype({"account": "int64", "included_block": "int64"})
    sampled = run.accounts[["block", "account", "gross_notional"]].sort_values("block")
    return pd.merge_asof(taken, sampled, left_on="included_block", right_on="block", by="account")


def liquidated_notional(run: RunData) -> float | None:
    """Gross notional closed out, about: share taken times what was held. None where no account was sampled before."""
    closed = close_outs(run)
    notional = (closed["fraction"] * closed["gross_notional"]).sum(min_count=1)
    return None if np.isnan(notional) else float(notional)


def missing_margin(run: RunData) -> float | None:
    """How far the worst account was below zero, per unit of its notional: margin that it lacked. None if none was."""
    closed = close_outs(run)
    short = closed[(closed["equity"] < 0) & (closed["gross_notional"] > 0)]
    return None if short.empty else float((-short["equity"] / short["gross_notional"]).max())


def capital_ratio(run: RunData) -> float | None:
    """Initial margin required / gross notional, averaged over the samples: what a unit of exposure costs."""
    held = run.health.groupby("block")[["equity", "initial_margin", "gross_notional"]].sum()
    if held.empty:
        return None
    return float(((held["equity"] - held["initial_margin"]) / held["gross_notional"]).mean())


def _incomplete(run: RunData) -> Finding:
    if run.metrics.empty:
        return Finding("run", Tone.WARNING, "Incomplete: the run ended before anything was recorded.")
    last = moment(run.metrics["timestamp"].iloc[-1])
    why = f" ({run.info.reason})" if run.info.reason else ""
    return Finding("run", Tone.WARNING, f"Incomplete{why}: everything below covers the part up to {last} UTC.")


def _margin(run: RunData) -> Finding:
    closed = run.liquidations
    if closed.empty:
        low = column(run.metrics, "accounts_below_maintenance")
        peak = np.nanmax(low) if len(low) and np.isfinite(low).any() else 0
        if peak:
            text = f"No account was liquidated, although up to {count(peak)} were below maintenance margin at once."
            return Finding("margin", Tone.BAD, text)
        return Finding("margin", Tone.GOOD, "No account fell below maintenance margin; nothing was liquidated.")
    accounts = closed["account"].nunique()
    insolvent = closed.loc[closed["equity"] < 0, "account"].nunique()
    debt, notional = run.summary["bad_debt"], liquidated_notional(run)
    if not insolvent and not debt:
        text = f"Margin was enough: all {count(accounts)} liquidated accounts still had equity when they were closed."
        return Finding("margin", Tone.GOOD, text)
    ratio = share(debt, notional or 0)
    cost = money(debt, run.quote) + ("" if ratio is None else f", {percent(ratio, 2)} of the notional liquidated")
    unwanted = closed.loc[(closed["equity"] >= 0) & (closed["bad_debt"] > 0), "account"].nunique()
    if not insolvent:
        text = (
            f"Margin was enough, bidders were not: all {count(accounts)} liquidated accounts still had equity, but "
            f"{count(unwanted)} found no bidder before the fund had to pay one. Bad debt: {cost}."
        )
        return Finding("margin", Tone.WARNING, text)
    thin = insolvent > THIN_SHARE * accounts
    text = (
        f"{'Margin was too thin' if thin else 'Margin mostly held'}: "
        f"{count(insolvent)} of {count(accounts)} liquidated accounts ({percent(insolvent / accounts)}) "
        f"were below zero when they were closed."
    )
    if unwanted:
        text += f" {count(unwanted)} more still had equity, but found no bidder before the fund had to pay one."
    text += f" Bad debt: {cost}."
    missing = missing_margin(run)
    if missing is not None:
        text += f" Maintenance margin higher by {percent(missing)} of notional would have covered the worst."
    return Finding("margin", Tone.BAD if thin else Tone.WARNING, text)


def _losses(run: RunData) -> Finding | None:
    fund, socialised = run.summary["insurance_used"], run.summary["socialised_loss"]
    if not (fund or socialised):
        return None
    size = run.scenario.get("fund", {}).get("initial")
    used = f"{money(fund, run.quote)}" + (f" ({percent(fund / size)} of its start)" if size else "")
    if socialised > 0:
        text = (
            f"The insurance fund paid {used} and was not enough: {money(socialised, run.quote)} fell on all accounts."
        )
        return Finding("losses", Tone.BAD, text)
    return Finding("losses", Tone.WARNING, f"The insurance fund paid {used} and covered every loss.")


def _capital(run: RunData) -> Finding | None:
    ratio = capital_ratio(run)
    if ratio is None or not ratio > 0:
        return None
    text = (
        f"Initial margin averaged {percent(ratio)} of gross notional, "
        f"so an average account could hold {1 / ratio:.1f} times its margin."
    )
    return Finding("capital", Tone.NOTE, text)


def _speed(run: RunData) -> Finding | None:
    waits = run.liquidations["to_liquidation"].dropna()
    if waits.empty:
        return None
    middle, slow = waits.median(), waits.quantile(0.95)
    text = (
        f"From breach to close-out took {duration(middle)} in the median, {duration(slow)} or more for the slowest "
        f"5 %, {duration(waits.max())} at worst."
    )
    left = int(column(run.metrics, "accounts_below_maintenance")[-1])
    if left:
        text += f" {count(left)} were still below maintenance margin at the end."
    lost = never_included(run, ("Liquidation.liquidate", "Liquidation.bid"))
    if lost:
        text += f" {count(lost)} bid{'' if lost == 1 else 's'} of liquidators never got into a block."
    return Finding("speed", Tone.GOOD if slow <= SLOW_SECONDS and not left else Tone.WARNING, text)


def never_included(run: RunData, functions: tuple[str, ...]) -> int:
    """Number of calls of these functions that left the mempool without a block, or wait at the end."""
    gone = run.unincluded[run.unincluded["reason"] != "replaced"]
    return int(gone["function"].astype(str).str.startswith(functions).sum())


def _auctions(run: RunData) -> Finding | None:
    share_of_lots = run.summary["zero_bid_share"]
    if share_of_lots is None:
        return None
    worth = f"less than {percent(NEAR_ZERO, 0)} of"
    if not share_of_lots:
        return Finding("auctions", Tone.GOOD, f"No lot worth winning went for a bid of {worth} its worth.")
    text = (
        f"{percent(share_of_lots)} of the lots were won with bids of {worth} their worth, for want of rivals "
        "(at Maker on 12-13 March 2020: about 36 % with bids of zero)."
    )
    return Finding("auctions", Tone.BAD, text)


def oracle_delays(run: RunData) -> np.ndarray:
    """Blocks that each price or parameter published during the run waited in the mempool. (n,)"""
    simulated = run.blocks.loc[run.blocks["phase"] == "run", "number"]
    sent = run.transactions[run.transactions["block"].isin(simulated)]
    published = sent[sent["function"].astype(str).str.endswith(".publish")]
    return (published["block"] - published["submitted_block"]).to_numpy()


def oracle_errors(run: RunData) -> pd.DataFrame:
    """|oracle / true price - 1| by block (rows) and asset (columns)."""
    errors = {
        asset: np.abs(column(run.metrics, f"oracle_spot_{asset}") / column(run.metrics, f"spot_{asset}") - 1)
        for asset in run.assets
    }
    return pd.DataFrame(errors, index=run.metrics["timestamp"]).replace(np.inf, np.nan)


def _oracle(run: RunData) -> Finding | None:
    delays, errors = oracle_delays(run), oracle_errors(run)
    parts = []
    late = int((delays > LATE_BLOCKS).sum())
    if len(delays):
        parts.append(
            f"{count(late)} of {count(len(delays))} oracle updates waited more than {LATE_BLOCKS} blocks"
            f" (worst {count(delays.max())})"
        )
    lost = never_included(run, ("PriceOracle.", "RiskParameters."))
    if lost:
        parts.append(f"{count(lost)} never got into a block")
    worst = errors.stack().dropna()
    widest = float(worst.max()) if len(worst) else 0.0
    if len(worst):
        when, asset = worst.idxmax()
        parts.append(f"the oracle was up to {percent(widest)} off the market ({asset}, {moment(when)} UTC)")
    if not parts:
        return None
    text = "; ".join(parts)
    bad = late + lost > 0.05 * max(len(delays) + lost, 1) or widest > 0.05
    return Finding("oracle", Tone.WARNING if bad else Tone.GOOD, text[:1].upper() + text[1:] + ".")


def _parameters(run: RunData) -> Finding | None:
    updates = run.parameters
    if updates.empty:
        return None
    refused = updates[~updates["accepted"].astype(bool)]
    if refused.empty:
        text = f"All {count(len(updates))} risk parameter updates were accepted."
    else:
        reason = refused["reason"].mode().iat[0]
        text = (
            f"{count(len(refused))} of {count(len(updates))} risk parameter updates were refused, mostly for {reason}."
        )
    behind = time_behind(run)
    asset = max(behind, key=behind.get, default=None)
    late = asset is not None and behind[asset] > BEHIND_SHARE
    if late:
        text += (
            f" For {percent(behind[asset])} of the run the posted spot shock of {asset} was below what realised "
            "volatility called for: see the policy's cap and step limit."
        )
    return Finding("parameters", Tone.WARNING if late or len(refused) else Tone.GOOD, text)


def _finality(run: RunData) -> Finding | None:
    statuses = run.settlements["status"].value_counts()
    if statuses.empty:
        return None
    total, final = int(statuses.sum()), int(statuses.get("final", 0))
    reverted = int(statuses.get("reverted", 0))
    waits = run.liquidations["to_final"].dropna()
    took = f", in the median {duration(waits.median())} after inclusion" if len(waits) else ""
    if final == total:
        return Finding("finality", Tone.GOOD, f"All {count(total)} settlements became final{took}.")
    text = f"{count(final)} of {count(total)} settlements became final{took}"
    text += f"; {count(reverted)} reverted" if reverted else ""
    return Finding("finality", Tone.WARNING, f"{text}.")
