"""Which liquidations go back to the same breach."""

from dataclasses import replace

from simulator.explain.episodes import episodes
from simulator.finality import Category, Settlement, Status

FIRST = Settlement(
    settlement=1,
    category=Category.LIQUIDATION,
    account=7,
    counterparty=21,
    breach_block=50,
    included_block=60,
    included_time=720,
    status=Status.FINAL,
)


def test_slices_of_one_breach_are_one_episode():
    second = replace(FIRST, settlement=2, included_block=61)
    assert [e.keys for e in episodes([FIRST, second])] == [((1, 0), (2, 0))]


def test_a_new_breach_begins_a_new_episode():
    second = replace(FIRST, settlement=2, breach_block=70, included_block=80)
    assert [e.keys for e in episodes([FIRST, second])] == [((1, 0),), ((2, 0),)]


def test_what_replaces_an_undone_liquidation_belongs_to_it_whatever_breach_was_seen():
    undone = replace(FIRST, status=Status.REVERTED)
    anew = replace(FIRST, settlement=3, breach_block=62, included_block=63)
    (episode,) = episodes([undone, anew])
    assert episode.keys == ((1, 0), (3, 0))
    assert episode.breach_block == 50
    assert episode.standing == (anew,)


def test_slices_in_a_block_that_was_built_again_belong_to_what_was_undone():
    undone = [replace(FIRST, settlement=number, status=Status.REVERTED) for number in (1, 2)]
    again = [replace(FIRST, settlement=number, breach_block=None, attempt=1) for number in (1, 2)]
    (episode,) = episodes([*undone, *again])
    assert episode.keys == ((1, 0), (2, 0), (1, 1), (2, 1))


def test_accounts_are_kept_apart():
    other = replace(FIRST, settlement=2, account=8)
    assert [e.account for e in episodes([FIRST, other])] == [7, 8]


def test_a_breach_that_nobody_saw_is_no_reason_to_join():
    unseen = replace(FIRST, breach_block=None)
    assert len(episodes([unseen, replace(unseen, settlement=2)])) == 2
