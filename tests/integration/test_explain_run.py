"""The stories of a crash with reorganisations, held against the raw rows of its record."""

import json

import numpy as np
import pytest
from crash import POOR_FUND, crash
from displacement import displacements

from simulator.errors import UsageError
from simulator.explain import Evidence, Kind, account_story, cascade_of, settlement_stories, telling_story
from simulator.explain.episodes import episodes
from simulator.explain.flows import Flows, TrueMarket
from simulator.explain.holdings import Holdings
from simulator.explain.moment import AFTER_ALL
from simulator.record import Run
from simulator.run import run_scenario

STORM = (
    'reorgs.sources=[{source="late_blocks",probability=0.15,second_probability=0.5},'
    '{source="deep_fork",probability=0.06,depth=7}]',
    "reorgs.max_depth=10",
)
SLOT = 32


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    """A crash in which liquidations are undone. Read only."""
    folder = tmp_path_factory.mktemp("explain") / "run"
    run_scenario(crash(*POOR_FUND, *STORM, blocks=100), out=folder)
    return Evidence(Run.open(folder))


@pytest.fixture(scope="module")
def stories(evidence):
    """The story of every account that was liquidated."""
    return [account_story(evidence, account) for account in sorted({s.account for s in evidence.settlements})]


def moments(stories, kind):
    return [(story, moment) for story in stories for moment in story.moments if moment.kind is kind]


def rows_of(evidence, table, moment):
    """Rows of the block in which a moment happened, on its own branch."""
    frame = evidence.run.table(table)
    branch = frame["reorged_by"].isna() if moment.undone_by is None else frame["reorged_by"] == moment.undone_by
    return frame[(frame["block"] == moment.block) & branch]


def words_of(data: bytes) -> list[int]:
    """The arguments of a call as the ABI lays them out: one word each."""
    return [int.from_bytes(data[at : at + SLOT], "big", signed=True) for at in range(4, len(data), SLOT)]


def test_every_bid_for_an_account_is_told_once_with_what_it_paid_for_its_place(evidence, stories):
    blocks = evidence.run.table("blocks").set_index(["number", "reorged_by"])["base_fee_gwei"]
    transactions = evidence.run.table("transactions")
    raw = transactions[transactions["function"] == "Liquidation.liquidate"]
    about = {story.account for story in stories}
    calls = [(row, words_of(row["data"])) for row in raw.to_dict("records")]
    expected = []
    for row, (account, liquidator, fraction, limit) in calls:
        base = blocks[row["block"], row["reorged_by"]]
        fee = row["gas_used"] * min(row["max_fee_gwei"], base + row["tip_gwei"])
        reason = None if row["succeeded"] else row["revert_reason"]
        told = (row["block"], account, liquidator, fraction / 1e18, limit / 1e18, reason, round(fee, 3))
        expected += [told] * sum(party in about for party in (account, liquidator))
    told = [
        (m.block, f["account"], f["liquidator"], f["fraction"], f["limit"], f["reason"], round(f["fee_gwei"], 3))
        for _, m in moments(stories, Kind.BID)
        for f in [m.figures]
        if f["included"]
    ]
    assert len(told) > 50
    assert sorted(told, key=repr) == sorted(expected, key=repr)
    assert any(not m.figures["succeeded"] for _, m in moments(stories, Kind.BID))


def test_a_close_out_says_what_the_settlement_table_says(evidence, stories):
    table = evidence.run.table("settlements").set_index(["settlement", "attempt"])
    told = {m.settlement: m for story, m in moments(stories, Kind.LIQUIDATION) if m.figures["account"] == story.account}
    assert all(isinstance(m.figures["liquidator"], int) for m in told.values())
    assert set(told) == set(table[table["category"] == "liquidation"].index)
    for key, moment in told.items():
        row = table.loc[key]
        assert (moment.block, moment.timestamp) == (row["included_block"], row["included_time"])
        assert moment.figures["liquidator"] == row["counterparty"]
        assert moment.figures["payment"] == row["payment"]
        assert (moment.undone_by is not None) == (row["status"] == "reverted")


def test_what_was_undone_comes_before_its_reorganisation_and_what_replaced_it_after(evidence, stories):
    reorgs = evidence.run.table("reorgs").set_index("reorg")
    seen = 0
    for story in stories:
        order = list(story.moments)
        at = {m.figures["reorg"]: n for n, m in enumerate(order) if m.kind is Kind.REORG}
        for number, moment in enumerate(order):
            if moment.undone_by is not None:
                assert number < at[moment.undone_by]
                head, depth = reorgs.loc[moment.undone_by, ["head", "depth"]]
                assert head - depth < moment.block <= head
            if "replaces" in moment.figures:
                old = next(m for m in order if m.kind is Kind.LIQUIDATION and m.settlement == replaced(moment))
                assert at[old.undone_by] < number
                seen += 1
    assert seen


def replaced(moment) -> tuple[int, int]:
    return moment.figures["replaces"], moment.figures["replaces_attempt"]


