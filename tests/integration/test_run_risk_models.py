"""Rules with a model of their own run on chain: contract = mirror at every look, and money is conserved."""

import numpy as np
import pytest
from crash import crash, simulated
from witness import valuations, watch

from simulator.chain.backends import connect
from simulator.record import Run
from simulator.record.replay import replay, start_of
from simulator.run import run_scenario

RULES = {
    "parametric": ("CovarianceOracle", "CovariancePublished"),
    "expected-shortfall": ("ScenarioSets", "SetActivated"),
}
BLOCKS = 96
QUICK = ("oracle.parameters_min_interval_seconds=120", "oracle.bar_seconds=60")
"""Several updates fit into the run."""


@pytest.fixture(scope="module", params=RULES)
def run(request):
    scenario = crash(f"protocol.rule={request.param}", *QUICK, blocks=BLOCKS)
    with simulated(scenario) as model:
        yield request.param, watch(model)


def test_margins_of_every_account_agree_with_the_clearing_house(run):
    _, history = run
    assert len(history.valuations) > 10 * history.model.accounts.count
    for seen in history.valuations:
        assert seen.mirror == pytest.approx(seen.contract, rel=0, abs=1e-8 * seen.gross + 1e-12), seen


def test_the_crash_is_margined_by_the_model(run):
    _, history = run
    assert sum(seen.contract[2] < 0 for seen in history.valuations) > 20


def test_no_token_appears_or_disappears(run):
    _, history = run
    for books in history.books:
        assert set(books.positions.values()) <= {0}
        assert books.cash + books.suspense - books.socialised == books.cash_in_vault
        assert books.supply == books.held_by_all


def test_the_model_is_posted_again_and_nothing_is_refused(run):
    rule, history = run
    _, posted = RULES[rule]
    assert len(history.events(posted)) >= 3
    assert not history.events("CovarianceRefused")
    assert not history.events("SetRefused")


def test_every_update_is_among_the_parameters_with_its_inputs(run):
    rule, history = run
    changes = [change for step in history.steps for change in step.changes if change.parameter == "return_deviation"]
    assert len(changes) == len(history.events(RULES[rule][1]))
    assert all(change.accepted and change.inputs["volatility"] for change in changes)
    assert max(change.after for change in changes) > 1.2 * changes[0].before


@pytest.mark.parametrize("rule", RULES)
def test_a_stale_model_requires_more_on_chain_and_off(rule):
    ages = ("oracle.parameters_heartbeat_seconds=200", "oracle.parameters_max_age_seconds=300")
    with simulated(crash(f"protocol.rule={rule}", *ages, *QUICK)) as model:
        for _ in range(10):
            model.step()
        fresh = model.prices.market_state(model.now)
        model.oracle.risk_model_due = lambda timestamp: []
        for _ in range(30):
            model.step()
        stale = model.prices.market_state(model.now)
        assert stale.shocks_fresh is (rule == "parametric")
        if rule == "parametric":
            assert (np.diag(stale.covariance) > 1.5 * np.diag(fresh.covariance)).all()
        for seen in valuations(model):
            assert seen.mirror == pytest.approx(seen.contract, rel=0, abs=1e-8 * seen.gross + 1e-12), seen


def test_the_model_on_chain_belongs_to_the_rule():
    with simulated(crash("protocol.rule=parametric", blocks=1)) as model:
        contract = model.contracts["MarginRule"].read(model.chain, "COVARIANCE")
        assert contract == model.contracts["CovarianceOracle"].address
        assert model.contracts["CovarianceOracle"].read(model.chain, "isPublisher", model.genesis.publishers[0])


@pytest.mark.parametrize("rule", RULES)
def test_a_recorded_run_is_replayed_to_the_same_digest(rule, tmp_path):
    run_scenario(crash(f"protocol.rule={rule}", *QUICK, blocks=30), out=tmp_path / "run")
    recorded = Run.open(tmp_path / "run")
    backend = connect("embedded", genesis_timestamp=start_of(recorded))
    try:
        assert replay(recorded, backend).digest == recorded.info.digest
    finally:
        backend.close()
