"""What an agent may see and do. The model implements it; agents depend on nothing above it."""

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from agents.desk import Desk
    from agents.liquidation_view import LiquidationView
    from agents.market_view import MarketView
    from agents.open_market import OpenMarket
    from agents.outbox import Outbox
    from simulator.finality.tracker import SettlementTracker
    from simulator.oracle.engine import OracleEngine
    from simulator.protocol.accounts import AccountIndex
    from simulator.protocol.holds import HoldIndex
    from simulator.protocol.house import House
    from simulator.protocol.prices import PriceIndex
    from simulator.protocol.tokens import TokenIndex
    from simulator.scenario import Scenario


class World(Protocol):
    """The simulated world before a block is built.

    `market` is the true market; `prices` is what the oracle has in force on chain; `accounts`, `tokens`, `holds`,
    `house` and `liquidation` are the protocol's state as of the last block, and `settlements` says how final it is;
    `desk`, `outbox` and `open_market` are the ways to act.
    """

    block: int
    now: int
    market: "MarketView"
    oracle: "OracleEngine"
    prices: "PriceIndex"
    accounts: "AccountIndex"
    tokens: "TokenIndex"
    holds: "HoldIndex"
    settlements: "SettlementTracker"
    house: "House"
    liquidation: "LiquidationView"
    desk: "Desk"
    outbox: "Outbox"
    open_market: "OpenMarket"
    scenario: "Scenario"

    @property
    def gas_token_price(self) -> float:
        """Price of the coin that pays for gas, quote units."""

    @property
    def fund_share_price(self) -> float:
        """Assets per share of the insurance fund."""

    def schedule(self, agent: Any, seconds: float) -> None:
        """Wake `agent` when `seconds` have passed."""
