"""Holds the index against the chain, to the wei."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from simulator.chain.contract import Contract
from simulator.chain.protocol import Chain
from simulator.errors import InvariantError
from simulator.protocol.accounts import AccountIndex


class Mismatch(NamedTuple):
    """A balance that is not what the index has."""

    what: str
    indexed: object
    stored: object


def first_mismatch(accounts: AccountIndex, house: Contract, chain: Chain, numbers: Sequence[int]) -> Mismatch | None:
    """The first difference in cash, escrow, positions or collateral of these accounts, or in the house's own books."""
    assets = range(len(accounts.funding_index))
    expected = []
    for number in numbers:
        row = number - 1
        expected += [
            (f"cash of account {number}", accounts.cash_wad[row], "cash", number),
            (f"escrow of account {number}", accounts.escrow_wad[row], "escrowed", number),
            (f"positions of account {number}", accounts.positions[row], "positionsOf", number),
        ]
        for asset in assets:
            held = accounts.collateral_wad[row][asset]
            expected.append((f"collateral {asset} of account {number}", held, "holding", number, asset))
    expected.append(("suspense", accounts.suspense, "suspense"))
    expected.append(("socialised loss", accounts.socialised_outstanding, "socialisedLoss"))
    answers = chain.calls([house.call(function, *arguments) for _, _, function, *arguments in expected])
    for (what, indexed, function, *_), answer in zip(expected, answers, strict=True):
        stored = house.decode(function, answer)
        if function == "positionsOf":
            stored = dict(zip(*stored, strict=True))
        if indexed != stored:
            return Mismatch(what, indexed, stored)
    return None


def reconcile(accounts: AccountIndex, contracts: Mapping[str, Contract], chain: Chain) -> None:
    """Compare every balance of the index with the contracts, and the protocol's invariants on the way.

    Raises
    ------
    InvariantError
        Naming the first difference: an account's cash, escrow, positions or collateral; the suspense account;
        outstanding socialised loss; cash that is not conserved; an instrument whose positions, with those settled at
        its expiry, do not sum to zero.
    """
    _agree(first_mismatch(accounts, contracts["ClearingHouse"], chain, range(1, accounts.count + 1)))
    vault, assets = contracts["CollateralVault"], range(len(accounts.funding_index))
    tokens = [contracts[role].address for role in ("Quote", *(f"Asset{asset}" for asset in assets))]
    answers = chain.calls([vault.call("balanceWad", token) for token in tokens])
    cash, *collateral = (vault.decode("balanceWad", answer) for answer in answers)
    booked = sum(accounts.cash_wad) + sum(accounts.escrow_wad) + accounts.suspense
    _same("cash in the vault", booked - accounts.socialised_outstanding, cash)
    for asset in assets:
        held = sum(row[asset] for row in accounts.collateral_wad)
        _same(f"collateral {asset} in the vault", held, collateral[asset])
    totals = list(accounts.settled)
    for book in accounts.positions:
        for instrument, size in book.items():
            totals[instrument] += size
    for instrument, total in enumerate(totals):
        _same(f"sum of positions in instrument {instrument}", 0, total)


def _same(what: str, indexed: int, stored: int) -> None:
    _agree(None if indexed == stored else Mismatch(what, indexed, stored))


def _agree(found: Mismatch | None) -> None:
    if found is not None:
        raise InvariantError(
            f"{found.what}: the index has {found.indexed}, the chain {found.stored}; the run cannot be trusted"
        )
