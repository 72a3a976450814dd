"""A run whose newest blocks are undone and built again: all follows the chain, and the record has both branches."""

import json

import numpy as np
import pytest
from crash import POOR_FUND, crash, simulated

from simulator.chain.backends import connect
from simulator.errors import UsageError
from simulator.explain.evidence import Evidence
from simulator.finality.reversals import reversals
from simulator.protocol.reconcile import reconcile
from simulator.record import Run
from simulator.record.replay import replay, start_of
from simulator.run import run_scenario
from simulator.scenario.load import load

BLOCKS = 60
STORM = (
    'reorgs.sources=[{source="late_blocks",probability=0.15,second_probability=0.5},'
    '{source="deep_fork",probability=0.06,depth=7}]',
    "reorgs.max_depth=10",
)
SCENARIO = crash(*POOR_FUND, *STORM, blocks=BLOCKS)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The folder of a run with many reorganisations. Read only."""
    folder = tmp_path_factory.mktemp("reorgs") / "run"
    run_scenario(SCENARIO, out=folder)
    return Run.open(folder)


def test_index_and_chain_agree_to_the_wei_after_each_reorganisation():
    with simulated(SCENARIO) as model:
        found = []
        for _ in range(BLOCKS):
            model.step()
            if model.last.reorg is not None:
                reconcile(model.accounts, model.contracts, model.chain)
                found.append(len(model.last.reorg.rebuilt))
        reconcile(model.accounts, model.contracts, model.chain)
        undone = [settlement for settlement in model.settlements if settlement.status == "reverted"]
    assert len(found) > 5 and max(found) == 7
    assert undone


def test_settlements_that_were_undone_are_settled_again_or_not_at_all():
    with simulated(SCENARIO) as model:
        for _ in range(BLOCKS):
            model.step()
        by_number = {}
        for settlement in model.settlements:
            by_number.setdefault(settlement.settlement, []).append(settlement)
    for attempts in by_number.values():
        assert [settlement.attempt for settlement in attempts] == list(range(len(attempts)))
        assert all(settlement.status == "reverted" for settlement in attempts[:-1])


def test_both_branches_are_recorded_in_the_order_of_execution(recorded):
    blocks, reorgs = recorded.table("blocks"), recorded.table("reorgs")
    standing = recorded.standing("blocks")
    assert list(standing["number"]) == list(range(1, recorded.info.blocks + 1))
    assert len(blocks) == len(standing) + reorgs["depth"].sum()
    for reorg in reorgs.itertuples():
        undone = blocks[blocks["reorged_by"] == reorg.reorg]
        assert list(undone["number"]) == list(range(reorg.head - reorg.depth + 1, reorg.head + 1))
    for table in ("transactions", "events"):
        keys = set(zip(blocks["number"], blocks["reorged_by"].fillna(0), strict=True))
        rows = recorded.table(table)
        assert set(zip(rows["block"], rows["reorged_by"].fillna(0), strict=True)) <= keys


def test_a_liquidation_is_replaced_by_one_that_came_after_it_was_undone(recorded):
    evidence = Evidence(recorded)
    replaced = [r for r in reversals(evidence.settlements, evidence.lifetimes) if r.replacement]
    assert replaced
    for reversal in replaced:
        included = evidence.lifetimes[reversal.replacement.key][0]
        assert evidence.lifetimes[reversal.reverted.key][1] < included
        assert reversal.replacement.account == reversal.reverted.account


def test_totals_of_each_block_are_those_of_the_events_that_stand(recorded):
    metrics, events = recorded.standing("metrics"), recorded.standing("events")
    closed = events[events["event"] == "ClosedOut"]["block"].value_counts()
    booked = events[events["event"] == "BadDebtBooked"]
    amounts = (
        booked["arguments"].map(lambda text: int(json.loads(text)["amount"]) / 1e18).groupby(booked["block"]).sum()
    )
    for column, by_block in (("liquidations", closed), ("bad_debt", amounts)):
        expected = by_block.reindex(metrics["number"], fill_value=0).cumsum()
        np.testing.assert_allclose(metrics[column].to_numpy(), expected.to_numpy(), rtol=1e-12, err_msg=column)
    assert metrics["bad_debt"].iloc[-1] > 0


def test_no_account_is_closed_out_before_it_was_seen_below_maintenance(tmp_path):
    # Settlement 6 is undone together with blocks in which the account was seen below maintenance once more.
    run_scenario(load("reorg-storm"), out=tmp_path / "run", blocks=280)
    settlements = Run.open(tmp_path / "run").table("settlements")
    again = settlements[(settlements["settlement"] == 6) & (settlements["attempt"] == 1)]
    assert len(again) == 1
    closed = settlements[settlements["breach_block"].notna()]
    assert (closed["breach_block"] <= closed["included_block"]).all()


def test_what_was_undone_counts_nowhere(recorded):
    summary, settlements = recorded.summary(), recorded.table("settlements")
    events = recorded.standing("events")
    assert summary["liquidations"] == (events["event"] == "ClosedOut").sum()
    assert summary["settlements"]["reverted"] == (settlements["status"] == "reverted").sum() > 0
    assert settlements.loc[settlements["status"] == "reverted", "final_block"].isna().all()
    assert summary["reorganisations"] == len(recorded.table("reorgs"))
    assert list(recorded.table("metrics")["number"]) == list(
        recorded.standing("blocks").query("phase == 'run'")["number"]
    )


@pytest.mark.parametrize("chain", ["embedded", "anvil"])
def test_a_replay_goes_through_both_branches_to_the_same_digest(recorded, chain):
    backend = connect(chain, genesis_timestamp=start_of(recorded))
    try:
        result = replay(recorded, backend)
    finally:
        backend.close()
    assert result.difference is None
    assert result.matches and result.digest == recorded.info.digest


def test_both_backends_reorganise_alike(recorded, tmp_path):
    on_anvil = run_scenario(SCENARIO, out=tmp_path / "anvil", chain="anvil")
    assert on_anvil["digest"] == recorded.info.digest


def test_a_script_undoes_what_it_says(tmp_path):
    with simulated(crash(blocks=20)) as model:
        first = model.block + 1
    script = f'reorgs.sources=[{{source="scripted",reorgs=[{{block={first + 9},depth=4}}]}}]'
    run_scenario(crash(script, blocks=20), out=tmp_path / "run")
    (reorg,) = Run.open(tmp_path / "run").table("reorgs").itertuples()
    assert (reorg.reorg, reorg.head, reorg.depth) == (1, first + 9, 4)


def test_a_script_deeper_than_finality_stops_the_run_with_one_line(tmp_path):
    with simulated(crash(blocks=20)) as model:
        first = model.block + 1
    script = f'reorgs.sources=[{{source="scripted",reorgs=[{{block={first + 9},depth=8}}]}}]'
    finality = 'finality={model="instant_bft",delay_blocks=3}'
    with pytest.raises(UsageError, match=r"depth 8 at block \d+ would undo block \d+, which is final .* at most 3"):
        run_scenario(crash(script, finality, blocks=20), out=tmp_path / "run")
    info = json.loads((tmp_path / "run" / "run.json").read_text())
    assert info["status"] == "interrupted"
