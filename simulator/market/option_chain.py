"""A snapshot of listed options with their implied volatilities, read from a file."""

import csv
import math
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from simulator.errors import DataError

REQUIRED = (
    "timestamp", "symbol", "optionType", "strikePrice", "expirationDate", "underlyingPrice", "markIV"
)  # fmt: skip
"""Columns that a file must have; markPrice, bestBidIV, bestAskIV and openInterest are read where present."""


@dataclass(frozen=True, slots=True)
class OptionChain:
    """Options of one underlying, row by row; each array and tuple has length n_options.

    symbol : the venue's names
    is_call : bool
    strike, forward : quote currency; the forward is that of the row's expiry at the row's time
    timestamp, expiry : UTC seconds (int64)
    mark_volatility, bid_volatility, ask_volatility : annualised, fractions; NaN where there is none
    mark_price : in the coin (a share of the underlying), as inverse options are quoted; NaN where there is none
    open_interest : units of the underlying; NaN where there is none
    """

    symbol: tuple[str, ...]
    is_call: np.ndarray
    strike: np.ndarray
    forward: np.ndarray
    timestamp: np.ndarray
    expiry: np.ndarray
    mark_volatility: np.ndarray
    bid_volatility: np.ndarray
    ask_volatility: np.ndarray
    mark_price: np.ndarray
    open_interest: np.ndarray

    def __len__(self) -> int:
        return len(self.symbol)

    @property
    def as_of(self) -> int:
        """Time of the newest row, UTC seconds."""
        return int(self.timestamp.max())

    @property
    def expiries(self) -> list[int]:
        """UTC seconds, rising."""
        return [int(expiry) for expiry in np.unique(self.expiry)]

    def at_expiry(self, expiry: int) -> "OptionChain":
        """The rows of one expiry."""
        rows = np.flatnonzero(self.expiry == expiry)
        kept = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "symbol"}
        return OptionChain(symbol=tuple(self.symbol[row] for row in rows), **kept)


def read_option_chain(path: str | Path) -> OptionChain:
    """An option chain in a CSV file of Deribit's fields.

    Times are ISO 8601 (UTC if they name no offset), volatilities in per cent, `optionType` is call or put. Rows that
    have no mark volatility are kept with NaN.

    Raises
    ------
    DataError
        Naming file, line and column: a missing file or column, a cell that is no time or number, a price or volatility
        that is not positive, an option that expired before its quote, one listed twice, or no options at all.
    """
    path = Path(path)
    rows: list[tuple] = []
    lines: dict[str, int] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
            if missing:
                present = ", ".join(reader.fieldnames or ()) or "none"
                raise DataError(f"{path}, line 1: no column {missing[0]} (columns: {present})")
            for cells in reader:
                row = _Row(path, reader.line_num, cells)
                symbol = row.text("symbol")
                if symbol in lines:
                    raise DataError(f"{row.place('symbol')}: {symbol} is listed on line {lines[symbol]} already")
                lines[symbol] = reader.line_num
                rows.append(row.parsed())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if not rows:
        raise DataError(f"{path}: no options in it")
    symbol, is_call, *numbers = zip(*rows, strict=True)
    names = [f.name for f in fields(OptionChain)][2:]
    kinds = {"timestamp": np.int64, "expiry": np.int64}
    arrays = {name: np.array(column, kinds.get(name, float)) for name, column in zip(names, numbers, strict=True)}
    return OptionChain(symbol=symbol, is_call=np.array(is_call), **arrays)


class _Row:
    """One line of the file, with the place of each cell for messages."""

    def __init__(self, path: Path, line: int, cells: dict[str, str | None]):
        self._path, self._line, self._cells = path, line, cells

    def place(self, column: str) -> str:
        return f"{self._path}, line {self._line}, column {column}"

    def text(self, column: str) -> str:
        return (self._cells.get(column) or "").strip()

    def parsed(self) -> tuple:
        """In the order of OptionChain's fields."""
        kind = self.text("optionType").lower()
        if kind not in ("call", "put"):
            raise DataError(f"{self.place('optionType')}: '{kind}' is neither call nor put")
        timestamp, expiry = self._time("timestamp"), self._time("expirationDate")
        if expiry <= timestamp:
            raise DataError(f"{self.place('expirationDate')}: expired before the quote of {self.text('timestamp')}")
        volatilities = [self._optional(column) / 100 for column in ("markIV", "bestBidIV", "bestAskIV")]
        return (
            self.text("symbol"), kind == "call", self._positive("strikePrice"), self._positive("underlyingPrice"),
            timestamp, expiry, *volatilities, self._optional("markPrice"), self._optional("openInterest", zero=True),
        )  # fmt: skip

    def _time(self, column: str) -> int:
        cell = self.text(column)
        try:
            time = datetime.fromisoformat(cell)
        except ValueError:
            raise DataError(f"{self.place(column)}: '{cell}' is not an ISO 8601 time") from None
        return int((time.replace(tzinfo=UTC) if time.tzinfo is None else time).timestamp())

    def _positive(self, column: str) -> float:
        value = self._optional(column)
        if math.isnan(value):
            raise DataError(f"{self.place(column)}: empty; a positive number is needed")
        return value

    def _optional(self, column: str, zero: bool = False) -> float:
        """A positive number, or 0 too if `zero`; NaN for an empty cell."""
        cell = self.text(column)
        try:
            value = float(cell) if cell else math.nan
        except ValueError:
            raise DataError(f"{self.place(column)}: '{cell}' is not a number") from None
        if cell and not (math.isfinite(value) and (value > 0 or (zero and value == 0))):
            raise DataError(f"{self.place(column)}: {cell} must be {'not negative' if zero else 'positive'}")
        return value
