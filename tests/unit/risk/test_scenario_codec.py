"""Scenario sets as bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.chain.keccak import keccak256
from simulator.errors import DataError
from simulator.risk.scenario_codec import RESOLUTION, decode, encode, equally_likely, posted, quantised, shocks_of
from simulator.risk.scenario_set import ScenarioSet


def moves(count: int, assets: int, seed: int = 0) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).standard_t(3, (count, assets, 2)) * 0.1, -1, 31)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(count=st.integers(1, 512), assets=st.integers(1, 8), seed=st.integers(0, 999))
def test_what_is_encoded_is_decoded(count, assets, seed):
    shocks = moves(count, assets, seed)
    data = encode(shocks, np.arange(assets) * 3 + 1)
    underlyings, back = decode(data)
    assert len(data) == 1 + 2 * assets + 8 * assets * count
    assert underlyings.tolist() == [3 * a + 1 for a in range(assets)]
    assert np.array_equal(back, quantised(shocks))
    assert np.abs(back - shocks).max() <= RESOLUTION / 2


def test_the_layout_is_the_documented_one():
    shocks = np.array([[[-0.5, 2.0]]])
    assert encode(shocks, [258]).hex() == "01" + "0102" + "fe000000" + "08000000"


def test_moves_reach_from_total_loss_to_thirty_two_times():
    assert quantised([[[-1.0, 31.999999]]]).min() == -1.0
    for outside in (-1.0001, 32.0):
        with pytest.raises(DataError, match=r"scenario move .* at \(0, 0, 0\): moves lie in \[-1, 32\)"):
            quantised([[[outside, 0.0]]])


@pytest.mark.parametrize(
    "shocks, message",
    [
        (np.zeros((513, 1, 2)), "at most 512 scenarios"),
        (np.zeros((1, 9, 2)), "at most 8 assets"),
        (np.zeros((4, 2, 1)), "a price move and a volatility move"),
        (np.full((1, 1, 2), np.nan), "nan at"),
        (np.zeros((0, 1, 2)), "empty"),
    ],
)
def test_what_is_no_set_is_refused_in_one_line(shocks, message):
    with pytest.raises(DataError, match=message) as caught:
        encode(shocks)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("numbers", [[1, 0], [0, 0], [-1, 2], [0, 65536], [0]])
def test_underlyings_ascend(numbers):
    with pytest.raises(DataError, match="in ascending order"):
        encode(moves(4, 2), numbers)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x01\x00\x00", b"\x09" + bytes(18 + 72), b"\x01\x00\x00" + bytes(9)])
def test_bytes_that_are_no_set_are_refused(data):
    with pytest.raises(DataError, match="are no scenario set"):
        decode(data)


def test_a_large_set_is_posted_in_two_chunks():
    data = encode(moves(512, 8))
    plan = posted(data, 1_584_000_000, 86_400)
    assert plan.commitment == (keccak256(data), 1_584_000_000, 86_400, 512, 8)
    assert [len(chunk) for chunk in plan.chunks] == [24_575, 17 + 512 * 64 - 24_575]
    assert b"".join(plan.chunks) == data


def test_weights_have_no_place_in_a_posted_set():
    weighted = ScenarioSet(np.zeros((3, 1)), [1, 2, 1])
    with pytest.raises(DataError, match="resample it by equally_likely"):
        shocks_of(weighted)
    with pytest.raises(DataError, match="move the stable coin"):
        shocks_of(ScenarioSet(np.zeros((2, 1)), stable=np.array([1.0, 0.9])))


def test_resampling_repeats_scenarios_as_their_weights_say():
    weighted = ScenarioSet(np.array([[0.1], [-0.2], [0.3]]), [1, 2, 1], np.array([[1.0], [2.0], [3.0]]))
    even = equally_likely(weighted, 8)
    assert sorted(even.returns[:, 0]) == [-0.2] * 4 + [0.1] * 2 + [0.3] * 2
    assert {(float(r), float(v)) for r, v in zip(even.returns[:, 0], even.volatility[:, 0], strict=True)} == {
        (0.1, 1.0),
        (-0.2, 2.0),
        (0.3, 3.0),
    }
    assert shocks_of(even).shape == (8, 1, 2)


def test_a_set_of_equal_weights_and_right_size_is_left_as_it_is():
    scenarios = ScenarioSet(moves(512, 2)[:, :, 0] / 40)
    assert equally_likely(scenarios) is scenarios
