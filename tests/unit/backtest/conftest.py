"""Prices for backtests: a walk with a seed, made here, not read."""

import numpy as np
import pytest

from simulator.backtest.history import DAY_SECONDS, PriceHistory
from simulator.backtest.implied import modelled

START = 1_514_764_800  # 2018-01-01


def history_of(close: np.ndarray, assets: tuple[str, ...] | None = None, implied: np.ndarray | None = None):
    """A history of these closes, (n_days, n_assets); bars open at the close before and have no other extremes."""
    close = np.asarray(close, dtype=float)
    opened = np.concatenate([close[:1], close[:-1]])
    implied = modelled(close) if implied is None else implied
    return PriceHistory(
        assets=assets or ("BTC", "ETH", "SOL")[: close.shape[1]],
        time=START + DAY_SECONDS * np.arange(1, len(close) + 1),
        open=opened,
        high=np.maximum(opened, close),
        low=np.minimum(opened, close),
        close=close,
        implied=implied,
        implied_before=np.concatenate([implied[:1], implied[:-1]]),
    )


def random_closes(days: int, assets: int = 2, seed: int = 1, daily: float = 0.03) -> np.ndarray:
    """(days, assets), geometric Brownian motion."""
    steps = np.random.default_rng(seed).normal(0, daily, (days, assets))
    return np.array([30_000.0, 2_000.0, 100.0])[:assets] * np.exp(np.cumsum(steps, axis=0))


@pytest.fixture
def make_history():
    """Builds a history of given closes."""
    return history_of


@pytest.fixture(scope="session")
def short_history():
    """160 days of two assets."""
    return history_of(random_closes(160))
