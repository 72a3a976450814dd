"""Who acts in a block, and in what order."""

from hypothesis import given
from hypothesis import strategies as st

from agents.alarm import Alarm


def test_agents_wake_by_time_and_ties_by_who_asked_first():
    alarm = Alarm()
    for when, name in ((30, "late"), (10, "first"), (20, "second"), (20, "third"), (10.5, "between")):
        alarm.set(when, name)
    assert list(alarm.due(20)) == ["first", "between", "second", "third"]
    assert list(alarm.due(29.9)) == []
    assert list(alarm.due(30)) == ["late"]


def test_who_asks_for_now_while_the_others_act_waits_for_the_next_block():
    alarm = Alarm()
    alarm.set(10, "eager")
    woken = []
    for agent in alarm.due(12):
        woken.append(agent)
        alarm.set(12, agent)
    assert woken == ["eager"]
    assert list(alarm.due(12)) == ["eager"]


@given(st.lists(st.floats(0, 1000), max_size=40), st.lists(st.floats(0, 1200), max_size=8).map(sorted))
def test_everyone_wakes_once_at_the_first_block_after_the_time_asked_for(times, blocks):
    alarm = Alarm()
    for number, when in enumerate(times):
        alarm.set(when, number)
    woken = {}
    for now in blocks:
        for agent in alarm.due(now):
            assert agent not in woken
            woken[agent] = now
    asked = {number: next((now for now in blocks if now >= when), None) for number, when in enumerate(times)}
    assert woken == {number: now for number, now in asked.items() if now is not None}
