"""The market as the protocol's oracle would have it at the close of a day."""

import numpy as np

from simulator.backtest.book import Book
from simulator.backtest.estimates import Estimates
from simulator.oracle.policy import Estimates as PolicyEstimates
from simulator.oracle.policy import RiskPolicy
from simulator.risk.pricing import YEAR_SECONDS
from simulator.risk.smile import flat_smile
from simulator.risk.state import MarketState


def market_at(book: Book, day: int, risk: np.ndarray, covariance: np.ndarray) -> MarketState:
    """Prices of `day`: perpetuals and forwards at spot, no interest, flat smiles.

    risk : (n_assets, 6), columns RISK_COLUMNS
    covariance : (2 n_assets, 2 n_assets), over the margin horizon
    """
    history = book.history
    spot, implied = history.close[day], history.implied[day]
    listed = book.instruments(day)
    series = sorted({(int(u), int(e)) for u, e in zip(listed.underlying, listed.expiry, strict=True) if e})
    underlying = np.array([u for u, _ in series], dtype=np.int64)
    expiry = np.array([e for _, e in series], dtype=np.int64)
    years = (expiry - history.time[day]) / YEAR_SECONDS
    smiles = [flat_smile(implied[u], spot[u], t) for u, t in zip(underlying, years, strict=True)]
    return MarketState(
        timestamp=float(history.time[day]),
        spot=spot,
        perpetual=spot,
        confidence=np.ones(len(spot)),
        expiry_underlying=underlying,
        expiry=expiry,
        forward=spot[underlying],
        rate=np.zeros(len(series)),
        expiry_confidence=np.ones(len(series)),
        smile=np.array(smiles).reshape(-1, 7),
        risk=risk,
        covariance=covariance,
    )


def dynamic_parameters(past: Estimates, policy: RiskPolicy) -> np.ndarray:
    """(n_assets, 6), columns RISK_COLUMNS: what the oracle's policy makes of the last estimates."""
    estimates = PolicyEstimates(
        volatility=past.volatility[-1],
        vol_of_vol=past.vol_of_vol[-1],
        components={},
        correlation=past.correlation[-1],
    )
    return policy.targets(estimates)
