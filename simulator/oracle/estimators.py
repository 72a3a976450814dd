"""From the scenario's names to volatility estimators."""

from collections.abc import Callable, Sequence

import numpy as np

from simulator.oracle.close_volatility import BipowerVolatility, CloseToCloseVolatility
from simulator.oracle.garch_volatility import GarchVolatility, GjrGarchVolatility
from simulator.oracle.implied_volatility import ImpliedVolatility
from simulator.oracle.range_volatility import ParkinsonVolatility, RogersSatchellVolatility, YangZhangVolatility
from simulator.oracle.volatility import EwmaVolatility, GarmanKlassVolatility, LargestVolatility, VolatilityEstimator
from simulator.scenario.oracle import EstimatorName

ESTIMATORS: dict[EstimatorName, Callable[[float, float, np.ndarray], VolatilityEstimator]] = {
    "ewma": EwmaVolatility,
    "close_to_close": CloseToCloseVolatility,
    "parkinson": ParkinsonVolatility,
    "garman_klass": GarmanKlassVolatility,
    "rogers_satchell": RogersSatchellVolatility,
    "yang_zhang": YangZhangVolatility,
    "bipower": BipowerVolatility,
    "garch": GarchVolatility,
    "gjr_garch": GjrGarchVolatility,
}
"""Those that live on bars alone: each takes the decay per bar, the seconds of a bar, and the volatilities before."""


def largest_of(
    names: Sequence[EstimatorName],
    decay: float,
    bar_seconds: float,
    initial: np.ndarray,
    implied: ImpliedVolatility | None = None,
) -> LargestVolatility:
    """The largest of the named estimates, series by series.

    Parameters
    ----------
    names : sequence of EstimatorName
    decay, bar_seconds : float
    initial : (n_series,)
        Volatility before the first bar, annualised.
    implied : ImpliedVolatility, optional
        What `implied` stands for; fed with quotes by whoever made it.
    """
    return LargestVolatility(
        {name: implied if name == "implied" else ESTIMATORS[name](decay, bar_seconds, initial) for name in names}
    )
