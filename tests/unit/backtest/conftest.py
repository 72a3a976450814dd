"""Prices for backtests: a walk with a seed, made here, not read."""

import pytest
from backtest_walk import history_of, random_closes


@pytest.fixture(scope="session")
def short_history():
    """160 days of two assets."""
    return history_of(random_closes(160))
