"""Puts the protocol of a scenario on a chain: contracts, wiring, listings, roles."""

from collections.abc import Sequence

from simulator.chain import artifacts
from simulator.chain.contract import Contract, deployment
from simulator.chain.keccak import keccak256
from simulator.chain.protocol import Block, Chain, Receipt, Transaction
from simulator.chain.revert import RevertDecoder
from simulator.errors import TransactionReverted
from simulator.market.instruments import Listed
from simulator.protocol.margin_rule import deploy_rule
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario import Scenario
from simulator.wads import wad

ASSET_DECIMALS = 18
FUND_DECIMALS_OFFSET = 6
"""Digits that a share of the insurance fund has beyond the quote token (InsuranceFund.sol)."""


NOBODY = "0x" + "00" * 20


class Deployer:
    """Sends the administrator's transactions, one block each batch; every one must succeed.

    Parameters
    ----------
    chain : Chain
    admin : str
        Address that deploys and administers.
    timestamp : int
        Time of the first block; each later one is a second on.
    """

    def __init__(self, chain: Chain, admin: str, timestamp: int):
        self._chain = chain
        self.admin = admin
        self._timestamp = timestamp
        self.blocks: list[Block] = []

    def at(self, timestamp: int) -> None:
        """Mine the next block at `timestamp`."""
        self._timestamp = timestamp

    def send(self, transactions: Sequence[Transaction], contracts: Sequence[Contract] = ()) -> Block:
        """Mine transactions to these contracts in one block. Raises TransactionReverted, decoded, if one fails."""
        by_address = {contract.address: contract for contract in contracts}
        block = self._mine(transactions)
        for receipt in block.receipts:
            if not receipt.succeeded:
                target = by_address[receipt.transaction.to]
                raise _reverted(f"setting up {target.name}", receipt, target.errors)
        return block

    def create(self, role: str, artifact_name: str, *arguments) -> Contract:
        """Deploy a contract; it is named by its role in reports. Raises TransactionReverted, decoded."""
        artifact = artifacts.load(artifact_name)
        data = deployment(artifact.bytecode, artifact.abi, *arguments)
        receipt = self._mine([Transaction(self.admin, None, data)]).receipts[0]
        if not receipt.succeeded:
            raise _reverted(f"deploying {artifact_name}", receipt, RevertDecoder([artifact.abi]))
        return Contract(role, receipt.contract_address, artifact.abi)

    def _mine(self, transactions: Sequence[Transaction]) -> Block:
        block = self._chain.mine(transactions, self._timestamp)
        self._timestamp += 1
        self.blocks.append(block)
        return block

    def call(self, contract: Contract, function: str, *argument_lists: Sequence) -> None:
        """Call one function of a contract, once for each list of arguments."""
        self.send([contract.transaction(self.admin, function, *each) for each in argument_lists], [contract])


def _reverted(where: str, receipt: Receipt, decoder: RevertDecoder) -> TransactionReverted:
    name, arguments = decoder.decode(receipt.output)
    return TransactionReverted(f"{where} reverted: {decoder.describe(receipt.output)}", name, arguments)


