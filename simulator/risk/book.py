"""What many accounts hold, sparse: of a thousand listed instruments an account holds a few."""

from dataclasses import dataclass

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite
from simulator.risk.state import Holdings


@dataclass(frozen=True, slots=True)
class Book:
    """Positions, cash and coins of accounts, in compressed rows.

    start : (n_accounts + 1,), where each account's positions begin; the last is their number
    instrument, size : (n_positions,), row of the instrument and units held, short negative
    cash : (n_accounts,), quote currency
    collateral : (n_accounts, n_assets), units of each underlying

    Raises DataError for columns that do not fit each other, or values that are not finite.
    """

    start: np.ndarray
    instrument: np.ndarray
    size: np.ndarray
    cash: np.ndarray
    collateral: np.ndarray

    def __post_init__(self):
        for name, kind in (("start", np.int64), ("instrument", np.int64)):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=kind))
        for name in ("size", "cash", "collateral"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=float))
            if getattr(self, name).size:
                require_finite(getattr(self, name), f"book: {name}")
        accounts = len(self.cash)
        if self.collateral.ndim != 2 or len(self.collateral) != accounts or len(self.start) != accounts + 1:
            raise DataError(
                f"book: {accounts} cash balances, {len(self.start)} starts (one more is needed) and collateral of "
                f"shape {self.collateral.shape}"
            )
        ordered = self.start[0] == 0 and (np.diff(self.start) >= 0).all() and self.start[-1] == len(self.instrument)
        if not ordered or len(self.size) != len(self.instrument):
            raise DataError("book: starts must rise from 0 to the number of positions, each with a size")

    def __len__(self) -> int:
        return len(self.cash)

    def require_fit(self, instruments: int, assets: int) -> None:
        """Refuse positions in instruments, or coins of assets, that are not there.

        Raises
        ------
        DataError
        """
        if len(self.instrument) and not 0 <= self.instrument.min() <= self.instrument.max() < instruments:
            wrong = self.instrument.max() if self.instrument.min() >= 0 else self.instrument.min()
            raise DataError(f"the book holds instrument {wrong}; there are contracts 0 to {instruments - 1}")
        if self.collateral.shape[1] != assets:
            raise DataError(f"the book holds {self.collateral.shape[1]} coins; there are {assets} assets")

    def accounts(self, low: int, high: int) -> "Book":
        """The accounts from `low` up to, not including, `high`."""
        first, last = self.start[low], self.start[high]
        return Book(
            self.start[low : high + 1] - first,
            self.instrument[first:last],
            self.size[first:last],
            self.cash[low:high],
            self.collateral[low:high],
        )


def book_of(holdings: Holdings) -> Book:
    """The book of dense holdings. Zero positions take no room.

    Raises
    ------
    DataError
        Holdings that are not finite or do not fit each other.
    """
    sizes = np.asarray(holdings.sizes, dtype=float)
    if sizes.ndim != 2:
        raise DataError(f"holdings: sizes of shape {sizes.shape}; accounts by instruments are needed")
    account, instrument = np.nonzero(sizes)
    start = np.concatenate([[0], np.cumsum(np.bincount(account, minlength=len(sizes)))])
    return Book(start, instrument, sizes[account, instrument], holdings.cash, holdings.collateral)
