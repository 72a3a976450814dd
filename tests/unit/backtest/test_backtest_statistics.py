"""What a walk says of rules whose quality is known, because the prices were made that way."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from backtest_walk import history_of, random_closes
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from simulator.backtest import make_terms, results, scores, walk
from simulator.backtest.portfolios import Kind, Leg, Portfolio
from simulator.backtest.record import open_folder, record, summarise
from simulator.backtest.situation import Forecast
from simulator.backtest.statistics import scale_to_level
from simulator.errors import DataError, UsageError
from simulator.risk.parametric import gaussian_tail

DAILY = 0.03
LONG = Portfolio("long", (Leg(0, Kind.PERPETUAL, 1.0),))
SHORT = Portfolio("short", (Leg(0, Kind.PERPETUAL, -1.0),))
TERMS = make_terms(level=0.95, window=60)


class ShareOfNotional:
    """Margin as a fixed share of notional, with the forecast of a Gaussian of that VaR: a rule of known quality."""

    targets_level = True

    def __init__(self, name, share, terms=TERMS):
        self.name, self._share, self._terms = name, share, terms

    def forecast(self, situation):
        notional = situation.book.notional(situation.day)
        deviation = self._share / ndtri(self._terms.level)
        tail = gaussian_tail(self._terms.shortfall_level, deviation=deviation)
        return Forecast(self._share * notional, tail.var * notional, tail.es * notional)


@pytest.fixture(scope="module")
def history():
    return history_of(random_closes(1600, assets=1, seed=4, daily=DAILY))


@pytest.fixture(scope="module")
def walked(history):
    right = DAILY * ndtri(0.95)
    rules = [ShareOfNotional(name, right * factor) for name, factor in (("right", 1.0), ("half", 0.5), ("double", 2.0))]
    return walk(history, [LONG, SHORT], rules, TERMS)


@pytest.fixture(scope="module")
def judged(walked):
    return {result.name: result for result in results(walked, scores(walked))}


def test_a_right_rule_is_not_rejected(judged):
    right = judged["right"]
    assert not right.rejected
    assert right.scale == pytest.approx(1.0, abs=0.06)
    assert "is not rejected at 5 %" in right.verdict


def test_half_the_margin_has_too_many_exceptions_and_is_outrun(judged):
    half = judged["half"]
    assert half.unsafe and half.failures[0].startswith("too many exceptions on 2 of 2 portfolios")
    assert any("losses outrun its expected shortfall" in reason for reason in half.reasons)
    assert half.scale == pytest.approx(2 * judged["right"].scale)
    assert half.zone == "red"


def test_twice_the_margin_is_too_conservative_and_not_unsafe(judged):
    double = judged["double"]
    assert double.rejected and not double.unsafe
    assert "too conservative" in double.verdict and "times what the level needs" in double.verdict
    assert double.leverage == pytest.approx(1 / (2 * DAILY * ndtri(0.95)))


def test_exceptions_are_losses_beyond_margin(walked, judged):
    beyond = walked.loss[:, 0] > walked.margin[0, :, 0]
    score = judged["right"].scores[0]
    assert score.exceptions == beyond.sum()
    assert score.observations == len(walked.days) == 1600 - 61 - 1
    worst = (walked.loss - walked.margin[0])[:, 0].max()
    assert score.worst.size == pytest.approx(worst)


def test_a_margin_that_never_moves_is_not_procyclical(judged):
    swing = judged["right"].procyclicality
    assert swing.peak_to_trough == pytest.approx(1.0)
    assert swing.rises[5].cash == pytest.approx(0.0, abs=1e-9)


def test_exceptions_that_come_in_groups_are_called_so():
    calm_and_wild = np.where(np.arange(1500) // 100 % 5 == 4, 0.09, 0.01)
    steps = calm_and_wild * np.random.default_rng(2).normal(size=1500)
    history = history_of(100 * np.exp(np.cumsum(steps))[:, None])
    done = walk(history, [LONG], [ShareOfNotional("flat", 0.08)], TERMS)
    (result,) = results(done, scores(done))
    assert any(reason.startswith("exceptions cluster on long") for reason in result.failures)


def test_longer_horizons_are_tested_on_days_that_do_not_overlap(history):
    terms = make_terms(level=0.95, horizon=5, window=60)
    done = walk(history, [LONG], [ShareOfNotional("right", DAILY * ndtri(0.95) * 5**0.5, terms)], terms)
    (result,) = results(done, scores(done))
    assert result.observations == len(range(0, len(done.days), 5))
    assert not result.rejected


@settings(deadline=None, derandomize=True)
@given(st.lists(st.floats(-1, 1), min_size=20, max_size=200), st.floats(0.5, 0.99), st.floats(0.01, 1))
def test_the_scale_leaves_no_more_than_the_allowed_share_beyond(losses, level, margin):
    losses = np.array(losses)
    scale = scale_to_level(losses, np.full(len(losses), margin), level)
    assert (losses > scale * margin * (1 + 1e-12)).mean() <= 1 - level + 1e-12


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"level": 1.0}, "--level 1"),
        ({"level": 99.0}, "--level 99"),
        ({"level": -0.1}, "--level -0.1"),
        ({"level": float("nan")}, "--level nan"),
        ({"horizon": 0}, "--horizon 0"),
        ({"horizon": 21}, "--horizon 21"),
        ({"window": 59, "level": 0.9}, "at least 60 days"),
        ({"window": 500, "level": 0.999}, "at least 1000 days"),
    ],
)
def test_terms_that_cannot_be_tested_are_refused(arguments, said):
    with pytest.raises(UsageError) as caught:
        make_terms(**arguments)
    assert said in str(caught.value)


def test_too_few_prices_are_refused():
    with pytest.raises(DataError, match=r"100 days of prices are too short.*at least 112 are needed"):
        walk(history_of(random_closes(100)), [LONG], [ShareOfNotional("any", 0.1)], TERMS)


def test_the_shortfall_level_pairs_es_with_var():
    terms = make_terms(0.99)
    assert terms.shortfall_level == pytest.approx(0.975, abs=0.001)
    assert gaussian_tail(terms.shortfall_level).es == pytest.approx(gaussian_tail(0.99).var)


def test_equal_walks_give_equal_bytes(history, walked, tmp_path):
    again = walk(history, [LONG, SHORT], walked.rules, TERMS)
    for name, each in (("one", walked), ("two", again)):
        open_folder(tmp_path / name, force=False)
        record(tmp_path / name, each, results(each, scores(each)))
    for file in ("backtest.json", "scores.csv", "margins.parquet"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_json_has_no_number_that_json_lacks(walked):
    text = json.dumps(summarise(walked, results(walked, scores(walked))), allow_nan=False)
    assert json.loads(text)["rejected"] == ["half", "double"]


def test_only_a_backtest_is_overwritten(tmp_path):
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter.txt").write_text("precious")
    with pytest.raises(UsageError, match="exists; give another folder"):
        open_folder(foreign, force=False)
    with pytest.raises(UsageError, match="nothing was removed"):
        open_folder(foreign, force=True)
    assert (foreign / "chapter.txt").read_text() == "precious"


def test_a_verdict_names_a_rule_that_claims_no_level(walked):
    venue = SimpleNamespace(name="venue", targets_level=False, forecast=walked.rules[2].forecast)
    done = walk(walked.history, [LONG], [venue], TERMS)
    (result,) = results(done, scores(done))
    assert result.verdict.startswith("venue, though it claims no level, is rejected")


def test_a_margin_that_vanished_has_no_ratio(history):
    class Vanishing(ShareOfNotional):
        def forecast(self, situation):
            usual = super().forecast(situation)
            return Forecast(usual.margin * (1e-30 if situation.day == 500 else 1.0), usual.var, usual.es)

    done = walk(history, [LONG], [Vanishing("vanishing", 0.05)], TERMS)
    (result,) = results(done, scores(done))
    assert result.procyclicality is None and np.isfinite(result.scale)
