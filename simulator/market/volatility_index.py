"""Implied volatility over time from a file: an index such as DVOL, or an option chain taken as one point of it."""

import csv
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from simulator.errors import DataError
from simulator.market.option_chain import REQUIRED, read_option_chain
from simulator.market.surface import ATM_TAU
from simulator.market.svi_arbitrage import total_variance
from simulator.market.svi_fit import SmileFit, fit_chain


@dataclass(frozen=True, slots=True)
class VolatilityIndex:
    """Annualised implied volatilities (fractions) at rising `times` (UTC seconds); `source` is named in messages."""

    times: tuple[int, ...]
    volatilities: tuple[float, ...]
    source: str = "volatility index"

    def at(self, timestamp: int) -> float:
        """The newest value not later than `timestamp`; DataError before the first, which nobody knew then."""
        place = bisect_right(self.times, timestamp)
        if place == 0:
            first, wanted = (f"{datetime.fromtimestamp(t, UTC):%Y-%m-%dT%H:%MZ}" for t in (self.times[0], timestamp))
            raise DataError(f"{self.source}: begins at {first}, after {wanted}; give one that is older than the run")
        return self.volatilities[place - 1]


def read_volatility_index(path: str | Path) -> VolatilityIndex:
    """An index from a CSV file: timestamp_utc and a value in per cent, or an option chain (see `option_chain`).

    An option chain gives the 30-day volatility of its smiles at its time.

    Raises
    ------
    DataError
        Naming file and line.
    """
    path = Path(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream)
            header = [name.strip() for name in next(reader, [])]
            rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if set(REQUIRED) <= set(header):
        chain = read_option_chain(path)
        return VolatilityIndex((chain.as_of,), (atm_volatility(fit_chain(chain)),), str(path))
    if len(header) != 2 or header[0] != "timestamp_utc":
        raise DataError(
            f"{path}, line 1: an index has the columns timestamp_utc and a volatility in per cent "
            f"(columns: {', '.join(header) or 'none'})"
        )
    if not rows:
        raise DataError(f"{path}: no values in it")
    points = [_point(path, line, cells) for line, cells in rows]
    for ((_, _), (line, _)), ((before, _), (after, _)) in zip(pairwise(rows), pairwise(points), strict=True):
        if after <= before:
            raise DataError(f"{path}, line {line}, column timestamp_utc: not later than the row above")
    times, volatilities = zip(*points, strict=True)
    return VolatilityIndex(times, volatilities, str(path))


def atm_volatility(fits: list[SmileFit], tau: float = ATM_TAU) -> float:
    """At-the-money volatility at `tau` years: total variance interpolated between expiries, volatility kept beyond."""
    taus = np.array([fit.smile[6] for fit in fits])
    variances = np.array([float(total_variance(fit.smile, 0.0)) for fit in fits])
    within = np.clip(tau, taus[0], taus[-1])
    return float(np.sqrt(np.interp(within, taus, variances) / within))


def _point(path: Path, line: int, cells: list[str]) -> tuple[int, float]:
    try:
        time, value = datetime.fromisoformat(cells[0].strip()), float(cells[1])
    except (ValueError, IndexError):
        raise DataError(f"{path}, line {line}: '{','.join(cells)}' is not an ISO 8601 time and a number") from None
    if not 0 < value < 1000:
        raise DataError(f"{path}, line {line}: volatility {cells[1].strip()} must lie in (0, 1000) per cent")
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return int(time.timestamp()), value / 100
