"""Market makers quote every live instrument on request, around the true value, leaning against their inventory."""

import numpy as np

from agents.base import Participant
from simulator.market.matching import Quote as MakerQuote
from simulator.risk.state import CALL, PUT


class MarketMaker(Participant):
    """Quotes perpetuals and futures with a proportional spread, options with a spread in vol points, both skewed by
    inventory; hedges its delta on the open market off the protocol, which is how flow reaches the price.
    """

    kind = "market_maker"

    def act(self) -> None:
        """Top the account up from the reserve when initial margin runs short."""
        if self.net_initial < 0.2 * self.equity:
            self.deposit_cash(0.3 * self.wealth)

    def quote(self, instrument: int) -> MakerQuote | None:
        """Two-sided quote for one instrument, or None with nothing left to quote with."""
        world = self.model
        listed = world.market.instruments[instrument]
        capacity = self.population.quote_share * self.net_initial
        if self.net_initial <= 0:
            capacity = 0.0
        spot = float(world.market.quote.spot[listed.asset])
        fair = float(world.market.fair[instrument])
        inventory = float(world.desk.exposure(self.account)[instrument])
        size = capacity / (world.prices.spot_shock(listed.asset) * spot)
        half = self.half_spread(instrument, spot)
        lean = self.population.inventory_skew * half * np.tanh(inventory * spot / max(self.wealth, 1.0))
        bid, ask = max(fair - half - lean, 0.0), max(fair + half - lean, 0.0)
        bid_size = max(size, -inventory) if inventory < 0 else size
        ask_size = max(size, inventory) if inventory > 0 else size
        if bid_size <= 0 and ask_size <= 0:
            return None
        return MakerQuote(self.account, instrument, bid, ask, bid_size, ask_size)

    def half_spread(self, instrument: int, spot: float) -> float:
        """Half the distance between bid and ask, widened with volatility."""
        world = self.model
        listed = world.market.instruments[instrument]
        stress = max(1.0, float(world.market.quote.atm_vol[listed.asset]))
        if listed.kind in (CALL, PUT):
            return float(world.market.vegas[instrument]) * self.population.option_spread_vol * stress + 0.0005 * spot
        return 0.5 * self.population.spread * spot * stress
