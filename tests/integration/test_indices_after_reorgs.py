"""What is known from events alone is what the contracts say, after each reorganisation and at the end."""

import pytest
from crash import POOR_FUND, STORM, crash, simulated

from simulator.finality import Status

WAD = 1e18
BLOCKS = 90
ENGLISH = ("liquidation.mechanism=english", "liquidation.bid_seconds=60")
HELD = (
    "settlement.hold=checkpoint",
    "settlement.timeout_seconds=600",
    'finality={model="instant_bft",delay_blocks=12}',
    "reorgs.max_depth=8",
)
CASES = {"dutch": (*POOR_FUND, *STORM), "english, held": (*POOR_FUND, *STORM, *ENGLISH, *HELD)}


@pytest.mark.parametrize("case", CASES)
def test_every_index_is_what_the_contracts_say_after_each_reorganisation(case):
    with simulated(crash(*CASES[case], blocks=BLOCKS)) as model:
        undone = 0
        for _ in range(BLOCKS):
            model.step()
            if model.last.reorg is not None:
                undone += len(model.last.reorg.reverted)
                compare(model)
        compare(model)
        assert undone > 0


def compare(model) -> None:
    """Every index but that of accounts, which `reconcile` compares."""
    tokens(model)
    prices(model)
    settlements(model)
    auctions(model)


def tokens(model) -> None:
    chain, index = model.chain, model.tokens
    contracts = {contract.address: contract for contract in model.contracts.values()}
    for (number, holder), units in index._balances.items():
        token = contracts[index.address(number)]
        if holder == "0x" + 40 * "0":
            assert -units == token.read(chain, "totalSupply")
        else:
            assert units == token.read(chain, "balanceOf", holder)


def prices(model) -> None:
    chain, index = model.chain, model.prices
    oracle, parameters = model.contracts["PriceOracle"], model.contracts["RiskParameters"]
    for asset in range(len(model.symbols)):
        stated = oracle.read(chain, "assetPrice", asset)
        ours = index.spot[asset], index.perpetual[asset], index.confidence[asset]
        assert ours == (stated.spot / WAD, stated.perpetual / WAD, stated.confidence / WAD)
        assert index.spot_time[asset] == stated.timestamp
        in_force = parameters.read(chain, "riskSet", asset)
        assert index.risk(chain.timestamp)[asset].tolist() == [value / WAD for value in in_force]
    for (asset, expiry), price in index.settlement.items():
        assert price == oracle.read(chain, "settlementPrice", asset, expiry) / WAD


def settlements(model) -> None:
    chain, ledger, holds = model.chain, model.contracts["SettlementLedger"], model.holds
    assert len(holds.hashes) == ledger.read(chain, "count")
    for number, chain_hash in enumerate(holds.hashes, 1):
        assert chain_hash == ledger.read(chain, "hashOf", number)
        hold, ours = ledger.read(chain, "holdOf", number), holds.open.get(number)
        assert (hold.status == 1) == (ours is not None)
        if ours is not None:
            stated = (hold.account, hold.liquidator, hold.payment, hold.advance, hold.blockNumber, hold.timestamp)
            assert stated == (ours.account, ours.liquidator, ours.payment, ours.advance, ours.block, ours.time)
    assert tuple(ledger.read(chain, "checkpoint")) == (holds.final_block, holds.final_count)
    standing = sorted(s.settlement for s in model.settlements if s.status is not Status.REVERTED)
    assert standing == list(range(1, len(holds.hashes) + 1))


def auctions(model) -> None:
    chain, mechanism = model.chain, model.contracts["Liquidation"]
    for account in range(1, model.accounts.count + 1):
        stated, ours = mechanism.read(chain, "auctionOf", account), model.liquidation._auctions.get(account)
        if model.scenario.liquidation.mechanism == "english":
            assert (stated.lot, stated.bidder) == ((ours.number, ours.bidder) if ours else (0, 0))
        else:
            assert tuple(stated) == ((ours.started_at, ours.insolvent_at) if ours else (0, 0))
