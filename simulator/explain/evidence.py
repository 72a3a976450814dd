"""The record of a run, arranged by what a story asks for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from simulator.errors import UsageError
from simulator.explain.execution import Execution
from simulator.finality import Category, Settlement, Status
from simulator.market.instruments import Listed, listed
from simulator.record import Run
from simulator.record.schema import SETTLEMENTS
from simulator.wads import WAD

_ROLES = ("account", "buyer", "seller", "from_", "to", "liquidator")
_WHOLE = {column.name for column in SETTLEMENTS if pa.types.is_integer(column.type)}
_HOUSES = ("ClearingHouse", "Liquidation", "SettlementLedger")


@dataclass(frozen=True, slots=True)
class Entry:
    """A decoded event with its place in the order of execution. Integers of `args` are exact."""

    place: int
    block: int
    transaction: int
    index: int
    contract: str
    event: str
    args: dict[str, Any]
    undone_by: int | None

    @property
    def order(self) -> tuple[float, int, int]:
        """Place, transaction and event: sorts moments."""
        return self.place, self.transaction, self.index


class Evidence:
    """What a run recorded. Tables are read when they are first asked for.

    Parameters
    ----------
    run : Run
        Complete or not. Raises DataError where it cannot be read, or is not what was written.
    """

    def __init__(self, run: Run):
        run.require_unchanged()
        self.run = run
        self.scenario = run.scenario()
        self.quote = self.scenario.market.quote
        self.symbols = tuple(asset.symbol for asset in self.scenario.market.assets)
        self.instruments: list[Listed] = listed(self.scenario)

    @cached_property
    def execution(self) -> Execution:
        """The order of blocks."""
        return Execution(self.run.table("blocks"), self.run.table("reorgs"))

    @cached_property
    def events(self) -> pd.DataFrame:
        """Table `events` with the column `place`."""
        return self._placed("events")

    @cached_property
    def transactions(self) -> pd.DataFrame:
        """Table `transactions` with the column `place`."""
        return self._placed("transactions")

    @cached_property
    def unincluded(self) -> pd.DataFrame:
        """Table `unincluded` with the column `place`, that of the block before which each left; the end if none did."""
        frame = self.run.table("unincluded")
        left = frame["left_block"].notna().to_numpy()
        places = np.full(len(frame), len(self.execution))
        places[left] = self.execution.places(frame[left].rename(columns={"left_block": "block"}))
        return frame.assign(place=places)

    @cached_property
    def owners(self) -> dict[str, int]:
        """Account of each wallet that opened one; the first."""
        opened = self.entries(self.events[self.events["event"] == "AccountOpened"])
        found: dict[str, int] = {}
        for entry in opened:
            found.setdefault(entry.args["owner"], entry.args["account"])
        return found

    @cached_property
    def samples(self) -> pd.DataFrame:
        """Table `accounts`, one row per block and account."""
        return self.run.table("accounts").drop_duplicates(["block", "account"], ignore_index=True)

    @cached_property
    def healthy_blocks(self) -> dict[int, list[int]]:
        """Blocks of the samples in which each account held positions and was above maintenance margin."""
        rows = self.samples[(self.samples["gross_notional"] > 0) & (self.samples["maintenance_margin"] >= 0)]
        return {int(account): blocks.tolist() for account, blocks in rows.groupby("account")["block"]}

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Table `parameters`."""
        return self.run.table("parameters")

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """Table `metrics`, by block number."""
        metrics = self.run.table("metrics")
        return metrics.set_index("number", drop=False) if len(metrics) else metrics

    @cached_property
    def settlements(self) -> list[Settlement]:
        """Every liquidation that was ever in a block, in the order of execution."""
        frame = self.run.table("settlements")
        frame = frame[frame["category"] == Category.LIQUIDATION]
        frame = frame.astype(object).where(frame.notna(), None)
        found = [_settlement(row) for row in frame.to_dict("records")]
        return sorted(found, key=lambda s: self.closed_out[s.key].order)

    @cached_property
    def closed_out(self) -> dict[tuple[int, int], Entry]:
        """The event that closed out, by (settlement, attempt): attempts of a number count its settlements."""
        chosen = self.events[self.events["event"].isin(("Settled",))]
        tries: dict[int, int] = {}
        found = {}
        for entry in self.entries(chosen):
            number = entry.args["settlement"]
            found[number, tries.setdefault(number, 0)] = entry
            tries[number] += 1
        return found

    @cached_property
    def lifetimes(self) -> dict[tuple[int, int], tuple[float, float]]:
        """Places at which each close-out was executed and undone, infinity if never, by (settlement, attempt)."""
        undone_at = self.execution.undone_at
        return {key: (e.place, undone_at[e.undone_by] if e.undone_by else inf) for key, e in self.closed_out.items()}

    @cached_property
    def sold_lots(self) -> dict[tuple[int, int], Entry]:
        """The event that sold a lot, by place and transaction."""
        return {(e.place, e.transaction): e for e in self.entries(self.events[self.events["event"] == "LotSold"])}

    @cached_property
    def kinds(self) -> dict[int, str]:
        """What sort of agent each account is."""
        known = self.samples.drop_duplicates("account")
        return {int(a): str(k) for a, k in zip(known["account"], known["kind"], strict=True)}

    @cached_property
    def tokens(self) -> dict[str, int | None]:
        """Number of the asset behind each token; None for the quote currency."""
        listed_tokens = self.entries(self.events[self.events["event"] == "TokenListed"])
        return {e.args["token"]: None if e.args["isCash"] else e.args["underlying"] for e in listed_tokens}

    def entries(self, frame: pd.DataFrame) -> Iterator[Entry]:
        """Rows of `events`, decoded."""
        columns = ("place", "block", "transaction", "index", "contract", "event", "arguments", "reorged_by")
        for row in zip(*(frame[name].tolist() for name in columns), strict=True):
            by = None if row[7] != row[7] else int(row[7])
            yield Entry(*row[:6], {name: _exact(value) for name, value in json.loads(row[6]).items()}, by)

    def of_account(self, account: int) -> list[Entry]:
        """Every event of clearing house, mechanism and ledger that names the account, in the order of execution."""
        return self._by_account.get(account, [])

    def named(self, account: int) -> str:
        """`account 165 (aggressive liquidator)`."""
        kind = self.kinds.get(account)
        return f"account {account}" + (f" ({kind.replace('_', ' ')})" if kind else "")

    def require_account(self, account: int) -> None:
        """Raises UsageError for an account that the run does not have."""
        opened = (self.events["event"] == "AccountOpened").sum()
        if not 1 <= account <= opened:
            known = f"it has accounts 1 to {opened}" if opened else "no account was opened in it"
            raise UsageError(f"{self.run.folder} has no account {account}; {known}")

    def require_settlement(self, number: int) -> list[Settlement]:
        """All attempts of a liquidation. Raises UsageError for a number that is none."""
        found = [s for s in self.settlements if s.settlement == number]
        if found:
            return found
        folder = self.run.folder
        if not self.settlements:
            raise UsageError(f"{folder} has no liquidations, so there is no settlement {number} to explain")
        numbers = [s.settlement for s in self.settlements]
        low, high = min(numbers), max(numbers)
        raise UsageError(f"{folder} has no liquidation with settlement number {number}; they are among {low} to {high}")

    @cached_property
    def _by_account(self) -> dict[int, list[Entry]]:
        found: dict[int, list[Entry]] = {}
        for entry in self.entries(self.events[self.events["contract"].isin(_HOUSES)]):
            for account in {entry.args[role] for role in _ROLES if isinstance(entry.args.get(role), int)}:
                found.setdefault(account, []).append(entry)
        return found

    def _placed(self, name: str) -> pd.DataFrame:
        frame = self.run.table(name)
        return frame.assign(place=self.execution.places(frame))


def wads(value: int) -> float:
    """1e18 fixed point as a float."""
    return value / WAD


def _exact(value: Any) -> Any:
    if isinstance(value, str) and value.removeprefix("-").isdigit():
        return int(value)
    return [_exact(member) for member in value] if isinstance(value, list) else value


def _settlement(row: dict[str, Any]) -> Settlement:
    # A column with gaps comes as floats.
    whole = {name: None if row[name] is None else int(row[name]) for name in _WHOLE}
    category, status = Category(row["category"]), Status(row["status"])
    return Settlement(**(row | whole | {"category": category, "status": status}))
