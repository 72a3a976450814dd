"""Holds the index against the chain, to the wei."""

from simulator.chain.contract import Contract
from simulator.chain.protocol import Chain
from simulator.errors import InvariantError
from simulator.protocol.accounts import AccountIndex


def reconcile(accounts: AccountIndex, contracts: dict[str, Contract], chain: Chain) -> None:
    """Compare every balance of the index with the contracts, and the protocol's invariants on the way.

    Raises
    ------
    InvariantError
        Naming the first difference: an account's cash, escrow, positions or collateral; the suspense account;
        outstanding socialised loss; cash that is not conserved; an instrument whose positions do not sum to zero.
    """
    house, vault, quote = contracts["ClearingHouse"], contracts["CollateralVault"], contracts["Quote"]
    n_assets = len(accounts.funding_index)
    numbers = range(1, accounts.count + 1)
    calls = [house.call("cash", number) for number in numbers]
    calls += [house.call("escrowed", number) for number in numbers]
    calls += [house.call("positionsOf", number) for number in numbers]
    calls += [house.call("holding", number, asset) for number in numbers for asset in range(n_assets)]
    calls += [
        house.call("suspense"),
        house.call("socialisedLoss"),
        vault.call("balanceWad", quote.address),
        *(vault.call("balanceWad", contracts[f"Asset{asset}"].address) for asset in range(n_assets)),
    ]
    answers = iter(chain.calls(calls))
    for number in numbers:
        _same(f"cash of account {number}", accounts.cash_wad[number - 1], house.decode("cash", next(answers)))
    for number in numbers:
        _same(f"escrow of account {number}", accounts.escrow_wad[number - 1], house.decode("escrowed", next(answers)))
    for number in numbers:
        ids, sizes = house.decode("positionsOf", next(answers))
        _same(f"positions of account {number}", accounts.positions[number - 1], dict(zip(ids, sizes, strict=True)))
    for number in numbers:
        for asset in range(n_assets):
            stored = house.decode("holding", next(answers))
            _same(f"collateral {asset} of account {number}", accounts.collateral_wad[number - 1][asset], stored)
    _same("suspense", accounts.suspense, house.decode("suspense", next(answers)))
    _same("socialised loss", accounts.socialised_outstanding, house.decode("socialisedLoss", next(answers)))
    in_vault = vault.decode("balanceWad", next(answers))
    booked = sum(accounts.cash_wad) + sum(accounts.escrow_wad) + accounts.suspense
    _same("cash in the vault", booked - accounts.socialised_outstanding, in_vault)
    for asset in range(n_assets):
        held = sum(row[asset] for row in accounts.collateral_wad)
        _same(f"collateral {asset} in the vault", held, vault.decode("balanceWad", next(answers)))
    totals: dict[int, int] = {}
    for book in accounts.positions:
        for instrument, size in book.items():
            totals[instrument] = totals.get(instrument, 0) + size
    for instrument, total in sorted(totals.items()):
        _same(f"sum of positions in instrument {instrument}", 0, total)


def _same(what: str, indexed, stored) -> None:
    if indexed != stored:
        raise InvariantError(f"{what}: the index has {indexed}, the chain {stored}; the run cannot be trusted")
