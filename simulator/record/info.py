"""run.json: what a run is, how far it came, and which parts of its tables count."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from simulator.errors import DataError
from simulator.record.schema import METRICS, TABLES

FORMAT = 3
"""Version of the run directory; a reader refuses any other."""
FILE = "run.json"


def _ordered(parts: tuple[int, int]) -> tuple[int, int]:
    if not 1 <= parts[0] <= parts[1]:
        raise ValueError("the first part is at least 1 and not after the last")
    return parts


TableName = Literal[*TABLES, METRICS]
Parts = Annotated[tuple[int, int], AfterValidator(_ordered)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """The contents of run.json.

    scenario : the scenario as validated. chain : name of the backend. versions : package to version.
    status : "running" until the run ends, which a killed run never does. reason : why it was interrupted.
    blocks : number of the newest block that is on disk. total : blocks to simulate, set-up and finality not counted.
    digest : of a complete run. digest_so_far : of the blocks on disk, which a resumed run must come to again.
    parts : table to [first, last] number of the parts that count; anything else in the folder is left over.
    table_digests : table to the digest of the bytes of those parts (simulator.record.parts.part_digest).
    summary : figures the run stated about itself. wall_seconds : from opening the folder to the last flush.
    """

    scenario: Mapping[str, Any]
    seed: int
    chain: str
    versions: Mapping[str, str]
    status: Literal["running", "complete", "interrupted"] = "running"
    reason: str | None = None
    blocks: Annotated[int, Field(ge=0)] = 0
    total: Annotated[int, Field(ge=0)] = 0
    digest_so_far: str | None = None
    digest: str | None = None
    parts: Mapping[TableName, Parts] = field(default_factory=dict)
    table_digests: Mapping[TableName, str] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    wall_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    format: int = FORMAT

    def save(self, folder: Path) -> None:
        """Replace run.json whole. Raises OSError."""
        temporary = folder / f".{FILE}.tmp"
        try:
            temporary.write_text(json.dumps(asdict(self), indent=1, allow_nan=False) + "\n", encoding="utf-8")
            os.replace(temporary, folder / FILE)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, folder: Path) -> "RunInfo":
        """Read run.json. Raises DataError if there is none, or none that this version can read."""
        values = read_values(folder)
        version = values["format"]
        if version > FORMAT:
            raise DataError(
                f"{folder} was written by a newer Seawall (format {version}, this reads {FORMAT}); update Seawall"
            )
        if version < FORMAT:
            raise DataError(
                f"{folder} was written by an older Seawall (format {version}, this reads {FORMAT}); run it again"
            )
        for item in fields(cls):
            if item.name not in values:
                raise DataError(f"{folder / FILE} has no {item.name!r}; the run is damaged")
        try:
            return _adapter().validate_json(json.dumps(values), strict=True)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "its fields"
            raise DataError(f"{folder / FILE}: {where}: {first['msg']}; the run is damaged") from None


@cache
def _adapter() -> TypeAdapter[RunInfo]:
    return TypeAdapter(RunInfo)


def read_values(folder: Path) -> dict[str, Any]:
    """What run.json says, of whatever version. Raises DataError if the folder is not a run."""
    path = folder / FILE
    if not folder.is_dir():
        raise DataError(f"there is no run {folder}; give a folder that `seawall run` wrote")
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{folder} is not a run: it has no {FILE}; give a folder that `seawall run` wrote") from None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read ({error}); the run is damaged") from None
    if not isinstance(values, dict) or not isinstance(values.get("format"), int):
        raise DataError(f"{path} is not the {FILE} of a run: it has no format number")
    return values
