"""True prices: paths and processes, price impact, the option surface, the listed instruments and off-chain matching.

Knows the scenario alone; nothing here reads a chain, an oracle or an agent. Public: `Market` (a `MarketFeed`), `Quote`,
`listed` with `Listed` and `Kind`, and `simulator.market.matching`.
"""

from simulator.market.feed import Market
from simulator.market.instruments import Kind, Listed, listed
from simulator.market.protocol import MarketFeed, Quote

__all__ = ["Kind", "Listed", "Market", "MarketFeed", "Quote", "listed"]
