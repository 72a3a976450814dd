"""Writes a run directory as the run goes: bounded memory, and readable at any moment up to its last flush."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any

import pyarrow as pa

from simulator.errors import DataError, InvariantError, UsageError
from simulator.finality import Settlement
from simulator.record import folder as run_folder
from simulator.record.info import RunInfo
from simulator.record.parts import part_path, to_arrow, write_part
from simulator.record.schema import METRICS, TABLES, metrics_schema

FLUSH_BLOCKS = 500
"""Rows go to disk at least this often."""
SETTLEMENTS = "settlements"
_settlement_row = attrgetter(*TABLES[SETTLEMENTS].names)


@dataclass(frozen=True, slots=True)
class _Buffer:
    """Parts of a table on disk, and its rows since the last flush."""

    parts: int = 0
    rows: list = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Cut:
    """The newest complete block, and how many rows of each buffer lead up to its end."""

    block: int = 0
    digest: str | None = None
    rows: Mapping[str, int] = field(default_factory=dict)


class RunWriter:
    """A run directory being written; use it as a context manager.

    Rows wait in memory and go to disk as one part per table every `flush_blocks` blocks or `flush_rows` rows. run.json
    is replaced last and names the parts that count, so a process killed at any moment leaves a readable run that ends
    with a whole block. An exception, Ctrl-C included, leaves the run marked interrupted, or no run if no block was
    complete.

    Parameters
    ----------
    folder : Path
        Created here. An existing one is refused; with `force`, a run in it is removed first.
    scenario : mapping
        The scenario as plain data: `Scenario.model_dump(mode="json")`.
    seed : int
    chain : str
        Name of the chain backend.
    versions : mapping of str to str
        Package to version.
    total : int
        Blocks to simulate.

    Raises
    ------
    UsageError
        If the folder exists, `force` would remove what is not a run, or another process is writing there.
    DataError
        If the disk refuses, here and in every method that writes.
    """

    def __init__(
        self,
        folder: Path,
        scenario: Mapping[str, Any],
        seed: int,
        chain: str,
        versions: Mapping[str, str],
        *,
        total: int = 0,
        force: bool = False,
        flush_blocks: int = FLUSH_BLOCKS,
        flush_rows: int = 50_000,
    ):
        self.folder = Path(folder)
        self._lock = run_folder.create(self.folder, force)
        info = RunInfo(scenario=dict(scenario), seed=seed, chain=chain, versions=dict(versions), total=total)
        self._open(info, flush_blocks, flush_rows)

    @classmethod
    def resume(cls, folder: Path, *, flush_blocks: int = FLUSH_BLOCKS, flush_rows: int = 50_000) -> "RunWriter":
        """Go on with a run that stopped. It takes the same rows from the first block and drops those that are on disk.

        Raises
        ------
        UsageError
            If the run is complete, or another process is still writing it.
        DataError
            If the folder is not a run that this version can read. Later, in `block_done`, if the rows come to other
            blocks than those recorded.
        """
        writer = cls.__new__(cls)
        writer.folder = Path(folder)
        _unfinished(writer.folder)
        writer._lock = run_folder.lock(writer.folder)
        # Who had the lock until now may have written more.
        info = _unfinished(writer.folder)
        writer._open(replace(info, status="running", reason=None), flush_blocks, flush_rows)
        return writer

    def _open(self, info: RunInfo, flush_blocks: int, flush_rows: int) -> None:
        self.info = info
        self._started = monotonic() - info.wall_seconds
        self._flush_blocks, self._flush_rows = flush_blocks, flush_rows
        self._schemas: dict[str, pa.Schema] = dict(TABLES)
        self._buffers = {name: self._empty(name) for name in TABLES}
        self._cut = _Cut()
        # Until this block, rows are those of an earlier process.
        self._recorded = info.blocks
        # Settlements change until they are final: their rows are changes, and a flush that has any rewrites the table.
        self._latest: dict[tuple[int, int], Settlement] = {}
        self._save(self.info)

    def _empty(self, table: str) -> _Buffer:
        return _Buffer(self.info.parts[table][1] if table in self.info.parts else 0)

    def append(self, table: str, row: tuple) -> None:
        """Add a row, values in the order of `simulator.record.schema`. Raises KeyError for an unknown table."""
        self._buffers[table].rows.append(row)

    def extend(self, table: str, rows: Iterable[tuple]) -> None:
        """Add many rows."""
        self._buffers[table].rows.extend(rows)

    def append_metrics(self, values: Mapping[str, float]) -> None:
        """Add a row of `metrics`; the first one fixes the columns. Raises InvariantError if a later one differs."""
        if METRICS not in self._schemas:
            self._schemas[METRICS] = metrics_schema(values)
            self._buffers[METRICS] = self._empty(METRICS)
        names = self._schemas[METRICS].names
        if values.keys() != set(names):
            raise InvariantError(f"metrics changed columns during the run: {sorted(values.keys() ^ set(names))}")
        self._buffers[METRICS].rows.append(tuple(values[name] for name in names))

    def settlements(self, changed: Iterable[Settlement]) -> None:
        """Record settlements that are new or changed, as the tracker returns them."""
        self._buffers[SETTLEMENTS].rows.extend(changed)

    def block_done(self, number: int, digest: str | None = None) -> None:
        """Every row of block `number` is in, `digest` is that of the run so far; flush if it is time to."""
        if number <= self._recorded:
            self._skip(number, digest)
            return
        rows = {name: len(buffer.rows) for name, buffer in self._buffers.items()}
        self._cut = _Cut(number, digest, rows)
        if number - self.info.blocks >= self._flush_blocks or sum(rows.values()) >= self._flush_rows:
            self._flush(self.info)

    def _skip(self, number: int, digest: str | None) -> None:
        """Drop the rows of blocks that are on disk; at the last of them, make sure that they are the same."""
        self._latest |= {s.key: s for s in self._buffers[SETTLEMENTS].rows}
        for buffer in self._buffers.values():
            buffer.rows.clear()
        if number == self._recorded and digest != self.info.digest_so_far:
            raise DataError(
                f"{self.folder} cannot be resumed: block {number} comes out different from what is recorded; resume it "
                f"with the versions that began it ({_listed(self.info.versions)}), or run the scenario again"
            )

    def finish(self, digest: str, summary: Mapping[str, Any] | None = None) -> None:
        """The run is complete. `summary`: figures to keep in run.json that no table holds."""
        self._cut = replace(self._cut, rows={name: len(buffer.rows) for name, buffer in self._buffers.items()})
        self._flush(replace(self.info, status="complete", digest=digest, summary=dict(summary or {})))

    def __enter__(self) -> "RunWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._leave(kind, error)

    def _leave(self, kind: type[BaseException] | None, error: BaseException | None) -> None:
        if self.info.status != "running":
            return
        if kind is None:
            reason = "the run was left before it finished"
        elif issubclass(kind, KeyboardInterrupt):
            reason = "interrupted by the user"
        else:
            reason = f"{kind.__name__}: {error}"
        interrupted = replace(self.info, status="interrupted", reason=reason)
        try:
            if not self.info.parts and not any(self._cut.rows.values()):
                run_folder.discard(self.folder)
                return
            self._flush(interrupted)
        except (DataError, TypeError, OSError):
            # A full disk, or rows that do not fit: what was flushed before counts, and its status may still fit.
            with suppress(DataError):
                self._save(interrupted)

    def _flush(self, info: RunInfo) -> None:
        """Write what is whole, then run.json, then forget the rows; a complete run has every table, if only empty.

        Until the last step a flush can be done again with the same result: an interrupt in the middle costs nothing.
        """
        complete = info.status == "complete"
        latest = self._latest
        parts: dict[str, tuple[int, int]] = {}
        digests = dict(self.info.table_digests)
        fresh: dict[str, _Buffer] = {}
        for name, buffer in self._buffers.items():
            whole, count = self._cut.rows.get(name, 0), buffer.parts
            if whole or (complete and not count):
                count += 1
                rows = buffer.rows[:whole]
                if name == SETTLEMENTS:
                    latest = latest | {s.key: s for s in rows}
                    rows = [_settlement_row(settlement) for settlement in latest.values()]
                table = to_arrow(name, self._schemas[name], rows)
                before = "" if name == SETTLEMENTS else digests.get(name, "")
                digests[name] = self._guard(write_part, part_path(self.folder, name, count), table, before)
            fresh[name] = _Buffer(count, buffer.rows[whole:])
            if count:
                parts[name] = (count if name == SETTLEMENTS else 1, count)
        seconds = round(monotonic() - self._started, 3)
        newest = max(self._cut.block, self.info.blocks)
        digest = self._cut.digest or self.info.digest_so_far
        info = replace(
            info, parts=parts, table_digests=digests, blocks=newest, digest_so_far=digest, wall_seconds=seconds
        )
        self._save(info)
        replaced, kept = self._buffers[SETTLEMENTS].parts, fresh[SETTLEMENTS].parts
        self.info, self._latest, self._buffers, self._cut = info, latest, fresh, _Cut(self._cut.block, self._cut.digest)
        if 0 < replaced < kept:
            part_path(self.folder, SETTLEMENTS, replaced).unlink(missing_ok=True)

    def _save(self, info: RunInfo) -> None:
        self._guard(info.save, self.folder)

    def _guard(self, write, *arguments):
        try:
            return write(*arguments)
        except OSError as error:
            reason = error.strerror or str(error).splitlines()[0]
            raise DataError(
                f"cannot write the run {self.folder}: {reason}; "
                f"it is readable up to block {self.info.blocks}; free space or choose another folder with --out"
            ) from error


def _unfinished(folder: Path) -> RunInfo:
    info = RunInfo.load(folder)
    if info.status == "complete":
        raise UsageError(f"{folder} is complete; nothing is left to resume; `seawall report {folder}` shows it")
    return info


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
