"""Which moves of a price a story tells."""

import numpy as np
import pytest

from simulator.explain.prices import _steps


def test_a_move_counts_from_the_one_told_before():
    assert _steps([100.0, 102.0, 103.5, 103.0, 100.0], 0.03) == [(0, 2), (2, 4)]


@pytest.mark.parametrize("prices", [[], [100.0], [100.0] * 5])
def test_a_price_that_stands_still_has_no_moves(prices):
    assert _steps(prices, 0.03) == []


def test_a_larger_threshold_tells_fewer_moves():
    path = 100.0 * np.exp(np.cumsum(np.random.default_rng(1).normal(0.0, 0.02, 500)))
    counts = [len(_steps(path, least)) for least in (0.03, 0.06, 0.12, 0.24)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
