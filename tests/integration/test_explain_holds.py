"""The story of a liquidation whose proceeds the ledger holds back, against the ledger's events."""

import pytest
from crash import crash

from simulator.explain import Evidence, Kind, account_story, settlement_stories
from simulator.record import Run
from simulator.run import run_scenario

HELD = ("settlement.hold=depth", "settlement.depth=12")


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """A crash in which proceeds are held for twelve blocks. Read only."""
    folder = tmp_path_factory.mktemp("holds") / "run"
    run_scenario(crash(*HELD, blocks=60), out=folder)
    return Evidence(Run.open(folder))


def holds(story):
    return [m for m in story.moments if m.kind is Kind.FINALITY and "event" in m.figures]


def test_an_account_s_story_tells_every_hold_of_its_liquidations(evidence):
    events = evidence.run.table("events")
    events = events[events["event"].isin(["HoldPlaced", "HoldReleased", "HoldVoided"])]
    told = [hold for account in sorted({s.account for s in evidence.settlements})
            for hold in holds(account_story(evidence, account))]  # fmt: skip
    assert len(told) == len(events) > 0


def test_the_story_of_a_settlement_tells_its_own_holds_only(evidence):
    several = {s.account for s in evidence.settlements if s.settlement not in _first_of_each_account(evidence)}
    assert several
    for settlement in (s for s in evidence.settlements if s.account in several):
        (story,) = settlement_stories(evidence, settlement.settlement)
        events = [(hold.figures["event"], hold.figures["settlement"]) for hold in holds(story)]
        assert events == [("HoldPlaced", settlement.settlement), ("HoldReleased", settlement.settlement)]


def _first_of_each_account(evidence):
    first = {}
    for settlement in evidence.settlements:
        first.setdefault(settlement.account, settlement.settlement)
    return set(first.values())
