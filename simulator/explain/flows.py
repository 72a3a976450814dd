"""Executed flow on the open market, from the record: who bought or sold how much of which asset, and why."""

import math
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.explain.evidence import Entry, Evidence, wads
from simulator.explain.holdings import Holding
from simulator.market.instruments import Kind, Listed
from simulator.market.process import YEAR_SECONDS
from simulator.market.surface import ATM_TAU, VolatilitySurface
from simulator.risk.pricing import black76, black76_delta
from simulator.risk.smile import svi_volatility

MAKER = "market_maker"
Key = tuple[int, int]
"""(settlement, attempt)."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Flow that moved the price of `asset` from the block after `timestamp` on.

    quantity : units of the asset, positive buys. cause : the liquidation whose spoils were sold, None for other flow.
    """

    timestamp: int
    asset: int
    quantity: float
    cause: Key | None


class TrueMarket:
    """Spot, volatility and deltas of the true market at the time of a block.

    The short-dated volatility is not recorded; it follows from the recorded 30-day one by the term structure.
    """

    def __init__(self, evidence: Evidence):
        metrics = evidence.metrics
        section = evidence.scenario.market.surface
        self._instruments = evidence.instruments
        self._surface = VolatilitySurface(section)
        self._rate = evidence.scenario.market.rate
        self.times: list[int] = metrics["timestamp"].astype(int).tolist() if len(metrics) else []
        self._rows = {time: row for row, time in enumerate(self.times)}
        names = evidence.symbols if len(metrics) else ()
        self._spots = [metrics[f"spot_{symbol}"].tolist() for symbol in names]
        decay, long_variance = section.term_decay_days / 365, section.long_run**2
        excess = -decay * math.expm1(-ATM_TAU / decay) / ATM_TAU
        self._short = [
            [math.sqrt(long_variance + (atm**2 - long_variance) / excess) for atm in metrics[f"mark_vol_{symbol}"]]
            for symbol in names
        ]

    def row(self, timestamp: int) -> int | None:
        """Row of the block at a time; None where none was recorded."""
        return self._rows.get(timestamp)

    def spot(self, asset: int, row: int) -> float:
        """Price, quote currency."""
        return self._spots[asset][row]

    def short_volatility(self, asset: int, row: int) -> float:
        """ATM volatility of the shortest expiries, annualised: impact scales with it."""
        return self._short[asset][row]

    def delta(self, instrument: int, row: int) -> float:
        """Units of the underlying that move like one instrument."""
        listed, now = self._instruments[instrument], self.times[row]
        if listed.kind in (Kind.PERPETUAL, Kind.FUTURE) or listed.expiry <= now:
            return 1.0
        years, forward, volatility = self._option(listed, row)
        return float(black76_delta(listed.kind is Kind.CALL, forward, listed.strike, volatility, years))

    def values(self, instrument: int, row: int, spots: np.ndarray) -> np.ndarray:
        """What one instrument is worth at other prices of its asset, its volatility as it is: (n,), quote currency.

        Of a perpetual or a future, the price itself: its changes are what counts.
        """
        listed, now = self._instruments[instrument], self.times[row]
        if listed.kind in (Kind.PERPETUAL, Kind.FUTURE) or listed.expiry <= now:
            return spots
        years, forward, volatility = self._option(listed, row)
        forwards = spots * (forward / self._spots[listed.asset][row])
        discount = math.exp(-self._rate * years)
        return black76(listed.kind is Kind.CALL, forwards, listed.strike, volatility, years, discount)

    def _option(self, listed: Listed, row: int) -> tuple[float, float, float]:
        """Years to expiry, forward and volatility of an option."""
        years = (listed.expiry - self.times[row]) / YEAR_SECONDS
        forward = self._spots[listed.asset][row] * math.exp(self._rate * years)
        smile = self._surface.smile(self._short[listed.asset][row], forward, years)
        return years, forward, float(svi_volatility(smile, listed.strike))


