"""European options: Black (1976) on a forward, and Black-Scholes-Merton through it.

call = D (F N(d1) - K N(d2)), d1 = ln(F/K)/s + s/2, d2 = d1 - s, s = vol sqrt(tau).
"""

import numpy as np
from scipy.special import ndtr

YEAR_SECONDS = 365 * 86_400


def black76(is_call, forward, strike, volatility, years, discount=1.0):
    """Present value of European options on a forward. All arguments broadcast.

    Parameters
    ----------
    is_call : bool; false for puts.
    forward, strike : positive, quote currency.
    volatility : annualised fraction, >= 0.
    years : time to expiry, >= 0. Without time or volatility the value is intrinsic.
    discount : exp(-r years).

    Source: F. Black, The pricing of commodity contracts, Journal of Financial Economics 3 (1976).
    """
    sign, d1, d2 = _distances(is_call, forward, strike, volatility, years)
    return discount * sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * d2))


def black_scholes(is_call, spot, strike, volatility, years, rate, dividend_yield=0.0):
    """Value with continuous rate and dividend yield: Black-76 on spot exp((rate - dividend_yield) years)."""
    years = np.asarray(years, dtype=float)
    forward = spot * np.exp((rate - dividend_yield) * years)
    return black76(is_call, forward, strike, volatility, years, np.exp(-rate * years))


def black76_delta(is_call, forward, strike, volatility, years, discount=1.0):
    """Change of value per unit of the forward."""
    sign, d1, _ = _distances(is_call, forward, strike, volatility, years)
    return discount * sign * ndtr(sign * d1)


def black76_vega(forward, strike, volatility, years, discount=1.0):
    """Change of value per unit of volatility (1.0 is 100 %), the same for calls and puts."""
    _, d1, _ = _distances(True, forward, strike, volatility, years)
    return discount * forward * np.sqrt(years) * _density(d1)


def black76_gamma(forward, strike, volatility, years, discount=1.0):
    """Change of delta per unit of the forward, the same for calls and puts. Needs time and volatility."""
    _, d1, _ = _distances(True, forward, strike, volatility, years)
    return discount * _density(d1) / (forward * volatility * np.sqrt(years))


def _distances(is_call, forward, strike, volatility, years):
    """(sign, d1, d2); without time or volatility both distances are infinite, at the money zero."""
    forward, strike = np.asarray(forward, dtype=float), np.asarray(strike, dtype=float)
    deviation = np.asarray(volatility, dtype=float) * np.sqrt(years)
    log_moneyness = np.log(forward / strike)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(log_moneyness == 0, 0.0, log_moneyness / deviation)
    return np.where(is_call, 1.0, -1.0), ratio + deviation / 2, ratio - deviation / 2


def _density(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
