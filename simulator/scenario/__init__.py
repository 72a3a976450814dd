"""The scenario file: what is simulated. Sections are pydantic models, one file each; nothing here runs anything."""

from datetime import timedelta

from pydantic import Field, model_validator

from simulator.scenario.agents import Agents
from simulator.scenario.candles import uncovered
from simulator.scenario.chain import ChainSection
from simulator.scenario.finality import SLOT_SECONDS, Finality, OptimisticRollup, ProofOfStake
from simulator.scenario.market import HistoricalPath, Market
from simulator.scenario.oracle import Oracle
from simulator.scenario.protocol import Fund, Liquidation, Protocol
from simulator.scenario.reorgs import Reorgs
from simulator.scenario.risk_model import MAX_UNDERLYINGS
from simulator.scenario.section import Section
from simulator.scenario.settlement import Settlement


class Scenario(Section):
    """A complete scenario."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = ""
    description: str = ""
    seed: int = Field(1, ge=0)
    market: Market
    chain: ChainSection = ChainSection()
    protocol: Protocol = Protocol()
    liquidation: Liquidation = Liquidation()
    fund: Fund = Fund()
    oracle: Oracle = Oracle()
    finality: Finality = ProofOfStake()
    settlement: Settlement = Settlement()
    reorgs: Reorgs = Reorgs()
    agents: Agents = Agents()

    @model_validator(mode="after")
    def _covered(self) -> "Scenario":
        end = self.market.start + timedelta(seconds=self.chain.blocks * self.chain.block_seconds)
        for asset in self.market.assets:
            path = asset.path
            if isinstance(path, HistoricalPath) and path.file is None:
                missing = uncovered(path.bars, path.bar_seconds, self.market.start, end)
                if missing is not None:
                    raise ValueError(f"{asset.symbol} path is too short: {missing}; lower chain.blocks or add bars")
        return self

    @model_validator(mode="after")
    def _has_what_agents_trade(self) -> "Scenario":
        listings = [asset.listing for asset in self.market.assets]
        if not any(listing.perpetual or listing.futures or listing.options for listing in listings):
            raise ValueError("nothing is listed; give an asset a listing with a perpetual, futures or options")
        traders = ("leveraged_long", "trend_follower")
        idle = [kind for kind in traders if getattr(self.agents, kind).count]
        if idle and not any(listing.perpetual for listing in listings):
            raise ValueError(
                f"{' and '.join(idle)} trade perpetuals and none is listed; list one or set their count to 0"
            )
        return self

    @model_validator(mode="after")
    def _risk_model_holds_all_assets(self) -> "Scenario":
        count = len(self.market.assets)
        if self.protocol.rule in ("parametric", "expected-shortfall") and count > MAX_UNDERLYINGS:
            raise ValueError(
                f"rule {self.protocol.rule!r} takes at most {MAX_UNDERLYINGS} assets, the market has {count}; "
                "drop some or choose another rule"
            )
        return self

    @model_validator(mode="after")
    def _rollup_keeps_time(self) -> "Scenario":
        if isinstance(self.finality, OptimisticRollup):
            seconds = self.finality.blocks_per_slot * self.chain.block_seconds
            if seconds != SLOT_SECONDS:
                raise ValueError(
                    f"finality.blocks_per_slot blocks of chain.block_seconds make {seconds} s, an Ethereum slot has "
                    f"{SLOT_SECONDS} s; set blocks_per_slot to {SLOT_SECONDS} / block_seconds"
                )
        return self


__all__ = ["Scenario", "Section"]