class Flows:
    """All flow of a run in the order in which it reached the market.

    Market makers hedge what they take, so a trade is flow by its taker; collateral that a liquidator withdraws is sold.
    What a liquidator sells is put down to its close-outs, the oldest first; taking over the opposite position cancels.
    A transaction that succeeded again after a reorganisation moved the market the first time only.
    """

    def __init__(self, evidence: Evidence, market: TrueMarket):
        self._evidence = evidence
        self._market = market
        self._takers = {account for account, kind in evidence.kinds.items() if kind != MAKER}
        self._liquidators = {settlement.counterparty for settlement in evidence.settlements}
        self._closings = {(e.place, e.transaction): key for key, e in evidence.closed_out.items()}
        self._stock: dict[tuple[int, Holding], deque[tuple[float, Key]]] = defaultdict(deque)

    def __iter__(self) -> Iterator[Flow]:
        evidence, execution = self._evidence, self._evidence.execution
        chosen = evidence.events["event"].isin(("Traded", "Withdrawn", "PositionMoved", "HoldingMoved"))
        times, repeated = execution.executed_at(), self._repeated()
        reorgs = deque(sorted(execution.undone_at.items(), key=lambda undone: undone[1]))
        valid: list[Entry] = []
        for entry in evidence.entries(evidence.events[chosen]):
            while reorgs and reorgs[0][1] < entry.place:
                valid = self._undo(valid, reorgs.popleft()[0])
            valid.append(entry)
            sold, time = self._apply(entry), times[entry.place]
            row = self._market.row(time)
            if sold and row is not None and (entry.place, entry.transaction) not in repeated:
                asset, delta = self._asset(entry, row)
                for quantity, cause in sold:
                    yield Flow(time, asset, quantity * delta, cause)

    def _repeated(self) -> set[tuple[int, int]]:
        """Transactions that had succeeded before, in a block that was undone: place and index."""
        rows = self._evidence.transactions
        rows = rows[rows["succeeded"]]
        again = rows[rows.duplicated(["sender", "data", "submitted_block"])]
        return set(zip(again["place"].tolist(), again["index"].tolist(), strict=True))

    def _asset(self, entry: Entry, row: int) -> tuple[int, float]:
        """The asset that an event's flow is in, and units of it per unit sold."""
        if entry.event == "Traded":
            instrument = entry.args["instrument"]
            return self._evidence.instruments[instrument].asset, self._market.delta(instrument, row)
        return self._evidence.tokens[entry.args["token"]], 1.0

    def _apply(self, entry: Entry) -> list[tuple[float, Key | None]]:
        """Take an event into the stock of what liquidators hold; returns what was sold (positive: bought) and why."""
        args = entry.args
        if entry.event == "Traded":
            taker, size = args["buyer"], wads(args["size"])
            if taker not in self._takers:
                taker, size = args["seller"], -size
            return self._sell(taker, ("instrument", args["instrument"]), size)
        if entry.event == "Withdrawn":
            asset = self._evidence.tokens[args["token"]]
            if asset is None or args["account"] not in self._liquidators:
                return []
            return self._sell(args["account"], ("asset", asset), -wads(args["amountWad"]))
        key = self._closings.get((entry.place, entry.transaction))
        if key is not None:
            moved = entry.event == "PositionMoved"
            holding = ("instrument", args["instrument"]) if moved else ("asset", args["underlying"])
            taken = wads(args["size"] if moved else args["amountWad"])
            self._draw(args["from_"], holding, taken)
            left, _ = self._draw(args["to"], holding, -taken)
            if left:
                self._stock[args["to"], holding].append((-left, key))
        return []

    def _sell(self, account: int, holding: Holding, size: float) -> list[tuple[float, Key | None]]:
        """Parts of a trade by the liquidation that they go back to; what is in no stock has no cause."""
        left, parts = self._draw(account, holding, -size)
        sold: list[tuple[float, Key | None]] = [(-part, cause) for part, cause in parts]
        return [*sold, (-left, None)] if left else sold

    def _draw(self, account: int, holding: Holding, quantity: float) -> tuple[float, list[tuple[float, Key]]]:
        """Take `quantity` out of an account's stock of the same sign, the oldest first; what is lacking, and parts."""
        stock, parts = self._stock[account, holding], []
        while quantity and stock and stock[0][0] * quantity > 0:
            there, cause = stock.popleft()
            part = math.copysign(min(abs(there), abs(quantity)), quantity)
            parts.append((part, cause))
            quantity -= part
            if there != part:
                stock.appendleft((there - part, cause))
        return quantity, parts

    def _undo(self, valid: list[Entry], reorg: int) -> list[Entry]:
        """Bring the stock back to where it was before what a reorganisation undid."""
        kept = [entry for entry in valid if entry.undone_by != reorg]
        if len(kept) != len(valid):
            self._stock.clear()
            for entry in kept:
                self._apply(entry)
        return kept
