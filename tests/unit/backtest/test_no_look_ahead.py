"""A margin rests on its past alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.backtest import build_rules, make_terms, walk
from simulator.backtest.portfolios import standard_portfolios
from simulator.backtest.rules import RULES

TERMS = make_terms(level=0.97, window=60)


def margins(history, rules=tuple(RULES)):
    """(n_rules, n_days, n_portfolios), and the rows of the days."""
    done = walk(history, standard_portfolios(history.assets), build_rules(rules, TERMS, history), TERMS)
    return done.margin, done.days


@pytest.fixture(scope="module")
def before(short_history):
    return margins(short_history)


@settings(deadline=None, derandomize=True, max_examples=6)
@given(cut=st.integers(70, 150), factor=st.floats(0.2, 5.0), seed=st.integers(0, 100))
def test_changing_the_future_changes_no_earlier_margin(short_history, before, cut, factor, seed):
    noise = np.random.default_rng(seed).uniform(0.7, 1.4, (len(short_history) - cut - 1, 1))
    changed = {}
    for name in ("open", "high", "low", "close", "implied", "implied_before"):
        values = getattr(short_history, name).copy()
        values[cut + 1 :] *= factor * noise
        changed[name] = values
    after, days = margins(replace(short_history, **changed))
    known = days <= cut
    assert known.any()
    np.testing.assert_array_equal(after[:, known], before[0][:, known])


def test_a_margin_does_answer_to_the_day_it_is_set_on(short_history, before):
    crash = {name: getattr(short_history, name).copy() for name in ("close", "low")}
    for values in crash.values():
        values[100] *= 0.6
    after, days = margins(replace(short_history, **crash), ("scenario", "filtered-historical"))
    day = list(days).index(100)
    for number, name in enumerate(("scenario", "filtered-historical")):
        assert after[number, day, 0] > 1.5 * before[0][list(RULES).index(name), day, 0]
