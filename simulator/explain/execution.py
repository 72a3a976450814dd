"""The order in which blocks were executed, undone ones included."""

import pandas as pd


class Execution:
    """Places of blocks in the order of execution, and when each was undone.

    A block's `place` counts from 0 in that order. Reorganisation k happened between two places: `undone_at[k]`.

    Parameters
    ----------
    blocks, reorgs : pandas.DataFrame
        Tables of a run.
    """

    def __init__(self, blocks: pd.DataFrame, reorgs: pd.DataFrame):
        self.numbers: list[int] = blocks["number"].tolist()
        self.undone_by: list[int] = blocks["reorged_by"].fillna(0).astype(int).tolist()
        self.timestamps: list[int] = blocks["timestamp"].tolist()
        self.base_fees: list[float] = blocks["base_fee_gwei"].tolist()
        self.reorgs = {int(row.reorg): row for row in reorgs.itertuples()}
        self._places = {key: place for place, key in enumerate(zip(self.numbers, self.undone_by, strict=True))}
        self.undone_at: dict[int, float] = {}
        self._by_number: dict[int, list[int]] = {}
        for place, (number, by) in enumerate(zip(self.numbers, self.undone_by, strict=True)):
            self._by_number.setdefault(number, []).append(place)
            if by:
                self.undone_at[by] = place + 0.5

    def __len__(self) -> int:
        return len(self.numbers)

    def place(self, number: int, undone_by: int = 0) -> int:
        """Place of the block `number` that stands, or of the one that reorganisation `undone_by` undid."""
        return self._places[number, undone_by]

    def places(self, frame: pd.DataFrame) -> list[int]:
        """Places of the rows of a table with columns `block` and `reorged_by`."""
        by = frame["reorged_by"].fillna(0).astype(int)
        return [self._places[key] for key in zip(frame["block"].tolist(), by.tolist(), strict=True)]

    def latest(self, number: int, before: float) -> int:
        """Place of the block `number` as it was last executed up to the place `before`; as first executed if later."""
        places = self._by_number[number]
        return max((place for place in places if place <= before), default=places[0])

    def holds(self, place: float, undone_by: int | None, at: float) -> bool:
        """Whether what happened at `place` holds at the place `at`."""
        return place <= at and (not undone_by or at < self.undone_at[undone_by])

    def executed_at(self) -> list[int]:
        """Time at which each block was executed, UTC seconds: one that replaced another came with a later block."""
        times, last = [], {}
        for number, by, own in zip(self.numbers, self.undone_by, self.timestamps, strict=True):
            times.append(int(self.reorgs[last[number]].timestamp) if number in last else own)
            last[number] = by
        return times
