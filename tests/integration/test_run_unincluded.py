"""Every bid for block space is in a block or among the unincluded, whatever expiry and reorganisations make of it."""

from collections import Counter

import pandas as pd
import pytest
from crash import CONGESTED, EXPIRY_BLOCKS, POOR_FUND, STORM, crash

from simulator.chain.block_space import BlockSpace
from simulator.chain.mempool import REPLACEMENT_BUMP_PERCENT
from simulator.record import Run
from simulator.record.unincluded import Reason
from simulator.run import run_scenario

IDENTITY = ["sender", "data", "submitted_block"]
"""No sender submits the same call twice at the same head."""


@pytest.fixture(scope="module")
def sent():
    """What was submitted, in the order of submission, by `IDENTITY`."""
    return []


@pytest.fixture(scope="module")
def run(tmp_path_factory, sent):
    """A crash with full blocks and reorganisations. Read only."""
    submit = BlockSpace.submit

    def noted(space, transaction, *bid, **how):
        pending = submit(space, transaction, *bid, **how)
        sent.append((transaction.sender, transaction.data, pending.submitted_block))
        return pending

    folder = tmp_path_factory.mktemp("unincluded") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BlockSpace, "submit", noted)
        run_scenario(crash(*POOR_FUND, *STORM, *CONGESTED), out=folder)
    return Run.open(folder)


@pytest.fixture(scope="module")
def left(run):
    return run.table("unincluded")


def identities(frame):
    return Counter(frame[IDENTITY].itertuples(index=False, name=None))


def test_whatever_was_submitted_is_in_a_block_or_left_out_once(run, sent, left):
    blocks = run.standing("blocks")
    simulated = set(blocks[blocks["phase"] == "run"]["number"])
    standing = run.standing("transactions")
    included = standing[standing["block"].isin(simulated)]
    gone = left[left["reason"] != Reason.REPLACED]
    assert identities(pd.concat([included, gone])) == Counter(sent)
    assert {Reason.REPLACED, Reason.EXPIRED} <= set(left["reason"])


def test_what_expired_had_waited_too_long_and_what_was_dropped_stood_behind_it(left):
    kept_since = left["left_block"] - 1 - EXPIRY_BLOCKS
    expired, dropped = left[left["reason"] == Reason.EXPIRED], left[left["reason"] == Reason.DROPPED]
    assert (expired["submitted_block"] < kept_since[expired.index]).all()
    assert (dropped["submitted_block"] >= kept_since[dropped.index]).all()
    assert set(zip(dropped["sender"], dropped["left_block"], strict=True)) <= set(
        zip(expired["sender"], expired["left_block"], strict=True)
    )


def test_a_replaced_bid_gave_way_to_one_for_the_same_transaction_higher_by_a_tenth(run, left):
    columns = [*IDENTITY, "max_fee_gwei", "tip_gwei"]
    bids = pd.concat([left[columns], run.table("transactions")[columns]])
    highest = bids.groupby(IDENTITY)[["max_fee_gwei", "tip_gwei"]].max()
    raised = 1 + REPLACEMENT_BUMP_PERCENT / 100
    for row in left[left["reason"] == Reason.REPLACED].to_dict("records"):
        best = highest.loc[tuple(row[name] for name in IDENTITY)]
        assert best["max_fee_gwei"] >= raised * row["max_fee_gwei"] * (1 - 1e-9)
        assert best["tip_gwei"] >= raised * row["tip_gwei"] * (1 - 1e-9)


def test_the_block_before_which_a_bid_left_is_one_that_was_built(run, left):
    built = set(run.table("blocks")[["number", "reorged_by"]].fillna(0).itertuples(index=False, name=None))
    gone = left[left["reason"] != Reason.WAITING]
    assert set(gone[["left_block", "reorged_by"]].fillna(0).itertuples(index=False, name=None)) <= built
    assert left[left["reason"] == Reason.WAITING]["left_block"].isna().all()
