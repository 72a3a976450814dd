"""What it costs, in time and money, to close a position that is large against its market.

All functions broadcast: arrays (n_accounts, n_assets) of net positions in units of each underlying (for options their
delta, `AccountGreeks.delta` / spot) against volumes (n_assets,) give the cost of every account.
"""

import math

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite


def close_out_days(quantity, daily_volume, participation: float) -> np.ndarray:
    """Days to close a position as a share of the market's volume: |quantity| / (participation * daily volume).

    Parameters
    ----------
    quantity : (...), units.
    daily_volume : (...), average units traded a day, above 0.
    participation : float, share of the volume one can be, in (0, 1].

    Raises
    ------
    DataError
    """
    if not 0 < participation <= 1:
        raise DataError(f"participation {participation} is outside (0, 1]")
    return np.abs(require_finite(quantity, "quantity")) / (participation * _above_zero(daily_volume, "daily volume"))


def close_out_multiplier(days, margin_days: float) -> np.ndarray:
    """What closing evenly over `days` multiplies the risk of `margin_days` by, at least 1.

    A position sold evenly over T days has the variance of the whole position over T / 3 days, so that the factor is
    sqrt(T / (3 margin_days)) where that is above 1.

    Raises
    ------
    DataError

    Source: Almgren and Chriss (2000), Optimal execution of portfolio transactions, J. Risk 3(2), the limit of many
    trades of the variance of the linear trajectory.
    """
    days = require_finite(days, "days")
    if (days < 0).any():
        raise DataError(f"days: {days.min()} is negative")
    return np.sqrt(np.maximum(days / (3.0 * _above_zero(margin_days, "margin period")), 1.0))


def impact_cost(quantity, price, daily_volatility, daily_volume, coefficient: float = 1.0) -> np.ndarray:
    """Money lost to market impact in closing a position, by the square-root law.

    coefficient * sigma * sqrt(|q| / V) * |q| * price: the price moves by so many daily deviations per root of the
    share of a day's volume. The coefficient is of order one in every market studied; 1 unless yours is measured.

    Parameters
    ----------
    quantity, price : (...), units and quote currency.
    daily_volatility : (...), of one day, a fraction, not negative.
    daily_volume : (...), average units traded a day, above 0.
    coefficient : float, not negative.

    Raises
    ------
    DataError

    Source: Toth et al. (2011), Anomalous price impact and the critical nature of liquidity in financial markets,
    Physical Review X 1, 021006.
    """
    size = np.abs(require_finite(quantity, "quantity"))
    volatility = require_finite(daily_volatility, "daily volatility")
    if (volatility < 0).any() or not (math.isfinite(coefficient) and coefficient >= 0):
        raise DataError(f"impact: volatility {volatility.min()} and coefficient {coefficient} must not be negative")
    share = size / _above_zero(daily_volume, "daily volume")
    return coefficient * volatility * np.sqrt(share) * size * _above_zero(price, "price")


def depth_cost(quantity, price, depth, band: float) -> np.ndarray:
    """Money lost in closing at once against an order book that holds `depth` units evenly within `band` of the price.

    Each unit takes the price band / depth further, so the average concession is half of that of the last unit:
    price * band * q^2 / (2 depth). Beyond the depth the book is taken to go on as thinly.

    Parameters
    ----------
    quantity, price, depth : (...), units, quote currency, units above 0 on the side that is hit.
    band : float, the fraction of the price that the depth was measured within, above 0.

    Raises
    ------
    DataError

    Source: Kyle (1985), Continuous auctions and insider trading, Econometrica 53: price linear in the quantity.
    """
    size = require_finite(quantity, "quantity")
    return _above_zero(price, "price") * _above_zero(band, "band") * size**2 / (2 * _above_zero(depth, "depth"))


def liquidity_horizon_es(es, horizons) -> float | np.ndarray:
    """ES with a longer horizon for what is slower to close.

    ES = sqrt(sum over j of (ES_j sqrt((LH_j - LH_(j-1)) / LH_1))^2), where ES_1 is that of all risk factors over the
    shortest horizon LH_1 and ES_j that of the same horizon with only those factors moving whose own horizon is at least
    LH_j; LH_0 is 0.

    Parameters
    ----------
    es : (n_horizons, ...), not negative: ES of scenarios in which ever fewer factors move.
    horizons : (n_horizons,), rising, above 0, any unit of time.

    Raises
    ------
    DataError

    Source: Basel framework, MAR33.5.
    """
    horizons, es = require_finite(horizons, "horizons", 1), require_finite(es, "es")
    if horizons[0] <= 0 or (np.diff(horizons) <= 0).any():
        raise DataError(f"horizons {horizons.tolist()}: they must rise from above 0")
    if len(es) != len(horizons) or (es < 0).any():
        raise DataError(f"es: {len(es)} values for {len(horizons)} horizons are needed, none negative")
    steps = np.diff(horizons, prepend=0.0) / horizons[0]
    return np.sqrt(np.tensordot(steps, es**2, axes=1))[()]


def _above_zero(values, name: str) -> np.ndarray:
    values = require_finite(values, name)
    if (values <= 0).any():
        raise DataError(f"{name}: {values.min()} must be above 0")
    return values
