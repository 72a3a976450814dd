"""The bad debt of a run, from the events that booked it."""

import json

import pandas as pd

WAD = 10**18
COLUMNS = ["block", "account", "settlement", "amount", "from_fund", "socialised"]


def bad_debts(events: pd.DataFrame) -> pd.DataFrame:
    """One row per `BadDebtBooked` of table `events`; amount = from_fund + socialised, quote currency.

    The contract books bad debt outside liquidations too (settlement 0), so `settlements` alone understates it.
    """
    booked = events[events["event"] == "BadDebtBooked"]
    rows = []
    for block, text in zip(booked["block"], booked["arguments"], strict=True):
        e = {name: int(value) for name, value in json.loads(text).items()}
        amounts = (e[name] / WAD for name in ("amount", "fromFund", "socialised"))
        rows.append((block, e["account"], e["settlement"], *amounts))
    return pd.DataFrame(rows, columns=COLUMNS)
