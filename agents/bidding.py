"""What a wallet offers for block space: tactics that see the fee market and know what a transaction is worth."""

from dataclasses import dataclass
from typing import Protocol

from simulator.chain.block_space import FeeView
from simulator.chain.fee_market import GWEI
from simulator.scenario.chain import Bidding

MINIMUM_TIP = GWEI // 100
OUTBIDDING = 1.125
"""Step by which one bid tops another, its own or a rival's; more than the 10 % that a replacement needs."""
BASE_FEE_ROOM = 2
"""A bid stays valid while the base fee doubles, as wallets that follow EIP-1559 set it."""

LIMITLESS_GWEI = 1e12
"""A price of gas beyond all others, in place of any higher one."""


@dataclass(frozen=True, slots=True)
class Bid:
    """What a transaction offers, in wei per gas. `cap` is the most it may ever offer, `tactic` how it bids again."""

    max_fee: int
    tip: int
    cap: int
    tactic: "Tactic"


class Tactic(Protocol):
    """How a wallet chooses its tip."""

    def tip(self, view: FeeView, attempt: int) -> int:
        """Tip in wei per gas; `attempt` counts the bids made for the transaction before."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Always the same tip, wei."""

    amount: int

    def tip(self, view: FeeView, attempt: int) -> int:
        return self.amount


@dataclass(frozen=True, slots=True)
class Percentile:
    """A quantile of the tips that were paid of late: 10, 50 or 90 %."""

    level: int

    def tip(self, view: FeeView, attempt: int) -> int:
        return view.tips[(10, 50, 90).index(self.level)]


@dataclass(frozen=True, slots=True)
class Escalating:
    """`urgency` times the going rate, and an eighth more for each bid that failed."""

    urgency: float = 1.0

    def tip(self, view: FeeView, attempt: int) -> int:
        going_rate = max(view.clearing_price - view.base_fee, MINIMUM_TIP)
        return int(going_rate * self.urgency * OUTBIDDING**attempt)


def tactic(bidding: Bidding, kind: str, urgency: float) -> Tactic:
    """The tactic of agents of this kind; those the scenario does not name escalate."""
    name = getattr(bidding, kind, "escalating")
    if name == "fixed":
        return Fixed(wei(bidding.fixed_tip_gwei))
    return Percentile(bidding.percentile) if name == "percentile" else Escalating(urgency)


def wei(gwei: float) -> int:
    """A price of gas in wei."""
    return int(min(gwei, LIMITLESS_GWEI) * GWEI)


def offer(view: FeeView, how: Tactic, cap: int, attempt: int = 0, least_tip: int = 0) -> Bid:
    """A bid within `cap`; with a tip of `least_tip` at least, if the cap allows."""
    tip = min(cap, max(how.tip(view, attempt), least_tip))
    return Bid(min(cap, BASE_FEE_ROOM * view.base_fee + tip), tip, cap, how)


def fee_cap_gwei(profit: float, share: float, gas: int, coin_price: float) -> float:
    """The price of gas at which a transaction costs `share` of the profit expected of it.

    Parameters
    ----------
    profit : quote units.
    gas : what the transaction is expected to use.
    coin_price : quote units per coin that pays for gas.
    """
    return share * profit / coin_price / gas * 1e9
