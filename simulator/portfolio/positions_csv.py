"""Positions from a CSV file, named as option venues name them."""

import csv
import math
import re
from pathlib import Path
from typing import Any

from simulator.errors import DataError

COLUMNS = ("instrument", "size", "entry_price", "unrealised", "funding")
"""`instrument` and `size` are required; the others may be left out or empty."""
CASH = "CASH"
_INSTRUMENT = re.compile(r"(?P<underlying>\w+)-(?P<expiry>\w+)(?:-(?P<strike>\d+(?:\.\d+)?)-(?P<kind>[CP]))?")


def read_positions(path: str | Path) -> tuple[float, list[dict[str, Any]]]:
    """Cash, and positions as the portfolio file has them.

    Instruments are ETH-PERPETUAL, ETH-28FEB25 (a future), ETH-28FEB25-4000-C (an option, C or P); the size of CASH is
    an amount of quote currency.

    Raises
    ------
    DataError
        Naming file, line and column: a missing file or column, an instrument of another form, a cell that is no number.
    """
    path = Path(path)
    cash, positions = 0.0, []
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, skipinitialspace=True)
            present = list(reader.fieldnames or ())
            for column in COLUMNS[:2]:
                if column not in present:
                    raise DataError(f"{path}, line 1: no column {column} (columns: {', '.join(present) or 'none'})")
            for column in present:
                if column not in COLUMNS:
                    raise DataError(f"{path}, line 1: unknown column '{column}' (allowed: {', '.join(COLUMNS)})")
            for cells in reader:
                place = f"{path}, line {reader.line_num}"
                name = (cells["instrument"] or "").strip()
                numbers = {column: _number(cells, column, place) for column in COLUMNS[1:]}
                if numbers["size"] is None:
                    raise DataError(f"{place}, column size: empty; a number is needed")
                if name == CASH:
                    cash += numbers["size"]
                else:
                    positions.append(_position(name, numbers, place))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return cash, positions


def _position(name: str, numbers: dict[str, float | None], place: str) -> dict[str, Any]:
    parts = _INSTRUMENT.fullmatch(name)
    if parts is None:
        raise DataError(
            f"{place}, column instrument: '{name}' is none of ETH-PERPETUAL, ETH-28FEB25, ETH-28FEB25-4000-C, {CASH}"
        )
    given = {column: value for column, value in numbers.items() if value is not None}
    if parts["expiry"] == "PERPETUAL":
        return {"type": "perpetual", "underlying": parts["underlying"], **given}
    dated = {"underlying": parts["underlying"], "expiry": parts["expiry"], **given}
    if parts["strike"] is None:
        return {"type": "future", **dated}
    kind = "call" if parts["kind"] == "C" else "put"
    return {"type": "option", "strike": float(parts["strike"]), "kind": kind, **dated}


def _number(cells: dict[str, str | None], column: str, place: str) -> float | None:
    cell = (cells.get(column) or "").strip()
    try:
        value = float(cell) if cell else None
    except ValueError:
        value = math.nan
    if value is not None and not math.isfinite(value):
        raise DataError(f"{place}, column {column}: '{cell}' is not a number")
    return value
