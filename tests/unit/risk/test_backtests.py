"""Backtests of VaR and ES: properties, decisions on simulated models, and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import DataError
from simulator.risk.coverage import conditional_coverage, exceptions, independence, kupiec, traffic_light
from simulator.risk.es_backtest import acerbi_szekely, null_distribution, p_value
from simulator.risk.parametric import gaussian_tail

repeatable = settings(deadline=None, derandomize=True)
LEVELS = st.floats(0.5, 0.999)
COUNTS = st.integers(1, 2000).flatmap(lambda t: st.tuples(st.integers(0, t), st.just(t)))
HITS = st.lists(st.booleans(), min_size=2, max_size=300)
T = 1000


@repeatable
@given(COUNTS, LEVELS)
def test_kupiec_gives_a_probability(counts, level):
    result = kupiec(*counts, level)
    assert result.statistic >= 0
    assert 0 <= result.p_value <= 1


@repeatable
@given(HITS, LEVELS)
def test_conditional_coverage_is_the_sum_of_its_parts(hits, level):
    both = conditional_coverage(hits, level)
    parts = kupiec(sum(hits), len(hits), level).statistic + independence(hits).statistic
    assert both.statistic == pytest.approx(parts)


@repeatable
@given(HITS)
def test_independence_does_not_depend_on_the_direction_of_time(hits):
    assert independence(hits).statistic == pytest.approx(independence(hits[::-1]).statistic, abs=1e-9)


@repeatable
@given(COUNTS, LEVELS)
def test_one_exception_more_never_improves_the_light(counts, level):
    count, observations = counts
    order = ["green", "yellow", "red"]
    if count < observations:
        now, then = (order.index(traffic_light(n, observations, level).zone) for n in (count, count + 1))
        assert then >= now


def test_clustered_exceptions_fail_where_their_number_passes():
    hits = np.zeros(T, bool)
    hits[500:510] = True
    assert not kupiec(10, T, 0.99).rejected()
    assert independence(hits).rejected()
    assert conditional_coverage(hits, 0.99).rejected()


def test_an_exception_is_a_loss_beyond_its_own_forecast():
    assert exceptions([1.0, 3.0, 2.0], [2.0, 2.0, 2.0]).tolist() == [False, True, False]


def test_a_right_model_is_rejected_as_often_as_the_size_says():
    rng = np.random.default_rng(10)
    rejected = np.mean([kupiec(n, T, 0.95).rejected() for n in rng.binomial(T, 0.05, 4000)])
    assert rejected == pytest.approx(0.05, abs=0.02)


def test_z2_is_zero_in_the_mean_under_a_right_model():
    null = null_distribution(250, 0.975, np.random.default_rng(11), 20_000)
    assert null.mean() == pytest.approx(0.0, abs=4 * null.std() / np.sqrt(20_000))


def test_z2_simulated_from_its_tail_is_that_of_whole_samples():
    rng, tail = np.random.default_rng(12), gaussian_tail(0.975)
    whole = [acerbi_szekely(x, np.full(T, tail.var), np.full(T, tail.es), 0.975) for x in rng.normal(size=(2000, T))]
    null = null_distribution(T, 0.975, rng, 20_000)
    assert np.quantile(whole, [0.05, 0.5, 0.95]) == pytest.approx(np.quantile(null, [0.05, 0.5, 0.95]), abs=0.03)


@repeatable
@given(st.floats(0.01, 100))
def test_z2_does_not_depend_on_scale(scale):
    losses, tail = np.random.default_rng(13).normal(size=T), gaussian_tail(0.975)
    var, es = np.full(T, tail.var), np.full(T, tail.es)
    scaled = acerbi_szekely(scale * losses, scale * var, scale * es, 0.975)
    assert scaled == pytest.approx(acerbi_szekely(losses, var, es, 0.975), rel=1e-9)


def test_a_model_with_two_thirds_of_the_volatility_is_rejected_and_a_right_one_is_not():
    losses, tail = np.random.default_rng(14).normal(size=T), gaussian_tail(0.975)
    null = null_distribution(T, 0.975, np.random.default_rng(15))
    probability = {
        factor: p_value(
            acerbi_szekely(losses, np.full(T, factor * tail.var), np.full(T, factor * tail.es), 0.975), null
        )
        for factor in (2 / 3, 1.0)
    }
    assert probability[2 / 3] < 0.001
    assert probability[1.0] > 0.05


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: kupiec(5, 4, 0.99), "5 exceptions in 4 observations"),
        (lambda: kupiec(0, 0, 0.99), "at least 1"),
        (lambda: kupiec(1, 10, 1.0), "outside"),
        (lambda: independence([1]), "at least 2"),
        (lambda: independence([0, 2]), "only 0 and 1"),
        (lambda: independence([0, float("nan")]), "nan at 1"),
        (lambda: traffic_light(-1), "-1 exceptions"),
        (lambda: exceptions([1.0], [1.0, 2.0]), "2 forecasts for 1 losses"),
        (lambda: acerbi_szekely([1.0], [2.0], [1.0], 0.9), "not below its VaR"),
        (lambda: null_distribution(0, 0.9, np.random.default_rng(1)), "at least 1 of each"),
    ],
)
def test_unusable_backtests_get_one_clear_line(make, message):
    with pytest.raises(DataError, match=message):
        make()
