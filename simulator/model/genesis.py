"""Everything before the first block of a run: contracts, accounts, first deposits, first prices."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.onboarding import onboard
from agents.population import Member, members, wallet_address
from simulator.chain.contract import Contract
from simulator.chain.protocol import Block, Chain
from simulator.market.instruments import Listed
from simulator.oracle.engine import OracleEngine
from simulator.protocol.deployment import Deployer, deploy
from simulator.protocol.indices import token_index
from simulator.protocol.tokens import TokenIndex
from simulator.scenario import Scenario

SETUP_SECONDS = 3600
"""The set-up blocks lie in the hour before the scenario's start, a second apart."""


@dataclass(frozen=True, slots=True)
class Genesis:
    """A chain ready for the first block.

    `updates` : what the oracle's publishers sent in the last of the blocks, one for each of its transactions.
    """

    contracts: dict[str, Contract]
    tokens: TokenIndex
    members: tuple[Member, ...]
    publishers: tuple[str, ...]
    blocks: tuple[Block, ...]
    updates: tuple[Any, ...]


def genesis_timestamp(scenario: Scenario) -> int:
    """Time of block 0 of a chain for this scenario, UTC seconds."""
    return int(scenario.market.start.timestamp()) - SETUP_SECONDS


def prepare(
    chain: Chain,
    scenario: Scenario,
    instruments: tuple[Listed, ...],
    oracle: OracleEngine,
    spot: np.ndarray,
    attention: np.ndarray,
) -> Genesis:
    """Deploy the protocol, open the accounts, and publish the first prices at the scenario's start.

    Raises
    ------
    TransactionReverted
        With the decoded error, if anything reverts.
    """
    start = int(scenario.market.start.timestamp())
    publishers = tuple(wallet_address("publisher", number) for number in range(scenario.oracle.publishers))
    deployer = Deployer(chain, wallet_address("administrator"), genesis_timestamp(scenario) + 1)
    contracts = deploy(deployer, scenario, instruments, wallet_address("matcher"), publishers, wallet_address("relay"))
    tokens = token_index(scenario, contracts)
    people = members(scenario, attention)
    onboard(deployer, contracts, tokens, people, spot, wallet_address("open_market"), scenario.fund.initial)
    deployer.at(start)
    feed, parameters = contracts["PriceOracle"], contracts["RiskParameters"]
    prices = [
        (publisher, update)
        for number, publisher in enumerate(publishers)
        if (update := oracle.due(number, start)) is not None
    ]
    changes, calls = oracle.parameters_due(start), oracle.risk_model_due(start)
    first = [feed.transaction(publisher, "publish", *update.arguments) for publisher, update in prices]
    first += [parameters.transaction(publishers[0], "publish", *change.arguments) for change in changes]
    first += [contracts[call.contract].transaction(publishers[0], call.function, *call.arguments) for call in calls]
    deployer.send(first, [feed, parameters, *(contracts[call.contract] for call in calls)])
    updates = (*(update for _, update in prices), *changes, *calls)
    return Genesis(contracts, tokens, tuple(people), publishers, tuple(deployer.blocks), updates)
