"""Opening balances: tokens to wallets, accounts at the clearing house, first deposits, the insurance fund's seed."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from agents.population import Member
from simulator.chain.contract import Contract
from simulator.chain.protocol import Transaction
from simulator.protocol.deployment import Deployer
from simulator.protocol.tokens import TokenIndex

BATCH = 1000
UNLIMITED = 2**256 - 1


def onboard(
    deployer: Deployer,
    contracts: dict[str, Contract],
    tokens: TokenIndex,
    members: Sequence[Member],
    spot: np.ndarray,
    open_market: str,
    fund_seed: float,
) -> None:
    """Send everything that happens before the first block of a run.

    Parameters
    ----------
    spot : numpy.ndarray
        (n_assets,) first prices, at which asset wealth is turned into coins.
    open_market : str
        Wallet of the open market, which pays in the proceeds of sold collateral.
    fund_seed : float
        What the insurance fund starts with, quote units.
    """
    transactions = _transactions(deployer.admin, contracts, tokens, members, spot, open_market, fund_seed)
    while batch := list(islice(transactions, BATCH)):
        deployer.send(batch, list(contracts.values()))


def _transactions(admin, contracts, tokens, members, spot, open_market, fund_seed) -> Iterator[Transaction]:
    house, vault, fund, quote = (
        contracts[role] for role in ("ClearingHouse", "CollateralVault", "InsuranceFund", "Quote")
    )
    seed = tokens.units(0, fund_seed)
    if seed:
        yield quote.transaction(admin, "mint", admin, seed)
        yield quote.transaction(admin, "approve", fund.address, seed)
        yield fund.transaction(admin, "deposit", seed, admin)
    yield quote.transaction(admin, "mint", open_market, 10 ** (18 + 6))
    yield quote.transaction(open_market, "approve", vault.address, UNLIMITED)
    for member in members:
        yield house.transaction(member.wallet, "openAccount", member.wallet)
        yield quote.transaction(
            admin, "mint", member.wallet, tokens.units(0, member.cash_deposit + member.cash_reserve)
        )
        yield quote.transaction(member.wallet, "approve", vault.address, UNLIMITED)
        if member.kind == "backstop":
            yield quote.transaction(member.wallet, "approve", fund.address, UNLIMITED)
        cash = tokens.units(0, member.cash_deposit)
        if cash:
            yield house.transaction(member.wallet, "deposit", member.account, quote.address, cash)
        if member.asset >= 0:
            asset = contracts[f"Asset{member.asset}"]
            amount = tokens.units(1 + member.asset, member.asset_value / spot[member.asset])
            yield asset.transaction(admin, "mint", member.wallet, amount)
            yield asset.transaction(member.wallet, "approve", vault.address, UNLIMITED)
            yield house.transaction(member.wallet, "deposit", member.account, asset.address, amount)
