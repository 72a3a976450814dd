"""Which liquidation's price impact pushed which account below maintenance margin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.errors import UsageError
from simulator.explain.episodes import Episode, episodes
from simulator.explain.evidence import Evidence, wads
from simulator.explain.flows import Flows, Key, TrueMarket
from simulator.explain.holdings import Holding, Holdings, asset_of
from simulator.explain.impact import ImpactShares
from simulator.explain.margins import last_healthy_block
from simulator.explain.moment import AFTER_ALL
from simulator.explain.prices import Prices

THRESHOLD = 0.05
"""An earlier liquidation is the parent of a breach if it answers for so much of the push, and more than any other."""
MATERIAL_MOVE = 0.001
"""A breach with a smaller loss by prices, as a share of its delta exposure, came from parameters or volatility."""


@dataclass(frozen=True, slots=True)
class Node:
    """A breach and the liquidations that it led to. Amounts in the quote currency.

    settlement : number of the first of `settlements`, (number, attempt) each.
    parent : number of the node in `Cascade.nodes` whose liquidations pushed this one most; None for the market.
    share : of what pushed the account down that was the parent's impact; pushed : its amount. 0 without a parent.
    liquidations_share : that was the impact of all earlier liquidations together; None where prices brought no loss.
    since_block, breach_block : between them the loss came about.
    loss : by the price moves that the oracle saw, valued at both ends. moves : these, by asset, as fractions.
    notional, bad_debt : closed out (at the breach, by delta) and not covered, of liquidations that stand.
    """

    settlement: int
    settlements: tuple[Key, ...]
    account: int
    kind: str
    parent: int | None
    share: float
    pushed: float
    liquidations_share: float | None
    since_block: int
    breach_block: int
    loss: float
    moves: Mapping[str, float]
    notional: float
    bad_debt: float

    def as_json(self, number: int, parent: "Node | None") -> dict[str, Any]:
        """As `seawall explain --cascade --json` prints it."""
        return {
            "node": number,
            "parent": self.parent,
            "parent_settlement": None if parent is None else parent.settlement,
            "settlement": self.settlement,
            "settlements": [{"settlement": key[0], "attempt": key[1]} for key in self.settlements],
            "account": self.account,
            "kind": self.kind,
            "share": self.share,
            "pushed": self.pushed,
            "liquidations_share": self.liquidations_share,
            "since_block": self.since_block,
            "breach_block": self.breach_block,
            "loss": self.loss,
            "assets": dict(self.moves),
            "notional": self.notional,
            "bad_debt": self.bad_debt,
        }


@dataclass(frozen=True, slots=True)
class Cascade:
    """The tree of breaches, in the order in which they happened; a parent comes before its children."""

    nodes: tuple[Node, ...]
    quote: str

    def children(self, parent: int | None) -> list[int]:
        """Numbers of the nodes under one, or of those that the market pushed under."""
        return [number for number, node in enumerate(self.nodes) if node.parent == parent]

    def generation(self, number: int) -> int:
        """1 for those that the market pushed under, 2 for those that these pushed, and so on."""
        parent = self.nodes[number].parent
        return 1 if parent is None else 1 + self.generation(parent)

    def around(self, settlement: int) -> set[int]:
        """The nodes of a liquidation, everything above them and everything below.

        Raises UsageError if it has no place in the tree.
        """
        own = [n for n, node in enumerate(self.nodes) if settlement in {key[0] for key in node.settlements}]
        if not own:
            raise UsageError(f"settlement {settlement} has no recorded breach, so it has no place in the cascade")
        found: set[int] = set()
        for number in own:
            above: int | None = number
            while above is not None:
                found.add(above)
                above = self.nodes[above].parent
        below = list(own)
        while below:
            found.update(below)
            below = [child for number in below for child in self.children(number)]
        return found


def cascade_of(evidence: Evidence) -> Cascade:
    """The cascade of a run.

    For each breach: the loss that the prices the oracle saw brought on what was held at the breach, since the account's
    last healthy sample or its last close-out, whichever is later; and how much of what pushed it down was the impact of
    each earlier liquidation: the worth of the holdings without it, less their worth. Time and volatility are those of
    the breach, so options count with their gamma, not their vega.

    Raises
    ------
    UsageError
        If nothing was liquidated.
    """
    if not evidence.settlements:
        raise UsageError(f"{evidence.run.folder} has no liquidations, so it has no cascade")
    market, prices = TrueMarket(evidence), Prices(evidence)
    breached = [b for e in episodes(evidence.settlements) if (b := _breach(evidence, market, prices, e)) is not None]
    breached.sort(key=lambda b: (b.place, b.episode.keys[0]))
    causes = {key: number for number, breach in enumerate(breached) for key in breach.episode.keys}
    rows = {row for breach in breached for pair in breach.rows.values() for row in pair}
    flows = (flow for flow in Flows(evidence, market) if flow.cause is None or flow.cause in causes)
    impact = ImpactShares(market, evidence.scenario, flows, causes, sorted(rows))
    return Cascade(tuple(_node(evidence, market, impact, breach) for breach in breached), evidence.quote)


@dataclass(frozen=True, slots=True)
class _Breach:
    """The breach of an episode.

    row : of the market at the breach. held : by asset, holdings and their sizes.
    rows : by asset, of the prices that the oracle saw at both ends.
    """

    episode: Episode
    place: int
    since_block: int
    row: int
    held: dict[int, list[tuple[Holding, float]]]
    rows: dict[int, tuple[int, int]]


def _breach(evidence: Evidence, market: TrueMarket, prices: Prices, episode: Episode) -> _Breach | None:
    """None without a recorded breach, or before the first price."""
    if episode.breach_block is None:
        return None
    execution, account = evidence.execution, episode.account
    closed = evidence.closed_out[episode.keys[0]]
    place = execution.latest(episode.breach_block, closed.place)
    row = market.row(execution.timestamps[place])
    if row is None:
        return None
    entries = evidence.of_account(account)
    since = _since(evidence, account, entries, episode.breach_block, place)
    held: dict[int, list[tuple[Holding, float]]] = {}
    for holding, size in Holdings(evidence, account, entries).at((place, AFTER_ALL, 0)).items():
        held.setdefault(asset_of(evidence, holding), []).append((holding, wads(size)))
    rows = {}
    for asset in held:
        seen = [prices.oracle(asset, at) for at in (since, place)]
        ends = [None if each is None else market.row(each.observed) for each in seen]
        if None in ends:
            ends = [market.row(execution.timestamps[at]) for at in (since, place)]
        rows[asset] = (0 if ends[0] is None else ends[0], row if ends[1] is None else ends[1])
    return _Breach(episode, place, execution.numbers[since], row, held, rows)


def _delta(market: TrueMarket, holding: Holding, row: int) -> float:
    """Units of the asset that move like one of a holding."""
    return market.delta(holding[1], row) if holding[0] == "instrument" else 1.0


def _worth(market: TrueMarket, held: list[tuple[Holding, float]], row: int, spots: np.ndarray) -> np.ndarray:
    """What holdings in one asset are worth at other prices of it, up to a constant: (n,), quote currency."""
    worth = np.zeros(len(spots))
    for (kind, number), size in held:
        worth += size * (market.values(number, row, spots) if kind == "instrument" else spots)
    return worth


def _since(evidence: Evidence, account: int, entries: list, breach_block: int, place: int) -> int:
    """Place from which the loss is counted."""
    execution = evidence.execution
    healthy = last_healthy_block(evidence, account, breach_block)
    closed = [e.place for e in entries if e.event == "ClosedOut" and e.args["account"] == account and e.place < place]
    starts = closed[-1:] if healthy is None else [*closed[-1:], execution.place(healthy)]
    if not starts:
        starts = [e.place for e in entries if e.event == "Traded" and e.place <= place][:1]
    return min(max(starts, default=place), place)


def _node(evidence: Evidence, market: TrueMarket, impact: ImpactShares, breach: _Breach) -> Node:
    loss, notional, moves = 0.0, 0.0, {}
    pushed = np.zeros(impact.causes)
    for asset, held in breach.held.items():
        before, after = breach.rows[asset]
        spot, earlier = market.spot(asset, after), market.spot(asset, before)
        moves[evidence.symbols[asset]] = spot / earlier - 1
        without = spot * np.exp(impact.shares(before)[asset] - impact.shares(after)[asset])
        worth = _worth(market, held, breach.row, np.concatenate([[spot, earlier], without]))
        loss += worth[1] - worth[0]
        pushed += worth[2:] - worth[0]
        notional += spot * abs(sum(size * _delta(market, holding, breach.row) for holding, size in held))
    episode, parent, share, amount, together = breach.episode, None, 0.0, 0.0, None
    if loss > MATERIAL_MOVE * notional:
        adverse = np.maximum(pushed, 0.0)
        # Impact that helped the account, and a market that rose but for the impact, are no part of what pushed it down.
        whole = adverse.sum() + max(loss - np.sum(pushed), 0.0)
        strongest = int(np.argmax(adverse))
        together = float(adverse.sum() / whole)
        if adverse[strongest] >= THRESHOLD * whole:
            parent, amount = strongest, float(adverse[strongest])
            share = amount / whole
    return Node(
        settlement=episode.keys[0][0],
        settlements=episode.keys,
        account=episode.account,
        kind=evidence.kinds.get(episode.account, ""),
        parent=parent,
        share=share,
        pushed=amount,
        liquidations_share=together,
        since_block=breach.since_block,
        breach_block=episode.breach_block,
        loss=float(loss),
        moves=moves,
        notional=notional,
        bad_debt=sum(s.bad_debt for s in episode.standing),
    )
