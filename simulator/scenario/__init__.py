"""The scenario file: what is simulated. Sections are pydantic models, one file each; nothing here runs anything."""

from pydantic import Field

from simulator.scenario.agents import Agents
from simulator.scenario.chain import ChainSection
from simulator.scenario.finality import Finality, ProofOfStake
from simulator.scenario.market import Market
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


__all__ = ["Scenario", "Section"]
