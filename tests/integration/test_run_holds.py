"""A crash in which the ledger holds what liquidations pay out: books, mirrors, reorganisations, the end of the run."""

import pytest
from crash import POOR_FUND, crash, simulated

from simulator.chain.backends import connect
from simulator.model.closing import blocks_to_close, closing_calls
from simulator.protocol.house import House
from simulator.protocol.reconcile import reconcile
from simulator.record import Run
from simulator.record.replay import replay, start_of
from simulator.run import run_scenario

WAD = 10**18
BLOCKS = 70
SLOW_FINALITY = 'finality={model="instant_bft",delay_blocks=15}'
POLICIES = {
    "depth": ("settlement.hold=depth", "settlement.depth=20"),
    "checkpoint": ("settlement.hold=checkpoint", SLOW_FINALITY),
    "timeout": ("settlement.hold=checkpoint", "settlement.timeout_seconds=240"),  # of Ethereum's finality: 16 minutes
}
STORM = 'reorgs.sources=[{source="deep_fork",probability=0.1,depth=5}]'


def close(model) -> None:
    """Run a model on until nothing is left to be done."""
    needed, produced = blocks_to_close(model), 0
    while produced < needed or closing_calls(model):
        model.finality_block()
        produced += 1


@pytest.mark.parametrize("policy", POLICIES)
def test_money_is_conserved_with_what_is_held_and_all_of_it_comes_free(policy):
    with simulated(crash(*POOR_FUND, *POLICIES[policy], STORM, blocks=BLOCKS)) as model:
        most = 0
        for block in range(BLOCKS):
            model.step()
            most = max(most, sum(model.accounts.escrow_wad))
            if block % 10 == 0 or model.last.reorg is not None:
                reconcile(model.accounts, model.contracts, model.chain)
        assert most > 100_000 * WAD
        close(model)
        reconcile(model.accounts, model.contracts, model.chain)
        assert not model.holds.open
        assert sum(model.accounts.escrow_wad) == 0


@pytest.mark.parametrize("policy", ["depth", "checkpoint"])
def test_contract_and_mirror_agree_on_accounts_with_escrow(policy):
    with simulated(crash(*POLICIES[policy], blocks=BLOCKS)) as model:
        compared = 0
        clearing_house = model.contracts["ClearingHouse"]
        for block in range(BLOCKS):
            model.step()
            if block % 10:
                continue
            mirror = House(model.house.rule, model.house.instruments, model.accounts, model.prices)
            mirror.advance(model.chain.timestamp)
            for row in model.accounts.escrow[: model.accounts.count].nonzero()[0].tolist():
                margin = clearing_house.read(model.chain, "margin", row + 1)
                by_mirror = (float(column[row]) for column in _columns(mirror.margins))
                for stated, expected in zip(margin, by_mirror, strict=True):
                    assert stated / WAD == pytest.approx(expected, rel=1e-6, abs=1e-3)
                compared += 1
        assert compared > 10


def _columns(margins):
    return margins.equity, margins.initial, margins.maintenance


def test_nothing_comes_free_before_it_is_final():
    with simulated(crash(*POLICIES["checkpoint"], blocks=BLOCKS)) as model:
        placed, freed = {}, []
        for _ in range(BLOCKS):
            model.step()
            for event in (placed_event.event for placed_event in model.last.events):
                if event.name == "HoldPlaced":
                    placed[event.args.settlement] = event.args.blockNumber
                elif event.name == "HoldReleased":
                    freed.append(model.block - placed[event.args.settlement])
                    assert model.settlements[event.args.settlement].status == "final"
        assert freed and min(freed) >= 15


def test_where_liquidators_have_capital_to_spare_a_hold_changes_when_cash_is_free_and_nothing_else():
    lost = []
    for policy in ((), POLICIES["depth"]):
        with simulated(crash(*POOR_FUND, *policy, blocks=BLOCKS)) as model:
            for _ in range(BLOCKS):
                model.step()
            lost.append((model.cumulative.liquidations, model.accounts.socialised_outstanding))
    (liquidations, socialised), with_holds = lost
    assert with_holds == (liquidations, pytest.approx(socialised, rel=1e-12)) and liquidations > 0


def test_a_run_with_checkpoints_is_recorded_and_replayed_to_its_last_release(tmp_path):
    run_scenario(crash(*POLICIES["checkpoint"], STORM, blocks=40), out=tmp_path / "run")
    run = Run.open(tmp_path / "run")
    events = run.standing("events")["event"].value_counts()
    assert events["CheckpointPosted"] > 0
    assert events["HoldReleased"] == events["HoldPlaced"] > 0
    backend = connect("embedded", genesis_timestamp=start_of(run))
    try:
        assert replay(run, backend).matches
    finally:
        backend.close()
