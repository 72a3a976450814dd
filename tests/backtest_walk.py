"""Made prices for the tests of backtests, and a small backtest for the tests of its page."""

import numpy as np

from simulator.backtest import Walk, build_rules, choose_portfolios, make_terms, walk
from simulator.backtest.history import DAY_SECONDS, PriceHistory
from simulator.backtest.implied import modelled

START = 1_640_995_200  # 2022-01-01


def history_of(close: np.ndarray) -> PriceHistory:
    """A history of these closes, (n_days, n_assets); bars open at the close before and have no other extremes."""
    close = np.asarray(close, dtype=float)
    opened, implied = np.concatenate([close[:1], close[:-1]]), modelled(close)
    return PriceHistory(
        assets=("BTC", "ETH")[: close.shape[1]],
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
    return np.array([30_000.0, 2_000.0])[:assets] * np.exp(np.cumsum(steps, axis=0))


def small_walk(days: int = 320) -> Walk:
    """Three rules on the standard portfolios of two assets."""
    history, terms = history_of(random_closes(days, seed=7)), make_terms(window=100)
    rules = build_rules(["scenario", "delta-normal", "filtered-historical"], terms, history)
    return walk(history, choose_portfolios("standard", history.assets, terms.seed), rules, terms)
