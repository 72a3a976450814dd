"""Raw SVI: w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), vol = sqrt(w / tau), k = ln(strike / forward).

Beyond 4 sqrt(a + b sigma) from the money volatility stays what it is there. Sources: J. Gatheral, A parsimonious
arbitrage-free implied volatility parameterization (2004); the bound is that of Derive's SVI library.
"""

import numpy as np

MAX_VARIANCE = 144.0
"""Total variance is kept in [0, 144], as on chain: beyond 12 deviations volatility no longer changes a price."""


def svi_volatility(smile: np.ndarray, strike) -> np.ndarray:
    """Annualised volatility of each strike.

    Parameters
    ----------
    smile : (..., 7), columns a, b, rho, m, sigma, forward, tau; forward and tau are those of the fit.
    strike : (...), quote currency.
    """
    a, b, rho, m, sigma, forward, tau = np.moveaxis(np.asarray(smile, dtype=float), -1, 0)
    wing = 4 * np.sqrt(np.maximum(a + b * sigma, 0.0))
    x = np.clip(np.log(strike / forward), -wing, wing) - m
    variance = a + b * (rho * x + np.sqrt(x * x + sigma * sigma))
    return np.sqrt(np.clip(variance, 0.0, MAX_VARIANCE) / tau)


def flat_smile(volatility: float, forward: float, tau: float) -> np.ndarray:
    """The smile with the same volatility at every strike: (7,)."""
    return np.array([volatility**2 * tau, 0.0, 0.0, 0.0, 1.0, forward, tau])
