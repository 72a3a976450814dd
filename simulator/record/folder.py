"""Opening the folder of a new run without ever overwriting what is not a run."""

import fcntl
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from simulator.errors import DataError, UsageError
from simulator.record.info import FILE, read_values
from simulator.record.schema import METRICS, TABLES

REPORT = "report.html"
LOCK = ".lock"


def create(folder: Path, force: bool) -> TextIO:
    """Make `folder`; with `force`, in place of a run that is there. Returns the claim to it, as `lock` does.

    Raises
    ------
    UsageError
        If it exists and `force` is not set, or holds something that is not a run, or another process is writing it.
    DataError
        If it cannot be created or cleared.
    """
    if folder.exists() or folder.is_symlink():
        if not force:
            raise UsageError(f"{folder} exists; give another folder with --out, or --force to overwrite it")
        _refuse_what_is_no_run(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        claim = lock(folder)
        try:
            _clear(folder)
        except BaseException:
            claim.close()
            raise
    except OSError as error:
        raise DataError(f"cannot create {folder}: {error.strerror}; give another folder with --out") from None
    return claim


def lock(folder: Path) -> TextIO:
    """Claim a folder for writing until the returned file is closed, or the process ends however it ends.

    Raises UsageError if another process has it, DataError if it cannot be opened.
    """
    try:
        file = (folder / LOCK).open("w")
    except OSError as error:
        raise DataError(f"cannot write the run {folder}: {error.strerror}") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise UsageError(f"{folder} is being written by another process; wait for it, or stop it") from None
    return file


def discard(folder: Path) -> None:
    """Undo `create` for a run that recorded nothing."""
    _clear(folder)
    (folder / LOCK).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _refuse_what_is_no_run(folder: Path) -> None:
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; nothing was removed; give another folder with --out")
    if any(folder.iterdir()):
        try:
            read_values(folder)
        except DataError as error:
            raise UsageError(f"--force overwrites only a run, and nothing was removed: {error}") from None


def _clear(folder: Path) -> None:
    """Remove the files of a run and nothing that may lie beside them; run.json last, so that it can be done again."""
    for table in (*TABLES, METRICS):
        part_folder = folder / f"{table}.parquet"
        if part_folder.exists():
            shutil.rmtree(part_folder)
    (folder / REPORT).unlink(missing_ok=True)
    (folder / FILE).unlink(missing_ok=True)
