"""Raw SVI in total variance, and whether smiles leave static arbitrage.

w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), k = ln(strike / forward). Smiles are (7,) arrays a, b, rho, m,
sigma, forward, tau; only the first five matter here.

Source: Gatheral and Jacquier (2014), Arbitrage-free SVI volatility surfaces, Quantitative Finance 14(1), 59-71.
"""

import numpy as np

GRID = np.linspace(-1.5, 1.5, 301)
"""Log-moneyness at which smiles are checked: strikes from a quarter to four times the forward and beyond."""


def total_variance(smile: np.ndarray, k) -> np.ndarray:
    """w at log-moneyness `k`, the shape of `k`."""
    a, b, rho, m, sigma = smile[:5]
    x = np.asarray(k, dtype=float) - m
    return a + b * (rho * x + np.sqrt(x * x + sigma * sigma))


def butterfly(smile: np.ndarray, k=GRID) -> np.ndarray:
    """g(k) of eq. 2.1, the sign of the implied density: negative where a butterfly would cost less than nothing.

    g = (1 - k w' / (2 w))^2 - (w'^2 / 4) (1 / w + 1 / 4) + w'' / 2. NaN or negative infinity where w is not positive.
    """
    _, b, rho, m, sigma = smile[:5]
    k = np.asarray(k, dtype=float)
    w = total_variance(smile, k)
    x = k - m
    root = np.sqrt(x * x + sigma * sigma)
    slope, curvature = b * (rho + x / root), b * sigma**2 / root**3
    with np.errstate(divide="ignore", invalid="ignore"):
        return (1 - k * slope / (2 * w)) ** 2 - slope**2 / 4 * (1 / w + 0.25) + curvature / 2


def wing_slope(smile: np.ndarray) -> float:
    """b (1 + |rho|), the steepest wing; above 2 the wings admit arbitrage (Lee 2004, the moment formula)."""
    return float(smile[1] * (1 + abs(smile[2])))


def calendar_gap(earlier: np.ndarray, later: np.ndarray, k=GRID) -> np.ndarray:
    """w of the later expiry less that of the earlier; negative where a calendar spread would be free."""
    return total_variance(later, k) - total_variance(earlier, k)


def arbitrage(smile: np.ndarray, k=GRID, tolerance: float = 1e-9) -> str:
    """What is wrong with one smile, in words; empty if nothing is.

    Parameters
    ----------
    smile : (7,)
    k : (n,)
        Log-moneyness at which to look.
    tolerance : float
        How far below zero w and g may be through rounding.
    """
    _, b, rho, _, sigma = smile[:5]
    if b < 0 or abs(rho) > 1 or sigma < 0:
        return f"b = {b:g} must not be negative, rho = {rho:g} lie in [-1, 1], sigma = {sigma:g} not be negative"
    w = total_variance(smile, k)
    if w.min() < -tolerance:
        return f"total variance is {w.min():.3g} at log-moneyness {np.asarray(k)[w.argmin()]:.2f}, below zero"
    if wing_slope(smile) > 2 + tolerance:
        return f"the wing slope b (1 + |rho|) = {wing_slope(smile):.3g} exceeds 2 (Lee's bound)"
    g = butterfly(smile, k)
    if not (g >= -tolerance).all():
        worst = np.nanargmin(g)
        return f"butterfly arbitrage: g = {g[worst]:.3g} at log-moneyness {np.asarray(k)[worst]:.2f}"
    return ""
