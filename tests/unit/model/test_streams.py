"""Each part of a run draws from its own stream."""

import numpy as np

from simulator.streams import seed_sequence, stream


def draws(*path, seed=1):
    return stream(seed, *path).random(8).tolist()


def test_the_same_name_and_seed_give_the_same_draws():
    assert draws("agent", "hedger", 3) == draws("agent", "hedger", 3)


def test_another_name_number_or_seed_gives_others():
    drawn = [draws("agent", "hedger", 3), draws("agent", "hedger", 4), draws("agent", "borrower", 3),
             draws("market"), draws("agent", "hedger", 3, seed=2)]  # fmt: skip
    assert len({tuple(each) for each in drawn}) == len(drawn)


def test_a_stream_does_not_depend_on_others_being_asked_for():
    seed_sequence(1, "agent", "hedger", 1).spawn(5)
    stream(1, "agent", "hedger", 2).random(100)
    assert draws("agent", "hedger", 3) == draws("agent", "hedger", 3)


def test_a_draw_is_the_same_on_every_machine_and_version():
    assert stream(1, "agent", "hedger", 3).integers(0, 2**32, 3).tolist() == [842873380, 2949953913, 1764100310]


def test_streams_of_one_seed_are_independent():
    rows = np.array([stream(1, "agent", number).standard_normal(2000) for number in range(20)])
    correlation = np.corrcoef(rows) - np.eye(20)
    # 190 pairs; 4.5 standard errors of a sample correlation are one chance in 800.
    assert np.abs(correlation).max() < 4.5 / np.sqrt(2000)
