"""Raw SVI smiles fitted to an option chain, expiry by expiry, without static arbitrage."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from scipy.optimize import least_squares

from simulator.errors import DataError
from simulator.market.option_chain import OptionChain
from simulator.market.process import YEAR_SECONDS
from simulator.market.svi_arbitrage import GRID, arbitrage, butterfly, calendar_gap, total_variance

LEAST_QUOTES = 5
"""Strikes with a volatility that a fit of five parameters needs."""
PENALTY = 100.0
"""Weight of a unit of negative density or crossing variance beside a volatility error of one: a hundredth of a unit
costs as much as a whole volatility, so that a fit ends on the arbitrage-free side to rounding."""
MARGIN = 1e-4
"""How far inside the arbitrage-free region the penalty starts; least squares ends near, not on, the boundary."""


@dataclass(frozen=True, slots=True)
class SmileFit:
    """A fitted smile and how well it fits.

    smile : (7,) a, b, rho, m, sigma, forward, tau; as in `simulator.risk.state.MarketState.smile`
    expiry : UTC seconds
    quotes : strikes that were fitted
    rmse, worst : root mean square and largest error in volatility, fractions (0.01 is one vol point)
    weighted_rmse : the same weighted by vega, which is what prices feel
    least_density : smallest g(k) on the grid of `svi_arbitrage`; not negative without butterfly arbitrage
    """

    smile: np.ndarray
    expiry: int
    quotes: int
    rmse: float
    worst: float
    weighted_rmse: float
    least_density: float


def fit_chain(chain: OptionChain) -> list[SmileFit]:
    """One smile for each expiry, in order of expiry, none crossing the one before.

    Raises
    ------
    DataError
        Naming the expiry that has too few strikes, or that no arbitrage-free smile was found for.
    """
    fits: list[SmileFit] = []
    for expiry in chain.expiries:
        rows = chain.at_expiry(expiry)
        quoted = np.isfinite(rows.mark_volatility)
        # A call and a put of one strike have one volatility, or the parity of their marks is broken.
        strikes, place = np.unique(rows.strike[quoted], return_inverse=True)
        if len(strikes) < LEAST_QUOTES:
            raise DataError(
                f"option chain: {len(strikes)} strikes with a volatility at expiry {_date(expiry)}; "
                f"a smile needs {LEAST_QUOTES}"
            )
        volatility = np.bincount(place, rows.mark_volatility[quoted]) / np.bincount(place)
        forward = float(np.median(rows.forward))
        tau = (expiry - chain.as_of) / YEAR_SECONDS
        fits.append(fit_smile(strikes, volatility, forward, tau, expiry, fits[-1].smile if fits else None))
    return fits


def fit_smile(
    strike: np.ndarray,
    volatility: np.ndarray,
    forward: float,
    tau: float,
    expiry: int = 0,
    earlier: np.ndarray | None = None,
) -> SmileFit:
    """The raw SVI smile nearest to volatilities: least squares weighted by vega, under penalties for arbitrage.

    Parameters
    ----------
    strike, volatility : (n,)
        Positive; n at least `LEAST_QUOTES`.
    forward, tau : float
        Quote currency; years.
    expiry : int
        UTC seconds, for the answer and for messages.
    earlier : (7,), optional
        Smile of the expiry before, which this one must not fall below.

    Raises
    ------
    DataError
        If no start leads to a smile free of arbitrage.
    """
    k = np.log(strike / forward)
    weight = _vega_weight(k, volatility, tau)

    def residuals(parameters: np.ndarray) -> np.ndarray:
        w = total_variance(parameters, k)
        # Below this a volatility says nothing but the penalty does.
        error = np.sqrt(np.maximum(w, 1e-8) / tau) - volatility
        density = np.nan_to_num(butterfly(parameters), nan=-1.0, neginf=-1.0)
        short = [np.minimum(density - MARGIN, 0.0), np.minimum(w - MARGIN * tau, 0.0) / tau]
        if earlier is not None:
            short.append(np.minimum(calendar_gap(earlier, parameters) - MARGIN * tau, 0.0) / tau)
        return np.concatenate([weight * error, *(PENALTY * part / np.sqrt(len(part)) for part in short)])

    at_the_money = float(np.interp(0.0, k, volatility)) ** 2 * tau
    bounds = ([-1.0, 1e-6, -0.999, -1.0, 1e-3], [4.0, 2.0, 0.999, 1.0, 2.0])
    least, smile = np.inf, None
    for rho in (-0.3, 0.3):
        for sigma in (0.1, 0.4):
            start = [0.5 * at_the_money, 0.5 * at_the_money / sigma, rho, 0.0, sigma]
            found = least_squares(residuals, np.clip(start, *bounds), bounds=bounds, x_scale=[0.1, 0.1, 1, 0.1, 0.1])
            candidate = np.array([*found.x, forward, tau])
            if earlier is not None:
                # What the penalty left of a crossing, a shift removes.
                candidate[0] += max(0.0, -float(calendar_gap(earlier, candidate).min()))
            if not arbitrage(candidate) and found.cost < least:
                least, smile = found.cost, candidate
    if smile is None:
        raise DataError(f"option chain: no arbitrage-free smile near the volatilities of expiry {_date(expiry)}")
    error = np.sqrt(total_variance(smile, k) / tau) - volatility
    return SmileFit(
        smile=smile,
        expiry=expiry,
        quotes=len(k),
        rmse=float(np.sqrt(np.mean(error**2))),
        worst=float(np.abs(error).max()),
        weighted_rmse=float(np.sqrt(np.mean((weight * error) ** 2))),
        least_density=float(butterfly(smile, GRID).min()),
    )


def _vega_weight(k: np.ndarray, volatility: np.ndarray, tau: float) -> np.ndarray:
    """Root of the vega of each strike, of mean square one: phi(d1), d1 = -k / s + s / 2, s = vol sqrt(tau)."""
    s = volatility * np.sqrt(tau)
    vega = np.exp(-0.5 * (-k / s + s / 2) ** 2)
    return np.sqrt(vega / vega.mean())


def _date(expiry: int) -> str:
    return f"{datetime.fromtimestamp(expiry, UTC):%Y-%m-%dT%H:%MZ}"
