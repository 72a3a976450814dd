"""Parameters of a rule as JSON data, into the rule's configuration."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args

from simulator.errors import DataError
from simulator.risk.margin_config import SKEW_ABS, SKEW_LINEAR, VOL_DOWN, VOL_NONE, VOL_UP, ScenarioPoint
from simulator.risk.state import RISK_COLUMNS
from simulator.scenario.complaint import nearest

VOL_MOVES = {"none": VOL_NONE, "up": VOL_UP, "down": VOL_DOWN, "skew_linear": SKEW_LINEAR, "skew_abs": SKEW_ABS}
"""Names of vol moves in data files."""
MOST_SCENARIOS = 64
LIMITS = {
    "vol_horizon_floor": (60.0, 400 * 86_400.0),
    "maintenance_factor": (1e-9, 20.0),
    "initial_factor": (1e-9, 20.0),
    "min_width": (1e-6, 20.0),
    "threshold": (0.0, 1.0),
    "positive_offset": (0.0, 1.0),
    "tail_dampener": (0.0, 1e15),
    "fixed_requirement": (0.0, 1e15),
    "initial_level": (0.0, 1.0),
    "maintenance_level": (0.0, 1.0),
    "freedom": (2.0, 1e6),
    "linear_base_cap": (-20.0, 20.0),
    "linear_cap_per_root_year": (-20.0, 20.0),
    "abs_base_cap": (-20.0, 20.0),
    "abs_cap_per_root_year": (-20.0, 20.0),
    "vol_static": (-20.0, 20.0),
    "vol_scale": (-20.0, 20.0),
}
"""Least and greatest of the members that are not fractions in `OTHERS`; as in the contracts' `validate`."""
OTHERS = (0.0, 20.0)
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
        elif isinstance(default, str):
            values[name] = _choice(members[name].type, given, place)
        elif given is None and default is None:
            values[name] = None
        else:
            number = _number(given, place, *LIMITS.get(name, OTHERS))
            values[name] = int(number) if isinstance(default, int) else number
    try:
        config = kind(**values)
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    least, greatest = getattr(config, "maintenance_factor", 0.0), getattr(config, "initial_factor", 0.0)
    if greatest < least:
        raise DataError(f"{where}.initial_factor: {greatest:g} is below maintenance_factor, {least:g}")
    return config


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
            listed = ", ".join(allowed)
            raise DataError(f"{where}: unknown {noun} '{key}'{nearest(key, allowed)} (allowed: {listed})")


def _choice(kind: Any, given: Any, where: str) -> str:
    """One of the values of a Literal type."""
    allowed = get_args(kind)
    if given not in allowed:
        raise DataError(f"{where}: unknown value {given!r} (allowed: {', '.join(allowed)})")
    return given


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