def deploy(
    deployer: Deployer,
    scenario: Scenario,
    instruments: Sequence[Listed],
    matcher: str,
    publishers: Sequence[str],
    relay: str,
) -> dict[str, Contract]:
    """Deploy and configure everything a scenario needs.

    Returns
    -------
    dict of str to Contract
        By role: Quote, one `Asset<n>` per underlying, PriceOracle, RiskParameters, the rule's CovarianceOracle or
        ScenarioSets if it reads one, MarginRule, ClearingHouse, CollateralVault, InsuranceFund, SettlementLedger,
        Liquidation.

    Raises
    ------
    TransactionReverted
        With the decoded error, if a constructor or a configuration call reverts.
    """
    admin = deployer.admin
    create, call = deployer.create, deployer.call
    symbols = [asset.symbol for asset in scenario.market.assets]
    decimals = scenario.protocol.quote_decimals
    quote = create("Quote", "TestToken", scenario.market.quote, scenario.market.quote, decimals)
    assets = [
        create(f"Asset{number}", "TestToken", symbol, symbol, ASSET_DECIMALS) for number, symbol in enumerate(symbols)
    ]
    oracle = create("PriceOracle", "PriceOracle", admin, scenario.oracle.max_age_seconds)
    parameters = create("RiskParameters", "RiskParameters", admin, scenario.oracle.parameters_min_interval_seconds)
    *models, rule = deploy_rule(deployer, scenario, oracle, parameters, publishers[0])
    house = create(
        "ClearingHouse",
        "ClearingHouse",
        admin,
        quote.address,
        oracle.address,
        rule.address,
        scenario.protocol.max_positions,
        wad(scenario.protocol.max_funding_rate),
    )
    vault = create("CollateralVault", "CollateralVault", house.address)
    fund = create(
        "InsuranceFund", "InsuranceFund", quote.address, house.address, vault.address, scenario.fund.notice_seconds
    )
    ledger = create("SettlementLedger", "SettlementLedger", house.address, _hold_policy(scenario, relay))
    call(house, "wire", (vault.address, fund.address, ledger.address))
    liquidation = create("Liquidation", *_mechanism(scenario, house.address))

    call(house, "grantRole", (_role("MATCHER_ROLE"), matcher), (_role("LIQUIDATOR_ROLE"), liquidation.address))
    call(oracle, "setPublisher", *[(publisher, True) for publisher in publishers])
    call(oracle, "setQuorum", (len(publishers) // 2 + 1,))
    call(parameters, "setPublisher", (publishers[0], True))
    policy = scenario.oracle.policy
    bounds = tuple(
        tuple(wad(getattr(s, name)) for name in RISK_COLUMNS) for s in (policy.default, policy.floor, policy.cap)
    )
    call(
        parameters,
        "setDefaults",
        *[
            (number, *bounds, wad(policy.max_step), scenario.oracle.parameters_max_age_seconds)
            for number in range(len(assets))
        ],
    )
    call(house, "listCollateral", *[(token.address, number) for number, token in enumerate(assets)])
    call(
        house,
        "listInstrument",
        *[((i.asset, int(i.kind), i.expiry, wad(i.strike)),) for i in instruments],
    )
    contracts = [quote, *assets, oracle, parameters, *models, rule, house, vault, fund, ledger, liquidation]
    return {contract.name: contract for contract in contracts}


def _hold_policy(scenario: Scenario, relay: str) -> tuple:
    """(rule, depth, timeout, relay) of ISettlementLedger.HoldPolicy."""
    terms = scenario.settlement
    if terms.hold == "depth":
        return 1, terms.depth, 0, NOBODY
    if terms.hold == "checkpoint":
        return 2, 0, terms.timeout_seconds, relay
    return 0, 0, 0, NOBODY


def _mechanism(scenario: Scenario, house: str) -> tuple:
    terms = scenario.liquidation
    if terms.mechanism == "fixed":
        values = (terms.discount, terms.close_factor, terms.full_close_threshold, terms.fund_fee)
        return "FixedDiscount", house, tuple(wad(value) for value in values)
    if terms.mechanism == "english":
        times = terms.bid_seconds, terms.auction_seconds
        return "EnglishAuction", house, (wad(terms.lot), wad(terms.min_increment), *times, wad(terms.fund_fee))
    return (
        "DutchAuction",
        house,
        (
            wad(terms.start_discount),
            wad(terms.knee_discount),
            terms.knee_seconds,
            terms.auction_seconds,
            terms.insolvent_seconds,
            wad(terms.buffer),
            wad(terms.fund_fee),
        ),
    )


def _role(name: str) -> bytes:
    return keccak256(name.encode())
