"""Parts of a table: rows to Parquet and back, each file whole or not there."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from simulator.errors import DataError


def part_path(folder: Path, table: str, number: int) -> Path:
    """Where a part lives: TABLE.parquet/part-000001.parquet."""
    return folder / f"{table}.parquet" / f"part-{number:06d}.parquet"


def to_arrow(table: str, schema: pa.Schema, rows: Sequence[tuple]) -> pa.Table:
    """Columns of rows given as tuples in schema order. Raises TypeError naming table and column."""
    for row in rows:
        if len(row) != len(schema):
            raise TypeError(f"a row of {table} has {len(row)} values for {len(schema)} columns: {schema.names}")
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = []
    for column, values in zip(schema, columns, strict=True):
        try:
            arrays.append(pa.array(values, column.type))
        except (pa.ArrowException, OverflowError) as error:
            raise TypeError(f"column {column.name} of table {table} takes {column.type}: {error}") from error
    return pa.Table.from_arrays(arrays, schema=schema)


def write_part(path: Path, table: pa.Table, before: str) -> str:
    """Write a part under another name and move it into place; returns its `part_digest`. Raises OSError."""
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        pq.write_table(table, temporary, compression="zstd")
        digest = part_digest(temporary, before)
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return digest


def part_digest(path: Path, before: str) -> str:
    """SHA-256, in hex, of the digest of the parts before and this one's bytes.

    Raises DataError if it is missing or cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.sha256(before.encode())).hexdigest()
    except FileNotFoundError:
        raise DataError(f"{path} is missing; the run is damaged") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); the run is damaged") from None


def read_parts(folder: Path, table: str, first: int, last: int) -> pa.Table:
    """The parts first..last as one table. Raises DataError naming the part that is missing or damaged."""
    tables = []
    for number in range(first, last + 1):
        path = part_path(folder, table, number)
        try:
            tables.append(pq.ParquetFile(path).read())
        except FileNotFoundError:
            raise DataError(f"{path} is missing; the run is damaged") from None
        except (OSError, ValueError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
            raise DataError(f"{path} cannot be read ({reason}); the run is damaged") from None
    try:
        return pa.concat_tables(tables).unify_dictionaries()
    except pa.ArrowException:
        raise DataError(f"{folder}/{table}.parquet: its parts have different columns; the run is damaged") from None
