"""The indices of a scenario's protocol, ready for the events of its contracts."""

from collections.abc import Mapping, Sequence

from simulator.chain.contract import Contract
from simulator.market.instruments import Kind, Listed
from simulator.protocol.accounts import AccountIndex
from simulator.protocol.deployment import ASSET_DECIMALS, FUND_DECIMALS_OFFSET
from simulator.protocol.tokens import TokenIndex
from simulator.scenario import Scenario


def token_roles(scenario: Scenario) -> tuple[str, ...]:
    """Contracts that are tokens, as `TokenIndex` numbers them."""
    return ("Quote", *(f"Asset{number}" for number in range(len(scenario.market.assets))), "InsuranceFund")


def token_index(scenario: Scenario, contracts: Mapping[str, Contract]) -> TokenIndex:
    """Without any balance yet. `contracts`: by role."""
    quote = scenario.protocol.quote_decimals
    decimals = [quote, *[ASSET_DECIMALS] * len(scenario.market.assets), quote + FUND_DECIMALS_OFFSET]
    return TokenIndex([contracts[role].address for role in token_roles(scenario)], decimals)


def account_index(scenario: Scenario, instruments: Sequence[Listed], contracts: Mapping[str, Contract]) -> AccountIndex:
    """Without any account yet. `instruments`: in the order of the registry; `contracts`: by role."""
    n_assets = len(scenario.market.assets)
    return AccountIndex(
        underlyings=[i.asset for i in instruments],
        perpetuals=[n for n, i in enumerate(instruments) if i.kind is Kind.PERPETUAL],
        n_assets=n_assets,
        quote=contracts["Quote"].address,
        assets={contracts[f"Asset{n}"].address: n for n in range(n_assets)},
        quote_unit=10 ** (18 - scenario.protocol.quote_decimals),
        max_funding_rate=scenario.protocol.max_funding_rate,
    )
