"""Reads a run directory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from simulator.errors import DataError, ScenarioError
from simulator.record.info import RunInfo
from simulator.record.parts import part_digest, part_path, read_parts
from simulator.record.schema import METRICS, STANDING, TABLES
from simulator.record.summary import summarise
from simulator.scenario import Scenario
from simulator.scenario.load import restore


@dataclass(frozen=True, slots=True)
class Run:
    """A run on disk, complete or not. `info` is as of opening."""

    folder: Path
    info: RunInfo

    @classmethod
    def open(cls, folder: str | Path) -> "Run":
        """Open the folder of a run. Raises DataError if it is missing, not a run, damaged or of a newer version."""
        folder = Path(folder)
        return cls(folder, RunInfo.load(folder))

    def scenario(self) -> Scenario:
        """The scenario as it was run. Raises DataError if this version cannot use it."""
        try:
            return restore(self.info.scenario)
        except ScenarioError as error:
            raise DataError(f"{self.folder}/run.json has a scenario that this version cannot use: {error}") from None

    def table(self, name: str) -> pd.DataFrame:
        """Table `name` of `simulator.record.schema`, or "metrics"; empty if nothing was written to it.

        A block or time that has not come yet is NaN, which makes its column a float. Raises DataError for an unknown
        table, and for a part that is missing or damaged or lacks a column.
        """
        if name not in (*TABLES, METRICS):
            raise DataError(f"a run has no table {name!r}; it has {', '.join((*TABLES, METRICS))}")
        if name in self.info.parts:
            first, last = self.info.parts[name]
            frame = read_parts(self.folder, name, first, last).to_pandas()
            for column in TABLES[name].names if name in TABLES else ():
                if column not in frame:
                    raise DataError(f"{self.folder}/{name}.parquet has no column {column!r}; the run is damaged")
            return frame
        return TABLES[name].empty_table().to_pandas() if name in TABLES else pd.DataFrame()

    def changed_table(self) -> tuple[str, str | None, str] | None:
        """The first table whose files are not those that the run wrote, with their digests as written and as found.

        Raises DataError for a part that is missing or cannot be read.
        """
        for name, (first, last) in self.info.parts.items():
            found = ""
            for number in range(first, last + 1):
                found = part_digest(part_path(self.folder, name, number), found)
            if found != (written := self.info.table_digests.get(name)):
                return name, written, found
        return None

    def require_unchanged(self) -> None:
        """Raises DataError if a table is not what the run wrote, damaged or changed since."""
        changed = self.changed_table()
        if changed is None:
            return
        self.table(changed[0])  # says why, where it cannot be read
        raise DataError(
            f"{self.folder}/{changed[0]}.parquet is not what the run wrote: its SHA-256 is not the one in run.json; "
            f"`seawall replay {self.folder}` says what was changed"
        )

    def standing(self, name: str) -> pd.DataFrame:
        """As `table`, without what a reorganisation undid."""
        frame = self.table(name)
        return frame[frame["reorged_by"].isna()] if name in STANDING else frame

    def summary(self) -> dict[str, Any]:
        """The figures of the run as `seawall run --json` prints them."""
        return summarise(self)
