"""When the oracle posts a covariance or a scenario set, and what: steps, heartbeats, refusals, draws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.oracle.bars import Bars
from simulator.oracle.covariance_publisher import CovariancePublisher
from simulator.oracle.joint_covariance import default_covariance, estimated_covariance, joint_covariance
from simulator.oracle.joint_scenarios import estimated_scenarios
from simulator.oracle.policy import Estimates
from simulator.oracle.return_history import ReturnHistory
from simulator.oracle.scenario_set_publisher import ScenarioSetPublisher
from simulator.risk.scenario_codec import decode
from simulator.scenario.oracle import Oracle
from simulator.scenario.risk_model import RiskModel

NOW = 1_700_000_000
SECTION = Oracle()
MODEL = SECTION.model


def estimates(volatility=(0.8, 0.6), vol_of_vol=(1.2, 1.0), between=0.7, history=None) -> Estimates:
    return Estimates(
        volatility=np.array(volatility),
        vol_of_vol=np.array(vol_of_vol),
        components={},
        correlation=np.array([[1.0, between], [between, 1.0]]),
        history=history,
    )


def matrix(update) -> np.ndarray:
    lower = np.zeros((4, 4))
    lower[np.tril_indices(4)] = np.array(update.arguments[0]) / 1e18
    return lower + np.tril(lower, -1).T


# COVARIANCE


def test_deviations_are_the_volatilities_over_the_horizon():
    covariance = estimated_covariance(estimates(), MODEL)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(np.array([0.8, 1.2, 0.6, 1.0]) / np.sqrt(365))
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert correlation[0, 2] == pytest.approx(0.7)
    assert correlation[0, 1] == pytest.approx(-0.5)
    assert correlation[0, 3] == pytest.approx(-0.35)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), assets=st.integers(1, 8), rho=st.floats(-1, 1))
def test_it_is_positive_semi_definite(seed, assets, rho):
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(assets, rng.integers(1, assets + 1)))
    loadings /= np.linalg.norm(loadings, axis=1, keepdims=True)
    model = RiskModel(spot_vol_correlation=rho)
    covariance = joint_covariance(rng.uniform(0, 3, assets), rng.uniform(0, 3, assets), loadings @ loadings.T, model)
    assert np.linalg.eigvalsh(covariance)[0] > -1e-12


def test_volatilities_are_held_within_their_bounds():
    covariance = estimated_covariance(estimates(volatility=(0.0, 50.0)), MODEL)
    assert np.sqrt(np.diag(covariance))[[0, 2]] * np.sqrt(365) == pytest.approx([0.2, 8.0])


def test_the_first_update_goes_as_far_from_the_default_as_a_step_allows():
    publisher = CovariancePublisher(SECTION, 2)
    (update,) = publisher.due(NOW, estimates())
    start, target = default_covariance(2, MODEL), estimated_covariance(estimates(), MODEL)
    deviation = np.sqrt(np.diag(start))
    moved = np.abs(matrix(update) - start) / np.outer(deviation, deviation)
    assert moved.max() == pytest.approx(MODEL.max_step, rel=1e-6)
    share = update.inputs["share_of_the_way"]
    assert matrix(update) == pytest.approx(start + share * (target - start), rel=1e-9)
    assert np.linalg.eigvalsh(matrix(update))[0] > 0


def test_it_arrives_and_then_waits_for_its_heartbeat():
    publisher = CovariancePublisher(SECTION, 2)
    posted = []
    for time in range(NOW, NOW + 3 * 3600, 60):
        for update in publisher.due(time, estimates()):
            publisher.resolve(update, True, time)
            posted.append((time, update))
    assert matrix(posted[-1][1]) == pytest.approx(estimated_covariance(estimates(), MODEL), rel=0.1)
    assert min(np.diff([time for time, _ in posted])) >= SECTION.parameters_min_interval_seconds
    assert posted[-1][0] - posted[-2][0] == SECTION.parameters_heartbeat_seconds


def test_a_refused_update_is_tried_again_from_where_it_stood():
    publisher = CovariancePublisher(SECTION, 2)
    (first,) = publisher.due(NOW, estimates())
    publisher.resolve(first, False, NOW)
    (second,) = publisher.due(NOW + 12, estimates())
    assert second.before == first.before
    assert second.arguments[0] == first.arguments[0]


def test_once_stale_the_default_comes_on_top():
    publisher = CovariancePublisher(SECTION, 2)
    (update,) = publisher.due(NOW, estimates())
    publisher.resolve(update, True, NOW)
    later = NOW + SECTION.parameters_max_age_seconds
    assert publisher.in_force(later) == pytest.approx(matrix(update))
    assert publisher.in_force(later + 1) == pytest.approx(matrix(update) + default_covariance(2, MODEL))


# SCENARIOS


def history(bars: int) -> ReturnHistory:
    rng = np.random.default_rng(3)
    kept = ReturnHistory(3600, 2)
    root = np.sqrt(1 / 8760)
    for _ in range(bars):
        close = np.exp(rng.standard_t(4, 2) * 0.5 * root)
        kept.add(Bars(3600.0, np.ones(2), np.maximum(close, 1), np.minimum(close, 1), close), np.full(2, 0.5))
    return kept


@pytest.mark.parametrize("freedom", [None, 5.0])
def test_simulated_moves_have_the_estimated_covariance(freedom):
    model = RiskModel(scenarios=512, freedom=freedom)
    moves = estimated_scenarios(estimates(), model, np.random.default_rng(1))
    assert moves.shape == (512, 2, 2)
    logs = np.log1p(moves.reshape(512, 4))
    assert logs.std(axis=0) == pytest.approx(np.array([0.8, 1.2, 0.6, 1.0]) / np.sqrt(365), rel=0.15)
    assert np.corrcoef(logs, rowvar=False)[0, 2] == pytest.approx(0.7, abs=0.12)
    assert np.corrcoef(logs, rowvar=False)[0, 1] == pytest.approx(-0.5, abs=0.12)


def test_filtered_moves_repeat_the_newest_surprises_at_the_volatility_of_now():
    model, kept = RiskModel(scenarios=64, method="filtered"), history(300)
    moves = estimated_scenarios(estimates(history=kept), model, np.random.default_rng(1))
    expected = kept.standardised(64) * np.array([0.8, 0.6]) / np.sqrt(365)
    assert np.log1p(moves[:, :, 0]) == pytest.approx(expected, abs=1e-7)


def test_too_short_a_history_is_simulated_instead():
    simulated = estimated_scenarios(estimates(), RiskModel(scenarios=64), np.random.default_rng(1))
    short = RiskModel(scenarios=64, method="filtered")
    assert (estimated_scenarios(estimates(history=history(50)), short, np.random.default_rng(1)) == simulated).all()


def test_a_set_is_committed_posted_and_activated():
    publisher = ScenarioSetPublisher(SECTION, 2, np.random.default_rng(1))
    calls = publisher.due(NOW, estimates())
    assert [call.function for call in calls] == ["commit", "post", "activate"]
    assert decode(calls[1].arguments[1])[1].shape == (256, 2, 2)
    assert calls[0].arguments[0][1:] == (NOW, 86_400, 256, 2)


def test_a_new_set_is_drawn_when_the_estimates_move_or_the_heartbeat_passes():
    publisher = ScenarioSetPublisher(SECTION, 2, np.random.default_rng(1))
    publisher.due(NOW, estimates())
    assert not publisher.due(NOW + 700, estimates())
    assert not publisher.due(NOW + 500, estimates(volatility=(1.6, 0.6)))
    assert publisher.due(NOW + 700, estimates(volatility=(1.6, 0.6)))
    assert not publisher.due(NOW + 1400, estimates(volatility=(1.6, 0.6)))
    assert publisher.due(NOW + 700 + 3600, estimates(volatility=(1.6, 0.6)))


def test_a_set_that_was_refused_is_drawn_again():
    publisher = ScenarioSetPublisher(SECTION, 2, np.random.default_rng(1))
    calls = publisher.due(NOW, estimates())
    publisher.resolve(calls[-1], False, NOW + 12)
    assert publisher.due(NOW + 12, estimates())


# SCENARIO FILE


@pytest.mark.parametrize(
    "wrong, what",
    [
        ({"default_volatility": 0.1}, "default_volatility = 0.1 must lie between"),
        ({"horizon_hours": 720.0}, "variances must lie within"),
    ],
)
def test_bounds_that_the_contract_would_refuse_are_named(wrong, what):
    with pytest.raises(ValueError, match=what):
        RiskModel(**wrong)
