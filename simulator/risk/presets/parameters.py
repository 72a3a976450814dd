"""Parameters of a rule as JSON data, into the rule's configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from typing import Any

from simulator.errors import DataError
from simulator.risk.margin_config import SKEW_ABS, SKEW_LINEAR, VOL_DOWN, VOL_NONE, VOL_UP, ScenarioPoint
from simulator.risk.state import RISK_COLUMNS

VOL_MOVES = {"none": VOL_NONE, "up": VOL_UP, "down": VOL_DOWN, "skew_linear": SKEW_LINEAR, "skew_abs": SKEW_ABS}
"""Names of vol moves in data files."""
MOST_SCENARIOS = 64
SIGNED = {
    "linear_base_cap", "linear_cap_per_root_year", "abs_base_cap", "abs_cap_per_root_year", "vol_static", "vol_scale",
}  # fmt: skip
"""Members that may be negative; all others are rates, factors and amounts, which are not."""
LARGEST = 1e15
RISK_LIMITS = {
    "spot_shock": (0.0, 10.0),
    "vol_up": (0.0, 10.0),
    "vol_down": (0.0, 1.0),
    "haircut": (0.0, 1.0),
    "liquidity_add_on": (0.0, 1.0),
    "multiplier": (1.0, 10.0),
}
"""Least and greatest of each risk parameter."""


def read_config(kind: type, data: Any, where: str) -> Any:
    """A configuration dataclass out of JSON data; members left out keep the dataclass's defaults.

    Scenarios are rows [spot_move, vol move by name, weight]. Terms of collaterals belong to a portfolio and are no
    parameter. Raises DataError.
    """
    members = {each.name: each for each in fields(kind) if each.default != ()}
    if not isinstance(data, Mapping):
        raise DataError(f"{where}: must be a table of parameters, not {data!r}")
    refuse_unknown(data, members, where)
    values = {}
    for name, given in data.items():
        place = f"{where}.{name}"
        default = members[name].default
        if name == "scenarios":
            values[name] = _scenarios(given, place)
        elif is_dataclass(default):
            values[name] = read_config(type(default), given, place)
        elif isinstance(default, bool):
            if not isinstance(given, bool):
                raise DataError(f"{place}: must be true or false, not {given!r}")
            values[name] = given
        elif default is None or default is MISSING or isinstance(default, float):
            low = -LARGEST if name in SIGNED else 0.0
            values[name] = None if given is None and default is None else _number(given, place, low, LARGEST)
        else:
            values[name] = int(_number(given, place, 0, LARGEST))
    return kind(**values)


def read_risk(data: Any, where: str) -> dict[str, tuple[float, ...]]:
    """Risk parameters by symbol, each complete: what a symbol leaves out is that of "*". Raises DataError."""
    if not isinstance(data, Mapping):
        raise DataError(f"{where}: must be a table of underlyings, with '*' for all others, not {data!r}")
    common = data["*"]
    table = {}
    for symbol, given in data.items():
        place = f"{where}.{symbol}"
        if not isinstance(given, Mapping):
            raise DataError(f"{place}: must be a table of {', '.join(RISK_COLUMNS)}, not {given!r}")
        refuse_unknown(given, RISK_COLUMNS, place)
        table[symbol] = tuple(
            _number(given.get(name, common[name]), f"{place}.{name}", *RISK_LIMITS[name]) for name in RISK_COLUMNS
        )
    return table


def refuse_unknown(data: Any, allowed: Iterable[str], where: str, noun: str = "parameter") -> None:
    """Raise DataError for the first key that is not an allowed `noun`, or if `data` is no table."""
    if not isinstance(data, Mapping):
        raise DataError(f"{where}: must be a table, not {data!r}")
    allowed = list(allowed)
    for key in data:
        if key not in allowed:
            close = get_close_matches(key, allowed, n=1, cutoff=0.5)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise DataError(f"{where}: unknown {noun} '{key}'{hint} (allowed: {', '.join(allowed)})")


def _scenarios(given: Any, where: str) -> tuple[ScenarioPoint, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MOST_SCENARIOS:
        raise DataError(f"{where}: must be 1 to {MOST_SCENARIOS} rows [spot_move, vol_move, weight]")
    points = []
    for number, row in enumerate(given):
        place = f"{where}[{number}]"
        if not isinstance(row, list) or len(row) != 3:
            raise DataError(f"{place}: must be a row [spot_move, vol_move, weight], not {row!r}")
        if row[1] not in VOL_MOVES:
            raise DataError(f"{place}: unknown vol move {row[1]!r} (allowed: {', '.join(VOL_MOVES)})")
        move, vol_move = _number(row[0], f"{place}[0]", -100.0, 100.0), VOL_MOVES[row[1]]
        if vol_move in (SKEW_LINEAR, SKEW_ABS) and move:
            raise DataError(f"{place}: a skew scenario leaves spot alone; its spot_move must be 0, not {move:g}")
        points.append(ScenarioPoint(move, vol_move, _number(row[2], f"{place}[2]", 1e-12, 1.0)))
    return tuple(points)


def _number(given: Any, where: str, low: float, high: float) -> float:
    """A finite number within bounds. Raises DataError."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise DataError(f"{where}: must be a number, not {given!r}")
    # The order refuses NaN as well.
    if not low <= given <= high:
        raise DataError(f"{where}: must lie between {low:g} and {high:g}, not {given!r}")
    return float(given)
