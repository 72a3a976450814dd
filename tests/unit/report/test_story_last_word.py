"""What the page of a story says in the end."""

from simulator.explain import Kind, Story
from simulator.explain.moment import Moment
from simulator.report.findings import Tone
from simulator.report.story_page import last_word

UNDONE = Moment((3, 0, 1), 4, 48, Kind.WATERFALL, "waterfall: ...", {"bad_debt": 90.0}, 7, (1, 0))


def story(*moments, settlements=()):
    return Story(9, "hedger", "USD", "account 9", 1, 20, settlements, moments, (), ())


def counted(**figures):
    figures = {"others": 1, "undone": 0, "bad_debt": 0.0, **figures}
    return Moment((4, 0, 1), 4, 48, Kind.LIQUIDATION, "after it 1 other liquidation of account 9", figures)


def test_an_account_that_nobody_touched():
    said = last_word(story())
    assert (said.tone, said.text) == (Tone.GOOD, "It was not liquidated.")


def test_a_liquidation_that_came_undone_is_no_account_left_alone():
    said = last_word(story(UNDONE, settlements=((1, 0),)))
    assert (said.tone, said.text) == (Tone.NOTE, "Its liquidation came undone.")


def test_what_stands_for_the_same_breach_is_told_with_what_came_undone():
    said = last_word(story(UNDONE, counted(bad_debt=36_577.0), settlements=((1, 0), (1, 1))))
    assert said.tone is Tone.BAD
    assert said.text == "All its liquidations came undone. After it 1 other liquidation of account 9."


def test_what_came_undone_as_well_is_no_last_word():
    said = last_word(story(UNDONE, counted(undone=1), settlements=((1, 0),)))
    assert (said.tone, said.text) == (Tone.NOTE, "Its liquidation came undone.")


def test_who_bears_what_of_the_liquidation_that_stands():
    stands = Moment((5, 0, 1), 6, 72, Kind.WATERFALL, "waterfall: no bad debt", {"bad_debt": 0.0}, None, (1, 1))
    said = last_word(story(UNDONE, stands, settlements=((1, 0), (1, 1))))
    assert (said.tone, said.text) == (Tone.NOTE, "Waterfall: no bad debt.")
