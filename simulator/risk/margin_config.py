"""Static configuration of the margin rules: the numbers that the contract's constructor and the mirror share."""

from dataclasses import dataclass
from itertools import product

from simulator.wads import wad

VOL_NONE, VOL_UP, VOL_DOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class ScenarioPoint:
    """One point of the grid: spot moves by `spot_move` spot shocks; the loss counts with `weight`."""

    spot_move: float
    vol_move: int
    weight: float = 1.0


def default_grid() -> tuple[ScenarioPoint, ...]:
    """CME SPAN's price scan (0, 1/3, 2/3 and the whole range both ways) over three vol states, and damped extremes.

    The extremes follow SPAN: twice the range at 35 % (CME, SPAN methodology). Four times the range at 17.5 % keeps the
    same linear loss and catches options that are far out of the money.
    """
    regular = [ScenarioPoint(m / 3, v) for m, v in product(range(-3, 4), (VOL_NONE, VOL_UP, VOL_DOWN))]
    tails = [ScenarioPoint(m, VOL_NONE, 0.7 / abs(m)) for m in (-4.0, -2.0, 2.0, 4.0)]
    return tuple(regular + tails)


@dataclass(frozen=True, slots=True)
class ScenarioConfig:
    """Configuration of `ScenarioMargin`; members as in contracts/margin/ScenarioConfig.sol.

    The vol powers and basis rates are those of Derive's portfolio margin (PM2).
    """

    scenarios: tuple[ScenarioPoint, ...] = default_grid()
    vol_short_power: float = 0.3
    vol_long_power: float = 0.13
    vol_horizon_floor: int = 86_400
    maintenance_factor: float = 1.0
    initial_factor: float = 1.25
    short_option_maintenance: float = 0.005
    short_option_initial: float = 0.005
    perpetual_maintenance: float = 0.005
    perpetual_initial: float = 0.005
    basis_move: float = 1 / 3
    basis_add: float = 0.25
    basis_per_year: float = 0.01


@dataclass(frozen=True, slots=True)
class IsolatedConfig:
    """Configuration of `IsolatedMargin`."""

    maintenance_factor: float = 1.0
    initial_factor: float = 1.25


def contract_config(config: ScenarioConfig | IsolatedConfig) -> tuple:
    """The configuration as the contract's struct: what follows (oracle, parameters) in the rule's constructor."""
    if isinstance(config, IsolatedConfig):
        return (wad(config.maintenance_factor), wad(config.initial_factor))
    return (
        [(wad(p.spot_move), p.vol_move, wad(p.weight)) for p in config.scenarios],
        wad(config.vol_short_power),
        wad(config.vol_long_power),
        config.vol_horizon_floor,
        wad(config.maintenance_factor),
        wad(config.initial_factor),
        wad(config.short_option_maintenance),
        wad(config.short_option_initial),
        wad(config.perpetual_maintenance),
        wad(config.perpetual_initial),
        wad(config.basis_move),
        wad(config.basis_add),
        wad(config.basis_per_year),
    )
