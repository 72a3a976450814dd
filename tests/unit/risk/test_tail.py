"""VaR and ES of samples: coherence, weights, and the boundary scenario."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulator.errors import DataError
from simulator.risk.parametric import gaussian_tail
from simulator.risk.tail import Tail, boundary_scenario, sample_tail, tail_weights

repeatable = settings(deadline=None, derandomize=True)
LEVELS = st.floats(0.01, 0.999)
MONEY = st.floats(-1e6, 1e6)
SIZE = st.integers(1, 60)
SLACK = 1e-8  # rounding on losses of up to 1e6


def losses_of(n):
    return arrays(float, n, elements=MONEY)


def weights_of(n):
    return arrays(float, n, elements=st.floats(0.01, 1.0))


SAMPLE = SIZE.flatmap(lambda n: st.tuples(losses_of(n), weights_of(n)))
PAIR = SIZE.flatmap(lambda n: st.tuples(losses_of(n), losses_of(n), weights_of(n)))


@repeatable
@given(SAMPLE, LEVELS)
def test_es_is_never_below_var_nor_above_the_worst_loss(sample, level):
    losses, weights = sample
    tail = sample_tail(losses, level, weights)
    assert tail.var <= tail.es <= losses.max() + SLACK


@repeatable
@given(PAIR, LEVELS)
def test_es_of_two_portfolios_together_is_no_more_than_apart(pair, level):
    one, other, weights = pair
    apart = sample_tail(one, level, weights).es + sample_tail(other, level, weights).es
    assert sample_tail(one + other, level, weights).es <= apart + SLACK


@repeatable
@given(SAMPLE, LEVELS, st.floats(0.001, 1000), MONEY)
def test_risk_scales_with_size_and_falls_by_added_cash(sample, level, size, cash):
    losses, weights = sample
    tail = sample_tail(losses, level, weights)
    moved = sample_tail(size * losses - cash, level, weights)
    assert moved.var == pytest.approx(size * tail.var - cash, rel=1e-9, abs=1e-6)
    assert moved.es == pytest.approx(size * tail.es - cash, rel=1e-9, abs=1e-6)


@repeatable
@given(SAMPLE, LEVELS, arrays(float, 60, elements=st.floats(0, 1e6)))
def test_larger_losses_in_every_scenario_never_lower_the_risk(sample, level, more):
    losses, weights = sample
    tail, worse = (sample_tail(x, level, weights) for x in (losses, losses + more[: len(losses)]))
    assert worse.var >= tail.var
    assert worse.es >= tail.es - SLACK


@repeatable
@given(SAMPLE, LEVELS)
def test_var_is_the_smallest_loss_that_covers_the_level(sample, level):
    losses, weights = sample
    var = sample_tail(losses, level, weights).var
    weights = weights / weights.sum()
    assert weights[losses <= var].sum() >= level - 1e-9
    assert weights[losses < var].sum() < level + 1e-9
    assert losses[boundary_scenario(losses, level, weights)] == var


@repeatable
@given(SAMPLE, LEVELS)
def test_tail_weights_are_probabilities_that_reproduce_es(sample, level):
    losses, weights = sample
    w = tail_weights(losses, level, weights)
    assert (w >= 0).all()
    assert w.sum() == pytest.approx(1.0, rel=1e-12)
    assert w @ losses == pytest.approx(sample_tail(losses, level, weights).es, rel=1e-9, abs=SLACK)


@repeatable
@given(st.lists(st.tuples(MONEY, st.integers(1, 4)), min_size=1, max_size=20), LEVELS)
def test_a_weight_of_k_is_the_same_as_k_copies(rows, level):
    losses, copies = (np.array(column) for column in zip(*rows, strict=True))
    weighted, copied = sample_tail(losses, level, copies), sample_tail(np.repeat(losses, copies), level)
    assert weighted.es == pytest.approx(copied.es, rel=1e-9, abs=SLACK)


@repeatable
@given(SIZE.flatmap(losses_of), LEVELS)
def test_equal_weights_need_not_be_given(losses, level):
    plain, weighted = sample_tail(losses, level), sample_tail(losses, level, np.ones(len(losses)))
    assert (plain.var, plain.es) == pytest.approx((weighted.var, weighted.es), rel=1e-12, abs=SLACK)
    assert plain.es >= plain.var


def test_boundary_scenario_counts_with_its_part_of_the_tail():
    # 2.5 % of 60 scenarios are 1.5: the worst whole, the next half.
    assert sample_tail(np.arange(60.0), 0.975) == Tail(var=58.0, es=pytest.approx((59 + 0.5 * 58) / 1.5))


def test_whole_scenarios_fill_the_tail_when_their_number_divides():
    assert sample_tail(np.arange(100.0), 0.99) == Tail(var=98.0, es=pytest.approx(99.0))


def test_es_sees_a_loss_beyond_var_and_var_does_not():
    mild, severe = np.arange(100.0), np.arange(100.0)
    severe[-1] = 1e6
    assert sample_tail(mild, 0.95).var == sample_tail(severe, 0.95).var
    assert sample_tail(severe, 0.95).es > 1e5


def test_var_can_punish_diversification_where_es_does_not():
    # Two loans that default apart, each with 4 %: at 95 % neither has a VaR, together they do.
    weights = [0.04, 0.04, 0.92]
    one, other = np.array([100.0, 0, 0]), np.array([0, 100.0, 0])
    assert sample_tail(one, 0.95, weights).var == sample_tail(other, 0.95, weights).var == 0
    assert sample_tail(one + other, 0.95, weights).var == 100


def test_many_samples_at_once_are_each_as_alone():
    losses = np.random.default_rng(3).normal(size=(4, 5, 50))
    together = sample_tail(losses, 0.9)
    assert together.var.shape == together.es.shape == (4, 5)
    assert together.es[2, 3] == sample_tail(losses[2, 3], 0.9).es


def test_a_large_gaussian_sample_has_the_closed_form():
    tail, exact = sample_tail(np.random.default_rng(4).normal(size=400_000), 0.975), gaussian_tail(0.975)
    assert (tail.var, tail.es) == pytest.approx((exact.var, exact.es), abs=0.02)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 99, float("nan")])
def test_a_level_outside_zero_and_one_is_refused(level):
    with pytest.raises(DataError, match=r"level .* is outside \(0, 1\)"):
        sample_tail([1.0], level)


@pytest.mark.parametrize(
    ("losses", "weights", "message"),
    [
        ([], None, "losses: empty"),
        ([1.0, float("nan")], None, "losses: nan at 1"),
        ([1.0, 2.0], [1.0], "1 of them for 2 scenarios"),
        ([1.0, 2.0], [1.0, -1.0], "negative"),
        ([1.0, 2.0], [0.0, 0.0], "all are zero"),
    ],
)
def test_unusable_samples_get_one_clear_line(losses, weights, message):
    with pytest.raises(DataError, match=message) as error:
        sample_tail(losses, 0.9, weights)
    assert "\n" not in str(error.value)
