"""What liquidators and keepers can see of accounts in trouble and of the auctions on them."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from agents.outbox import Bid, Sent
from simulator.chain.events import Event
from simulator.protocol.liquidation_terms import Auction, dutch_terms, fixed_terms
from simulator.risk.state import Holdings

WAD = 10**18
UNWIND_COST = 0.003
"""Expected cost of selling what was taken over, as a share of its gross notional at 100 % volatility."""
SAFETY = 0.97
"""A bid stays this far below the largest fraction, which moves with every price."""


@dataclass(frozen=True, slots=True)
class Opportunity:
    """An account on offer, by the mirror; quote units for the whole account.

    equity, price : what it is worth and what it costs.
    unwinding : expected cost of selling it.
    max_fraction : the largest part one bid may take.
    """

    account: int
    equity: float
    price: float
    unwinding: float
    max_fraction: float

    def profit(self, fraction: float) -> float:
        """Expected profit of taking `fraction`, before fees for block space."""
        return fraction * (self.equity - self.price - self.unwinding)

    @property
    def fractions(self) -> tuple[float, ...]:
        """What a liquidator tries to take, from the most down as its capital allows."""
        limit = 1.0 if self.max_fraction >= 1.0 else SAFETY * self.max_fraction
        return limit, limit / 2, limit / 4, limit / 10


class LiquidationView:
    """Accounts below maintenance margin, running auctions, bids on their way.

    Parameters
    ----------
    world : World
    """

    REVERSIBLE: ClassVar[tuple[str, ...]] = ("_auctions",)

    def __init__(self, world):
        self._world = world
        self._terms = world.scenario.liquidation
        self._has_auctions = self._terms.mechanism == "dutch"
        self._auctions: dict[int, Auction] = {}
        self._bids: dict[int, dict[int, Sent]] = {}
        self.distressed: list[int] = []
        self.breach_block: dict[int, int] = {}
        self.opportunities: list[Opportunity] = []
        self._after: dict[int, list[list[float]]] = {}

    def advance(self) -> None:
        """Look at the house once a block: who is below maintenance margin, and what taking them over would bring."""
        self.distressed = self._world.house.below_maintenance().tolist()
        self.breach_block = {account: self.breach_block.get(account, self._world.block) for account in self.distressed}
        self.opportunities, self._after = [], {}
        if self.distressed:
            found = self._value(self.distressed)
            self.opportunities = sorted(found, key=lambda o: (-o.profit(o.max_fraction), o.account))

    def apply(self, event: Event) -> None:
        """Apply one event of the liquidation mechanism."""
        e = event.args
        if event.name == "AuctionStarted":
            self._auctions[e.account] = Auction(e.startedAt, 0 if e.solvent else e.startedAt)
        elif event.name == "AuctionTurnedInsolvent":
            self._auctions[e.account].insolvent_at = e.insolventAt
        elif event.name == "AuctionEnded":
            self._auctions.pop(e.account, None)

    def standing_bids(self, account: int, viewer: int) -> dict[int, Sent]:
        """Bids for `account` that wait, as liquidator `viewer` sees them: its own and public ones, by liquidator."""
        standing = self._bids.get(account)
        if not standing:
            return {}
        return {bidder: sent for bidder, sent in standing.items() if bidder == viewer or not sent.pending.private}

    def chores(self) -> dict[str, list[int]]:
        """Calls of the mechanism that anyone may make now: function -> accounts."""
        if not self._has_auctions:
            return {}
        below, equity = set(self.distressed), self._world.house.margins.equity
        running = self._auctions.items()
        return {
            "start": [account for account in self.distressed if account not in self._auctions],
            "declareInsolvent": [a for a, run in running if not run.insolvent_at and a in below and equity[a - 1] <= 0],
            "terminate": [account for account, _ in running if account not in below],
        }

    def margins_after(self, liquidator: int, place: int) -> list[float]:
        """Net initial margin of `liquidator` with each fraction of opportunity number `place`, had it paid for it."""
        known = self._after.setdefault(liquidator, [])
        if place >= len(known):  # whoever cannot carry one looks at the next: weigh ever more of them at once
            known += self._margins_with(liquidator, self.opportunities[len(known) : 2 * place + 1])
        return known[place]

    def _margins_with(self, liquidator: int, taken: list[Opportunity]) -> list[list[float]]:
        """Net initial margin of `liquidator` after each fraction of each of these opportunities, one at a time."""
        house = self._world.house
        fractions = np.array([found.fractions for found in taken])
        payments = self.paid_at_once(fractions * np.array([[found.price] for found in taken]))
        held = house.holdings(np.array([liquidator, *(found.account for found in taken)]) - 1)
        share = fractions[:, :, None]
        after = Holdings(
            (held.cash[0] + fractions * held.cash[1:, None] - payments).ravel(),
            _flat(held.sizes[0] + share * held.sizes[1:, None]),
            _flat(held.collateral[0] + share * held.collateral[1:, None]),
        )
        return house.hypothetical(after).initial.reshape(fractions.shape).tolist()

    def paid_at_once(self, payment: float | np.ndarray) -> float | np.ndarray:
        """The part of a payment that changes cash at the close-out: what the fund pays may be held at first."""
        return np.maximum(payment, 0.0) if self._world.scenario.settlement.holds else payment

    def bid_for(self, liquidator, account: int, fraction: float, max_payment: float, bid: Bid) -> Sent:
        """Send a bid from the liquidator's wallet for its own account."""
        fraction_wad = WAD if fraction >= 1.0 else int(fraction * WAD)
        sent = self._world.outbox.send(
            liquidator,
            "Liquidation",
            "liquidate",
            account,
            liquidator.account,
            fraction_wad,
            int(max_payment * WAD),
            bid=bid,
            context=account,
        )
        self._bids.setdefault(account, {})[liquidator.account] = sent
        return sent

    def bid_back(self, liquidator, account: int, sent: Sent) -> None:
        """The block that included the liquidator's bid was undone: it stands again."""
        self._bids.setdefault(account, {})[liquidator.account] = sent

    def bid_done(self, liquidator, account: int) -> None:
        """The liquidator's bid on `account` left the mempool, whether it won or not.

        After a reorganisation an earlier bid can stand again beside a later one; the first to go takes both off the
        list.
        """
        standing = self._bids.get(account, {})
        standing.pop(liquidator.account, None)
        if not standing:
            self._bids.pop(account, None)

    def settleable(self) -> list[int]:
        """Accounts with a position whose settlement price is fixed."""
        market, fixed = self._world.market, self._world.prices.settlement
        if not fixed:
            return []
        columns = [i for i, listed in enumerate(market.instruments) if (listed.asset, listed.expiry) in fixed]
        accounts = self._world.accounts
        return (np.flatnonzero(accounts.sizes[: accounts.count][:, columns].any(axis=1)) + 1).tolist()

    def _value(self, accounts: list[int]) -> list[Opportunity]:
        world = self._world
        margins, notional = world.house.margins, world.house.gross_notional(np.array(accounts) - 1)
        unwinding = unwinding_rate(world)
        found = []
        for account, held in zip(accounts, notional.tolist(), strict=True):
            equity, maintenance = float(margins.equity[account - 1]), float(margins.maintenance[account - 1])
            if not self._has_auctions:
                terms = fixed_terms(self._terms, equity, maintenance)
            elif account in self._auctions:
                terms = dutch_terms(self._terms, self._auctions[account], world.now, equity, maintenance)
            else:
                continue
            found.append(Opportunity(account, equity, terms.price, unwinding * held, terms.max_fraction))
        return found


def unwinding_rate(world) -> float:
    """Expected cost of selling what is taken over now, as a share of its gross notional."""
    return UNWIND_COST * max(1.0, float(np.max(world.market.quote.atm_vol)))


def _flat(rows: np.ndarray) -> np.ndarray:
    return rows.reshape(-1, rows.shape[-1])
