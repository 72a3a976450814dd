"""Prices of the market and of the oracle, and what the oracle changed of its parameters."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from simulator.explain import words
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.moment import AFTER_ALL, Kind, Moment, PriceSeries

TELLING_MOVE = 0.03
"""A price that moved by so much since it was last told is told again."""
TELLING_GAP = 0.01
"""An oracle that was so far off the market in the block before a breach is told."""
MOST_MOVES = 10
"""Moves of an asset that a story tells at most: where there would be more, each has to be twice as large, and so on."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A price in force in the oracle. observed : time of the observation behind it, UTC seconds."""

    price: float
    observed: int


class Prices:
    """Market prices by block and oracle prices by place in the order of execution."""

    def __init__(self, evidence: Evidence):
        self._evidence = evidence

    @cached_property
    def _blocks(self) -> list[int]:
        return self._evidence.metrics.index.tolist()

    @cached_property
    def _in_force(self) -> dict[int, list[Entry]]:
        events = self._evidence.events
        found: dict[int, list[Entry]] = {}
        for entry in self._evidence.entries(events[events["event"] == "SpotInForce"]):
            found.setdefault(entry.args["underlying"], []).append(entry)
        return found

    def market(self, asset: int, block: int) -> float | None:
        """True price at a block, or the last one before it; None before the first."""
        place = bisect_right(self._blocks, block) - 1
        if place < 0:
            return None
        return float(self._evidence.metrics[f"spot_{self._evidence.symbols[asset]}"].iat[place])

    def oracle(self, asset: int, place: float) -> Seen | None:
        """What the contracts went by after the block at `place`; None before the first price."""
        posted = self._in_force.get(asset, [])
        for entry in reversed(posted[: bisect_right(posted, place, key=lambda each: each.place)]):
            if self._evidence.execution.holds(entry.place, entry.undone_by, place):
                return Seen(wads(entry.args["spot"]), entry.args["timestamp"])
        return None

    def gap(self, asset: int, place: float) -> tuple[str, dict]:
        """Market price at the block of that place and by how much the oracle's differed; words and figures."""
        symbol, block = self._evidence.symbols[asset], self._evidence.execution.numbers[int(place)]
        market, seen = self.market(asset, block), self.oracle(asset, place)
        if market is None or seen is None:
            return f"{symbol} had no price yet", {"asset": symbol, "market": market, "oracle": None, "gap": None}
        gap = seen.price / market - 1
        age = max(self._evidence.execution.timestamps[int(place)] - seen.observed, 0)
        text = (
            f"{symbol} {words.price(market)} in the market, {words.price(seen.price)} in the oracle "
            f"({words.signed_percent(gap)}, observed {words.span(age)} before)"
        )
        figures = {"asset": symbol, "market": market, "oracle": seen.price, "gap": gap, "age_seconds": age}
        return text, figures

    def told(self, assets: list[int], place: int, occasion: str, since: int | None = None) -> Moment:
        """The prices of these assets after a block, and the market's move since another block."""
        execution = self._evidence.execution
        block, parts, figures = execution.numbers[place], [], []
        for asset in assets:
            text, found = self.gap(asset, place)
            before = None if since is None else self.market(asset, since)
            if before and found["market"]:
                found["move"] = found["market"] / before - 1
                text += f", {words.signed_percent(found['move'])} since block {since}"
            parts.append(text)
            figures.append(found)
        text = f"prices {occasion}: {'; '.join(parts)}"
        by = execution.undone_by[place] or None
        order = (place, AFTER_ALL, 0)
        return Moment(order, block, execution.timestamps[place], Kind.PRICE, text, {"prices": figures}, by)

    def stale(self, assets: list[int], place: int) -> bool:
        """Whether the oracle was off the market by `TELLING_GAP` or more after the block at a place."""
        return any(abs(self.gap(asset, place)[1]["gap"] or 0.0) >= TELLING_GAP for asset in assets)

    def moves(self, assets: list[int], first: int, last: int) -> list[Moment]:
        """Each move of the market by `TELLING_MOVE` or more between two blocks, or the largest if there are many."""
        start, stop = max(bisect_right(self._blocks, first) - 1, 0), bisect_right(self._blocks, last)
        found = []
        for asset in assets:
            symbol = self._evidence.symbols[asset]
            spots = self._evidence.metrics[f"spot_{symbol}"].to_numpy()[start:stop] if len(self._blocks) else ()
            telling = TELLING_MOVE
            while len(steps := _steps(spots, telling)) > MOST_MOVES:
                telling *= 2
            for before, after in steps:
                blocks = self._blocks[start + before], self._blocks[start + after]
                found.append(self._move(symbol, *blocks, spots[before], spots[after]))
        return found

    def series(self, assets: list[int], first: int, last: int) -> tuple[PriceSeries, ...]:
        """Both prices between two blocks, for the picture."""
        metrics = self._evidence.metrics
        if not len(metrics):
            return ()
        rows = metrics.loc[first:last]
        symbols = [self._evidence.symbols[asset] for asset in assets]
        times = tuple(rows["timestamp"].astype(int).tolist())
        return tuple(
            PriceSeries(symbol, times, tuple(rows[f"spot_{symbol}"]), tuple(rows[f"oracle_spot_{symbol}"]))
            for symbol in symbols
        )

    def _move(self, symbol: str, since: int, block: int, before: float, after: float) -> Moment:
        execution = self._evidence.execution
        place, move = execution.place(block), after / before - 1
        verb = "falls" if move < 0 else "rises"
        text = (
            f"{symbol} {verb} by {words.percent(abs(move))} in the market, from {words.price(before)} to "
            f"{words.price(after)} {self._evidence.quote} since block {since}"
        )
        figures = {"asset": symbol, "move": move, "before": float(before), "after": float(after), "since_block": since}
        return Moment((place, -1, 0), block, execution.timestamps[place], Kind.PRICE, text, figures)


