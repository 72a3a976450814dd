"""The market off the protocol: where liquidators sell collateral and market makers hedge."""

from agents.base import ProtocolAgent
from simulator.protocol.deployment import ASSET_DECIMALS

FEE_CAP_GWEI = 500.0
SELLING_COST = 0.002
"""Half-spread and fees of selling collateral on an exchange, a fraction of its value."""


class OpenMarket(ProtocolAgent):
    """Buys collateral that liquidators withdraw, and pays the proceeds into their accounts at the clearing house."""

    kind = "open_market"

    def sell_collateral(self, seller, asset: int) -> None:
        """Withdraw all of the seller's collateral in `asset` to here; it is paid for on inclusion."""
        units = self.model.tokens.wad_to_units(1 + asset, self.model.accounts.collateral_wad[seller.row][asset])
        if units:
            self.model.outbox.send(
                seller,
                "ClearingHouse",
                "withdraw",
                seller.account,
                self.model.tokens.address(1 + asset),
                units,
                self.wallet,
                bid=self.model.outbox.bid(FEE_CAP_GWEI, urgency=1.2),
                context=(asset, units / 10**ASSET_DECIMALS),
            )

    def received(self, account: int, asset: int, amount: float) -> None:
        """Collateral arrived from `account`: sell it on the open market and pay it in as cash."""
        self.model.market.feed.add_flow(asset, -amount)
        proceeds = amount * float(self.model.market.quote.spot[asset]) * (1.0 - SELLING_COST)
        units = self.model.tokens.units(0, proceeds)
        if units:
            self.model.outbox.send(
                self,
                "ClearingHouse",
                "deposit",
                account,
                self.model.tokens.address(0),
                units,
                bid=self.model.outbox.bid(FEE_CAP_GWEI, urgency=1.2),
            )
