"""Who takes part: wallets, wealth and opening balances drawn from the scenario's populations."""

from dataclasses import dataclass

import numpy as np
from eth_utils import keccak, to_checksum_address

from agents.backstop import BackstopDepositor
from agents.base import Participant
from agents.liquidators import AggressiveLiquidator, PatientLiquidator, ZeroBidder
from agents.market_makers import MarketMaker
from agents.traders import Borrower, Hedger, LeveragedLong, NoiseTrader, OptionWriter, TrendFollower
from simulator.scenario import Scenario
from simulator.streams import stream

KINDS: dict[str, type[Participant]] = {
    agent.kind: agent
    for agent in (
        MarketMaker,
        LeveragedLong,
        TrendFollower,
        NoiseTrader,
        OptionWriter,
        Hedger,
        Borrower,
        BackstopDepositor,
        PatientLiquidator,
        AggressiveLiquidator,
        ZeroBidder,
    )
}
"""In the order in which accounts are opened."""

ASSET_SHARE = {"hedger": 0.7, "borrower": 0.9}
"""Share of wealth held in the asset and pledged as collateral."""

DEPOSITED = {"leveraged_long": 0.7, "backstop": 0.0, "market_maker": 0.8, "borrower": 0.0}
"""Share of the cash that goes into the account at the start (0.9 elsewhere); the rest is the wallet's reserve."""


@dataclass(frozen=True, slots=True)
class Member:
    """One participant before the first block. Amounts in quote units; `asset` is -1 without collateral."""

    kind: str
    wallet: str
    account: int
    wealth: float
    cash_deposit: float
    cash_reserve: float
    asset: int
    asset_value: float
    generator: np.random.Generator


def wallet_address(*name: str | int) -> str:
    """Deterministic address of a simulated wallet; nobody holds its key."""
    return to_checksum_address(keccak(text="seawall/" + "/".join(map(str, name)))[-20:])


def members(scenario: Scenario, attention: np.ndarray) -> list[Member]:
    """Draw every participant of the scenario.

    Parameters
    ----------
    scenario : Scenario
    attention : numpy.ndarray
        (n_assets,) probability that a participant's asset is that one; sums to 1.
    """
    drawn: list[Member] = []
    for kind in KINDS:
        population = getattr(scenario.agents, kind)
        for number in range(population.count):
            generator = stream(scenario.seed, "agent", kind, number)
            wealth = population.wealth_median * float(np.exp(population.wealth_sigma * generator.standard_normal()))
            asset_value = ASSET_SHARE.get(kind, 0.0) * wealth
            asset = int(generator.choice(len(attention), p=attention)) if asset_value else -1
            cash = wealth - asset_value
            deposit = DEPOSITED.get(kind, 0.9) * cash
            drawn.append(
                Member(
                    kind,
                    wallet_address(kind, number),
                    len(drawn) + 1,
                    wealth,
                    deposit,
                    cash - deposit,
                    asset,
                    asset_value,
                    generator,
                )
            )
    return drawn
