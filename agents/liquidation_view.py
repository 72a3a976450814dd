"""What liquidators and keepers can see of accounts in trouble and of the auctions on them."""

from dataclasses import dataclass

import numpy as np

from agents.outbox import Bid, Sent
from simulator.chain.events import Event
from simulator.risk.state import Holdings

WAD = 10**18


@dataclass(frozen=True, slots=True)
class Offer:
    """What a bid would do now; quote units. `payment` is negative where the liquidator is paid."""

    max_fraction_wad: int
    payment: float
    fee: float
    solvent: bool


class LiquidationView:
    """Accounts below maintenance, running auctions, bids on their way.

    Parameters
    ----------
    world : World
    has_auctions : bool
        Whether the mechanism needs an auction to be started before bids.
    """

    def __init__(self, world, has_auctions: bool):
        self._world = world
        self.has_auctions = has_auctions
        self._running: dict[int, bool] = {}
        self._bids: set[tuple[int, int]] = set()
        self.distressed: list[int] = []
        self.breach_block: dict[int, int] = {}
        self._limits: dict[int, int] = {}

    def advance(self) -> None:
        """Look at the house once a block."""
        below = self._world.house.below_maintenance().tolist()
        self.distressed = below
        self.breach_block = {account: self.breach_block.get(account, self._world.block) for account in below}
        self._limits.clear()

    def apply(self, event: Event) -> None:
        """Apply one event of the liquidation mechanism."""
        if event.name == "AuctionStarted":
            self._running[event.args.account] = event.args.solvent
        elif event.name == "AuctionTurnedInsolvent":
            self._running[event.args.account] = False
        elif event.name == "AuctionEnded":
            self._running.pop(event.args.account, None)

    def open_to(self, liquidator, account: int) -> bool:
        """Whether `account` takes bids and the liquidator has none on its way."""
        running = not self.has_auctions or account in self._running
        return running and (liquidator.account, account) not in self._bids

    def chores(self) -> dict[str, list[int]]:
        """Calls of the mechanism that anyone may make now: function -> accounts."""
        if not self.has_auctions:
            return {}
        below, equity = set(self.distressed), self._world.house.margins.equity
        return {
            "start": [account for account in self.distressed if account not in self._running],
            "declareInsolvent": [a for a, solvent in self._running.items() if solvent and a in below and equity[a - 1] <= 0],
            "terminate": [account for account in self._running if account not in below],
        }

    def max_fraction_wad(self, account: int) -> int:
        """Largest fraction of `account` a bid may take now. Raises CallReverted where no bid is possible."""
        if account not in self._limits:
            self._limits[account] = self._world.outbox.ask("Liquidation", "quote", account, 0).maxFraction
        return self._limits[account]

    def quote(self, account: int, fraction_wad: int) -> Offer:
        """Terms of a bid. Raises CallReverted where the mechanism would refuse it."""
        terms = self._world.outbox.ask("Liquidation", "quote", account, fraction_wad)
        return Offer(terms.maxFraction, terms.payment / WAD, terms.fee / WAD, terms.solvent)

    def initial_margin_after(self, liquidator: int, account: int, fraction_wad: int, payment: float) -> float:
        """Net initial margin of `liquidator` once it holds the slice and has paid for it."""
        house, share = self._world.house, fraction_wad / WAD
        own, taken = house.holdings_of(liquidator), house.holdings_of(account)
        after = Holdings(
            own.cash + share * taken.cash - payment,
            own.sizes + share * taken.sizes,
            own.collateral + share * taken.collateral,
        )
        return float(house.hypothetical(after).initial[0])

    def bid_for(self, liquidator, account: int, fraction_wad: int, limit_wad: int, bid: Bid) -> Sent:
        """Send a bid from the liquidator's wallet for its own account."""
        self._bids.add((liquidator.account, account))
        return self._world.outbox.send(
            liquidator, "Liquidation", "liquidate", account, liquidator.account, fraction_wad, limit_wad, bid=bid,
            context=account,
        )

    def bid_done(self, liquidator, account: int) -> None:
        """The liquidator's bid on `account` was included, whether it won or not."""
        self._bids.discard((liquidator.account, account))

    def settleable(self) -> list[int]:
        """Accounts with a position whose settlement price is fixed."""
        market, settled = self._world.market, self._world.prices.settlement
        if not settled:
            return []
        columns = [
            i for i, listed in enumerate(market.instruments) if (listed.asset, listed.expiry) in settled
        ]
        accounts = self._world.accounts
        return (np.flatnonzero(accounts.sizes[: accounts.count][:, columns].any(axis=1)) + 1).tolist()
