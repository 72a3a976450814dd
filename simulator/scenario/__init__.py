"""The scenario file: what is simulated. Sections are pydantic models, one file each; nothing here runs anything."""

from datetime import timedelta

from pydantic import Field, model_validator

from simulator.scenario.agents import Agents
from simulator.scenario.candles import uncovered
from simulator.scenario.chain import ChainSection
from simulator.scenario.finality import Finality, ProofOfStake
from simulator.scenario.market import HistoricalPath, Market
from simulator.scenario.oracle import Oracle
from simulator.scenario.protocol import Fund, Liquidation, Protocol
from simulator.scenario.section import Section


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


__all__ = ["Scenario", "Section"]
