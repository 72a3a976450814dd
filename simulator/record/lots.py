"""The lots that English auctions sold, from the events of a run, and how many went for next to nothing."""

import json

import pandas as pd

WAD = 10**18
NEAR_ZERO = 0.05
"""A bid below this share of what the lot was worth counts as zero. On 12-13 March 2020 about 36 % of Maker's auctions
were won with bids of 0 DAI (Whiterabbit, "Black Thursday for MakerDAO", March 2020)."""
WORTH_WINNING = 0.1
"""Share of a lot's maintenance requirement from which its worth is more than unwinding it takes. In a crash unwinding
takes up to 7 % of the requirement: what is worth less than that goes for a bid of nearly nothing among keen rivals."""

COLUMNS = [
    "lot", "block", "account", "liquidator", "settlement", "bids", "payment", "reserve", "worth", "requirement",
    "bid_share",
]  # fmt: skip


def sold_lots(events: pd.DataFrame) -> pd.DataFrame:
    """One row per `LotSold` of table `events`, quote currency.

    worth, requirement : equity of the lot and its maintenance requirement when the winning bid was placed.
    bids : number of them, since the lot was last put on offer.
    bid_share : (payment - reserve) / (worth - reserve): 0 is a bid of nothing, 1 one without profit. A `reserve` below
        zero is what the fund adds for a lot without equity.
    """
    chosen = events[events["event"].isin(["LotOffered", "BidPlaced", "LotSold"])]
    fractions: dict[int, float] = {}
    placed: dict[int, list[dict]] = {}
    rows = []
    for block, name, text in zip(chosen["block"], chosen["event"], chosen["arguments"], strict=True):
        e = {key: int(value) for key, value in json.loads(text).items()}
        lot = e["lot"]
        if name == "LotOffered":
            fractions[lot], placed[lot] = e["fraction"] / WAD, []
        elif name == "BidPlaced":
            placed[lot].append(e)
        else:
            best = placed[lot][-1]
            payment, reserve = best["payment"] / WAD, best["reserve"] / WAD
            worth = fractions[lot] * best["equity"] / WAD
            requirement = worth - fractions[lot] * best["maintenanceMargin"] / WAD
            share = (payment - reserve) / (worth - reserve) if worth > reserve else float("nan")
            parties = e["account"], e["liquidator"], e["settlement"]
            rows.append((lot, block, *parties, len(placed[lot]), payment, reserve, worth, requirement, share))
    return pd.DataFrame(rows, columns=COLUMNS)


def zero_bid_share(lots: pd.DataFrame) -> float | None:
    """Share of the lots sold that were worth winning and went for a bid near zero; None without lots."""
    if lots.empty:
        return None
    worth_winning = lots["worth"] - lots["reserve"] >= WORTH_WINNING * lots["requirement"]
    return float((worth_winning & (lots["bid_share"] < NEAR_ZERO)).mean())
