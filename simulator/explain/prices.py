"""Prices of the market and of the oracle, and what the oracle was late with."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from simulator.explain import words
from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.moment import AFTER_ALL, Kind, Moment, PriceSeries

TELLING_MOVE = 0.03
"""A price that moved by so much since it was last told is told again."""
TELLING_GAP = 0.01
"""An oracle that was so far off the market in the block before a breach is told."""
LONGEST_WAITS = 5
"""Late updates that are told one by one; the others are counted."""
_ORACLE = ("PriceOracle.", "RiskParameters.", "CovarianceOracle.", "ScenarioSets.")


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
        """Each move of the market by `TELLING_MOVE` or more between two blocks."""
        found = []
        start, stop = bisect_right(self._blocks, first) - 1, bisect_right(self._blocks, last)
        for asset in assets:
            symbol = self._evidence.symbols[asset]
            spots = self._evidence.metrics[f"spot_{symbol}"].to_numpy()
            told = max(start, 0)
            for place in range(told + 1, stop):
                move = spots[place] / spots[told] - 1
                if abs(move) >= TELLING_MOVE:
                    found.append(self._move(symbol, self._blocks[told], self._blocks[place], spots[told], spots[place]))
                    told = place
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


def late_moments(evidence: Evidence, assets: list[int], first: int, last: int) -> list[Moment]:
    """Updates of these assets that did not get into the next block, included between two places; the longest waits."""
    transactions = evidence.transactions
    named = transactions["function"].astype(str).str.startswith(_ORACLE)
    waited = transactions["block"] - transactions["submitted_block"]
    late = transactions[named & (waited > 1) & transactions["place"].between(first, last)]
    late = late.assign(waited=waited[late.index])
    about = _underlyings(evidence, late["place"].min(), late["place"].max()) if len(late) else {}
    found = []
    for row in late.itertuples():
        underlyings = sorted(set(about.get((row.place, row.index), ())) & set(assets))
        if underlyings:
            found.append((row, [evidence.symbols[n] for n in underlyings]))
    found.sort(key=lambda pair: (-pair[0].waited, pair[0].place))
    moments = [_late(evidence, row, symbols) for row, symbols in found[:LONGEST_WAITS]]
    rest = len(found) - len(moments)
    if rest:
        last_told = max(moments, key=lambda moment: moment.place)
        longest = words.blocks(int(found[LONGEST_WAITS][0].waited))
        text = f"{rest} more oracle update{'' if rest == 1 else 's'} waited {longest} or less"
        order = (*last_told.place[:2], last_told.place[2] + 1)
        moments.append(
            Moment(order, last_told.block, last_told.timestamp, Kind.LATE, text, {"others": rest}, last_told.undone_by)
        )
    return moments


def _late(evidence: Evidence, row, symbols: list[str]) -> Moment:
    what = "price" if row.function.startswith("PriceOracle.") else "parameter"
    place = int(row.place)
    text = (
        f"late {what} update of {words.listing(symbols)}: submitted at block {row.submitted_block}, included "
        f"{words.blocks(int(row.waited))} later (bid at most {row.max_fee_gwei:,.4g} gwei, tip {row.tip_gwei:,.4g})"
    )
    figures = {
        "assets": symbols,
        "function": str(row.function),
        "submitted_block": int(row.submitted_block),
        "waited_blocks": int(row.waited),
        "max_fee_gwei": float(row.max_fee_gwei),
        "tip_gwei": float(row.tip_gwei),
    }
    by = None if row.reorged_by != row.reorged_by else int(row.reorged_by)
    order = (place, int(row.index), 0)
    return Moment(order, int(row.block), evidence.execution.timestamps[place], Kind.LATE, text, figures, by)


def _underlyings(evidence: Evidence, first: int, last: int) -> dict[tuple[int, int], list[int]]:
    """Assets that each oracle transaction spoke of, by place and transaction."""
    events = evidence.events
    chosen = events["contract"].isin([name.rstrip(".") for name in _ORACLE]) & events["place"].between(first, last)
    found: dict[tuple[int, int], list[int]] = {}
    for entry in evidence.entries(events[chosen]):
        if "underlying" in entry.args:
            found.setdefault((entry.place, entry.transaction), []).append(entry.args["underlying"])
    return found