def _steps(spots: Sequence[float], least: float) -> list[tuple[int, int]]:
    """Rows from and to which a price moved by the fraction `least` or more, each move since the one before."""
    found, told = [], 0
    for row in range(1, len(spots)):
        if abs(spots[row] / spots[told] - 1) >= least:
            found.append((told, row))
            told = row
    return found


def parameter_moments(evidence: Evidence, assets: list[int], first: int, last: int) -> list[Moment]:
    """What the oracle changed of the risk parameters of these assets between two blocks, and what was refused."""
    symbols = [evidence.symbols[asset] for asset in assets]
    rows = evidence.parameters
    rows = rows[(rows["block"] >= first) & (rows["block"] <= last) & rows["underlying"].isin(symbols)]
    rows = rows[rows["parameter"] != "spot"]
    moments = []
    for (block, symbol, accepted), group in rows.groupby(["block", "underlying", "accepted"], sort=False):
        place = evidence.execution.place(block)
        changed = group[group["before"] != group["after"]] if accepted else group
        if changed.empty:
            continue
        if accepted:
            steps = [
                f"{row.parameter.replace('_', ' ')} {words.size(row.before)} to {words.size(row.after)}"
                for row in changed.itertuples()
            ]
            text = f"oracle parameters of {symbol}: {', '.join(steps)}"
        else:
            names = words.listing(dict.fromkeys(changed["parameter"].str.replace("_", " ")))
            names = names.replace("expiry", "term structure")
            text = f"oracle update of {symbol} refused ({names}): {changed['reason'].iloc[0]}"
        steps = changed[["parameter", "before", "after", "reason"]].to_dict("records")
        figures = {"asset": symbol, "accepted": bool(accepted), "changes": steps}
        time = evidence.execution.timestamps[place]
        moments.append(Moment((place, -1, 1), int(block), time, Kind.PARAMETER, text, figures))
    return moments