def test_the_waterfall_conserves_value(evidence, stories):
    told = [(m, m.figures) for _, m in moments(stories, Kind.WATERFALL) if "bad_debt" in m.figures and m.settlement]
    assert any(figures["socialised"] for _, figures in told)
    for _, f in told:
        assert f["bad_debt"] == pytest.approx(f["from_fund"] + f["socialised"], abs=1e-9)
        assert f["account"] + f["bad_debt"] == pytest.approx(f["liquidator"] + f["fee"], abs=1e-6)


def test_oracle_prices_told_are_those_that_were_in_force(evidence, stories):
    metrics = evidence.run.table("metrics").set_index("number")
    told = [m for _, m in moments(stories, Kind.PRICE) if "prices" in m.figures and m.undone_by is None]
    assert told
    for moment in told:
        for price in moment.figures["prices"]:
            assert price["market"] == metrics.loc[moment.block, f"spot_{price['asset']}"]
            assert price["oracle"] == pytest.approx(metrics.loc[moment.block, f"oracle_spot_{price['asset']}"])


def test_a_late_update_waited_as_long_as_its_transaction(evidence, stories):
    told = [m for _, m in moments(stories, Kind.LATE) if m.figures.get("included")]
    assert told
    for moment in told:
        rows = rows_of(evidence, "transactions", moment)
        rows = rows[rows["function"] == moment.figures["function"]]
        assert moment.figures["waited_blocks"] in (rows["block"] - rows["submitted_block"]).tolist()
        assert moment.figures["waited_blocks"] > 1


def test_a_close_out_is_told_with_what_it_could_still_lose(evidence, stories):
    table = evidence.run.table("settlements").set_index(["settlement", "attempt"])
    told = [m for _, m in moments(stories, Kind.EXPOSURE)]
    assert {m.settlement for m in told} >= {key for key, row in table.iterrows() if row["category"] == "liquidation"}
    for moment in told:
        row, figures = table.loc[moment.settlement], moment.figures
        assert figures["amount"] == abs(row["payment"]) + row["fee"]
        assert 0 < figures["reversal_probability"] < 1
        assert (0 < figures["value_at_risk"] < figures["amount"]) == (figures["amount"] > 0)
        payer = "insurance fund" if row["from_fund"] or not row["socialised"] else "all accounts"
        assert figures["bearer"] == (payer if row["payment"] < 0 else row["counterparty"])
        if row["status"] == "final":
            assert figures["seconds_to_final"] == row["final_time"] - row["included_time"]


def test_safe_and_final_are_told_when_they_came(evidence, stories):
    table = evidence.run.table("settlements").set_index(["settlement", "attempt"])
    told = {(m.settlement, m.figures["status"]): m for _, m in moments(stories, Kind.FINALITY)}
    standing = table[(table["category"] == "liquidation") & (table["status"] == "final")]
    assert len(standing)
    for key, row in standing.iterrows():
        for status in ("safe", "final"):
            moment = told[key, status]
            assert (moment.block, moment.timestamp) == (row[f"{status}_block"], row[f"{status}_time"])
    assert all(table.loc[key, "status"] != "reverted" for key, _ in told)


def test_events_give_the_positions_that_the_last_sample_has(evidence):
    samples = evidence.run.table("accounts").drop_duplicates("account", keep="last")
    held = 0
    for account, block, text in zip(samples["account"], samples["block"], samples["positions"], strict=True):
        holdings = Holdings(evidence, account, evidence.of_account(account))
        found = holdings.at((evidence.execution.place(block), AFTER_ALL, 0))
        by_name = {evidence.instruments[n].name: v / 1e18 for (kind, n), v in found.items() if kind == "instrument"}
        assert by_name == json.loads(text)
        held += len(by_name)
    assert held


def test_flow_from_the_record_is_all_that_moved_the_price(evidence):
    recomputed, true = displacements(evidence)
    assert np.ptp(true) > 1e-3
    assert recomputed == pytest.approx(true, abs=1e-9)


def test_what_a_liquidation_set_free_is_sold_at_most_once(evidence):
    keys = {(entry.place, entry.transaction): key for key, entry in evidence.closed_out.items()}
    taken, sold = dict.fromkeys(keys.values(), 0), dict.fromkeys(keys.values(), 0.0)
    moved = evidence.events[evidence.events["event"].isin(("PositionMoved", "HoldingMoved"))]
    for entry in evidence.entries(moved):
        size = entry.args["size"] if entry.event == "PositionMoved" else entry.args["amountWad"]
        taken[keys[entry.place, entry.transaction]] += abs(size) / 1e18
    for flow in Flows(evidence, TrueMarket(evidence)):
        if flow.cause is not None:
            sold[flow.cause] += abs(flow.quantity)
    assert sum(amount > 0 for amount in sold.values()) > 10
    assert all(sold[key] <= taken[key] * (1 + 1e-9) for key in keys.values())


