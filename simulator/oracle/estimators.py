"""From the scenario's names to volatility estimators."""

from collections.abc import Callable, Sequence

import numpy as np

from simulator.oracle.close_volatility import BipowerVolatility, CloseToCloseVolatility
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
}
"""Each takes the decay per bar, the seconds of a bar, and the volatilities before the first bar."""


def largest_of(
    names: Sequence[EstimatorName], decay: float, bar_seconds: float, initial: np.ndarray
) -> LargestVolatility:
    """The largest of the named estimates, series by series; `initial`: (n_series,), annualised."""
    return LargestVolatility({name: ESTIMATORS[name](decay, bar_seconds, initial) for name in names})
