"""Print the deployed protocol: its instruments, and what every account holds.

    brownie run inspect_protocol --network anvil          deploys first, because nothing is there yet
    >>> run("deploy"); run("inspect_protocol")            in brownie console --network anvil
"""

from datetime import UTC, datetime

from brownie import project
from brownie.exceptions import VirtualMachineError

from scripts import deploy

KINDS = ("call", "put", "future", "perpetual")
WAD = 10**18


def main() -> None:
    """Inspect the newest clearing house of this session."""
    houses = project.get_loaded_projects()[0].ClearingHouse
    if not len(houses):
        deploy.main()
    house = houses[-1]
    print(f"\nclearing house {house.address}")
    print_instruments(house)
    print_accounts(house)


def print_instruments(house) -> None:
    """One line per listed instrument."""
    print(f"\n{'number':>6}  {'asset':>5}  {'kind':9}  {'expiry (UTC)':16}  {'strike':>10}")
    for number in range(house.instrumentCount()):
        underlying, kind, expiry, strike = house.instrument(number)
        until = f"{datetime.fromtimestamp(expiry, UTC):%Y-%m-%d %H:%M}" if expiry else "-"
        price = f"{strike / WAD:10,.2f}" if strike else f"{'-':>10}"
        print(f"{number:6}  {underlying:5}  {KINDS[kind]:9}  {until:16}  {price}")


def print_accounts(house) -> None:
    """One line per account, margins net of the requirement (negative: undermargined)."""
    print(f"\n{'account':>7}  {'owner':42}  {'positions':>9}  {'cash':>14}  {'initial':>14}  {'maintenance':>14}")
    for account in range(1, house.accountCount() + 1):
        positions, _ = house.positionsOf(account)
        print(
            f"{account:7}  {house.ownerOf(account)}  {len(positions):9}  {house.cash(account) / WAD:14,.2f}  "
            f"{margins(house, account)}"
        )
    if not house.accountCount():
        print("no accounts yet; openAccount(owner) makes one")


def margins(house, account: int) -> str:
    """Initial and maintenance margin of an account, or why they are unknown."""
    try:
        _, initial, maintenance = house.margin(account)
    except (ValueError, VirtualMachineError):
        return "unknown: a price it needs is missing or stale"
    return f"{initial / WAD:14,.2f}  {maintenance / WAD:14,.2f}"