def test_options_are_worth_what_their_deltas_say_nearby_and_less_to_their_writer_far_away(evidence):
    market = TrueMarket(evidence)
    row = len(market.times) // 2
    options = [n for n, listed in enumerate(evidence.instruments) if listed.expiry and listed.strike]
    assert options
    for option in options:
        spot = market.spot(evidence.instruments[option].asset, row)
        low, here, high = market.values(option, row, spot * np.array([1 - 1e-4, 1.0, 1 + 1e-4]))
        assert (high - low) / (2e-4 * spot) == pytest.approx(market.delta(option, row), abs=1e-5)
        far = market.values(option, row, spot * np.array([0.8, 1.2]))
        assert np.all(far - here >= market.delta(option, row) * spot * np.array([-0.2, 0.2]) - 1e-9)


def test_the_cascade_has_every_breach_and_parents_come_first(evidence):
    cascade = cascade_of(evidence)
    breached = [e.keys for e in episodes(evidence.settlements) if e.breach_block is not None]
    assert sorted(node.settlements for node in cascade.nodes) == sorted(breached)
    for number, node in enumerate(cascade.nodes):
        assert 0.0 <= node.share <= 1.0 + 1e-12
        if node.parent is None:
            assert node.share == node.pushed == 0.0
        else:
            parent = cascade.nodes[node.parent]
            assert node.parent < number
            assert parent.breach_block <= node.breach_block
            assert node.share <= node.liquidations_share + 1e-12
    with pytest.raises(ValueError, match="no place in the cascade"):
        cascade.around(10**6)


def test_the_story_of_a_settlement_is_part_of_its_account_s(evidence):
    number = next(s.settlement for s in evidence.settlements if s.status == "reverted")
    for story in settlement_stories(evidence, number):
        whole = account_story(evidence, story.account)
        lines = {(m.place, m.line()) for m in whole.moments if m.kind in (Kind.BID, Kind.LIQUIDATION, Kind.AUCTION)}
        part = {(m.place, m.line()) for m in story.moments if m.kind in (Kind.BID, Kind.LIQUIDATION, Kind.AUCTION)}
        counted = {(m.place, m.line()) for m in story.moments if m.kind is Kind.LIQUIDATION and m.settlement is None}
        assert part - counted <= lines
        assert [m.place for m in story.moments] == sorted(m.place for m in story.moments)


def test_the_story_of_a_settlement_tells_others_of_the_same_breach_in_one_line(evidence):
    several = [e for e in episodes(evidence.settlements) if len({s.settlement for s in e.standing}) > 2]
    assert several
    for episode in several:
        for number in {s.settlement for s in episode.standing}:
            story = next(s for s in settlement_stories(evidence, number) if s.account == episode.account)
            closed = [m for m in story.moments if m.kind is Kind.LIQUIDATION]
            told = {m.settlement for m in closed if m.settlement is not None}
            assert told == set(story.settlements)
            counted = sum(m.figures["others"] for m in closed if m.settlement is None)
            assert len(told) + counted == len(episode.settlements)


def test_an_account_s_story_between_two_blocks_is_what_happened_there(evidence, stories):
    for story in stories[:5]:
        first, last = story.first_block + 20, story.last_block - 20
        part = account_story(evidence, story.account, first, last)
        kinds = (Kind.BID, Kind.LIQUIDATION, Kind.AUCTION, Kind.POSITION, Kind.WATERFALL)
        within = [m.line() for m in story.moments if first <= m.block <= last and m.kind in kinds]
        assert [m.line() for m in part.moments if m.kind in kinds] == within
        assert all(first <= m.block <= last for m in part.moments)


@pytest.mark.parametrize(("first", "last"), [(0, None), (None, 10**6), (60, 50)])
def test_blocks_that_are_not_there_or_not_in_order_are_refused(evidence, first, last):
    with pytest.raises(UsageError, match="block"):
        account_story(evidence, 1, first, last)


def test_the_most_telling_liquidation_is_the_worst_that_came_undone(evidence):
    undone = [s for s in evidence.settlements if s.status == "reverted"]
    worst = max(undone, key=lambda s: (s.bad_debt, abs(s.payment)))
    assert (worst.settlement, worst.attempt) in telling_story(evidence).settlements


def test_figures_are_json(evidence, stories):
    for story in stories:
        json.dumps(story.as_json(), allow_nan=False)
    cascade = cascade_of(evidence)
    json.dumps([node.as_json(number, None) for number, node in enumerate(cascade.nodes)], allow_nan=False)


def test_the_story_of_a_settlement_leaves_another_breach_to_another_story(evidence):
    later = 0
    for number in sorted({s.settlement for s in evidence.settlements}):
        for story in settlement_stories(evidence, number):
            own = next(e for e in episodes(evidence.settlements) if set(story.settlements) <= set(e.keys))
            others = [s for s in evidence.settlements if s.account == story.account and s.key not in own.keys]
            won = {evidence.closed_out[s.key].order[:2] for s in others}
            assert not [m for m in story.moments if m.kind is Kind.BID and m.place[:2] in won]
            anew = [m for m in story.moments if m.kind is Kind.MARGIN and "settlements" in m.figures]
            for moment in anew:
                keys = {(each["settlement"], each["attempt"]) for each in moment.figures["settlements"]}
                assert keys <= {s.key for s in others}
                told = (Kind.BID, Kind.AUCTION)
                assert not [m for m in story.moments if m.kind in told and m.place > moment.place]
            later += len(anew)
    assert later
