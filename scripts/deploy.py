"""Deploy the whole protocol with Brownie, wired and listed as a scenario wants it.

    brownie run deploy --network anvil                    the scenario quiet
    brownie run deploy main black-thursday --network anvil
    >>> protocol = run("deploy")                          in brownie console --network anvil

The first account deploys, administers and relays checkpoints, the second matches trades, the next ones publish prices.
"""

from dataclasses import dataclass, replace

from brownie import accounts, chain, project
from brownie.network.contract import ProjectContract

from simulator.market.instruments import listed
from simulator.protocol.deployment import deploy
from simulator.scenario.load import load

DAY = 86_400


@dataclass(frozen=True)
class Deployed:
    """A contract under its role in the protocol."""

    name: str
    address: str
    contract: ProjectContract


class BrownieDeployer:
    """Stands in for `simulator.protocol.deployment.Deployer`, so that both follow one order of deployment.

    Parameters
    ----------
    containers : the loaded Brownie project
    account : account that deploys and administers
    """

    def __init__(self, containers, account):
        self._containers = containers
        self._account = account
        self.admin = account.address

    def create(self, role: str, artifact_name: str, *arguments) -> Deployed:
        contract = self._account.deploy(self._containers[artifact_name], *arguments)
        return Deployed(role, contract.address, contract)

    def call(self, contract: Deployed, function: str, *argument_lists) -> None:
        for arguments in argument_lists:
            getattr(contract.contract, function)(*arguments, {"from": self._account})


def main(scenario_name: str = "quiet") -> dict[str, ProjectContract]:
    """Deploy; returns the contracts by role."""
    scenario = load(scenario_name)
    administrator, matcher, *others = list(accounts)
    publishers = [account.address for account in others[: scenario.oracle.publishers]]
    deployer = BrownieDeployer(project.get_loaded_projects()[0], administrator)
    instruments = _from_today(listed(scenario), scenario)
    deployed = deploy(deployer, scenario, instruments, matcher.address, publishers, administrator.address)
    for role, entry in deployed.items():
        print(f"{role:18} {entry.address}")
    return {role: entry.contract for role, entry in deployed.items()}


def _from_today(instruments: list, scenario) -> list:
    """The instruments with expiries as far from the chain's time as they are from the scenario's start."""
    shift = (chain.time() - int(scenario.market.start.timestamp())) // DAY * DAY + DAY
    return [replace(each, expiry=each.expiry + shift) if each.expiry else each for each in instruments]
