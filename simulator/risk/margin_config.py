"""Static configuration of the margin rules: the numbers that the contract's constructor and the mirror share."""

from dataclasses import dataclass, fields
from itertools import product

from simulator.wads import wad

VOL_NONE, VOL_UP, VOL_DOWN, SKEW_LINEAR, SKEW_ABS = 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class ScenarioPoint:
    """One point of the grid: spot moves by `spot_move` spot shocks; the loss counts with `weight`.

    Skew points (SKEW_LINEAR, SKEW_ABS) leave spot alone, and each expiry counts there as if it lost what it moves.
    """

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
class StaticDiscount:
    """What the options of an expiry count for in a scenario, by the sign of their value M' there.

    M' >= 0: positive_base exp(-T (r long_rate_multiple + long_rate_add)) M'
    M' < 0: min(1 / D, negative_base exp(T (r short_rate_multiple + short_rate_add))) M', D = exp(-r T)

    with r the rate, not below zero. The defaults leave values as they are. Source: Derive, PM2.
    """

    positive_base: float = 1.0
    negative_base: float = 1.0
    long_rate_multiple: float = 0.0
    long_rate_add: float = 0.0
    short_rate_multiple: float = 0.0
    short_rate_add: float = 0.0


@dataclass(frozen=True, slots=True)
class SkewShock:
    """How skew points move volatilities: v max(0, 1 + clip(q cap / width*, -cap, cap)).

    q = ln(K/F) in SKEW_LINEAR, |ln(K/F)| in SKEW_ABS; cap = base_cap + cap_per_root_year sqrt(T), each kind its own;
    width* = max(min_width, sqrt(T) width (vol_static + sqrt(T) vol_scale)). Source: Derive, PM2.
    """

    linear_base_cap: float = 0.0
    linear_cap_per_root_year: float = 0.0
    abs_base_cap: float = 0.0
    abs_cap_per_root_year: float = 0.0
    min_width: float = 0.01
    width: float = 0.0
    vol_static: float = 0.0
    vol_scale: float = 0.0


@dataclass(frozen=True, slots=True)
class ConfidenceCharge:
    """Initial margin for prices that publishers disagree on: (1 - c) times the rate times notional if c < threshold."""

    threshold: float = 0.0
    perpetual: float = 0.0
    option: float = 0.0
    collateral: float = 0.0


@dataclass(frozen=True, slots=True)
class CollateralTerms:
    """How one collateral counts.

    asset : underlying number of the collateral
    offsets : underlying in whose scenarios its value moves one for one with spot; -1 for none
    initial_haircut : on top of the haircut in `RiskSet`, in the initial requirement
    """

    asset: int
    offsets: int = -1
    initial_haircut: float = 0.0


@dataclass(frozen=True, slots=True)
class ScenarioConfig:
    """Configuration of `ScenarioMargin`; members as in contracts/margin/ScenarioConfig.sol.

    The vol powers and basis rates are those of Derive's portfolio margin (PM2). Members after `basis_per_year` default
    to being without effect; docs/reference/rules/scenario.md has their formulas.
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
    basis_move_down: float | None = None
    """Size of the move down, where it is not that of the move up."""
    min_vol_up: float = 0.0
    """Volatilities that go up go at least here."""
    min_vol_shock_up: float = 0.0
    """Volatilities that go up rise by at least this fraction."""
    discount: StaticDiscount = StaticDiscount()
    skew: SkewShock = SkewShock()
    confidence: ConfidenceCharge = ConfidenceCharge()
    peg_threshold: float = 0.0
    peg_factor: float = 0.0
    collateral: tuple[CollateralTerms, ...] = ()
    inverse: bool = False
    positive_offset: float = 1.0
    """Share of a positive scenario total that is reported; the worst loss does not depend on it."""
    linear_clamp: float = 0.0
    tail_dampener: float = 0.0
    """Quote currency by which a weighted loss is reduced per spot shock of the move beyond the first."""
    roll_add_min: float = 0.0
    roll_per_year: float = 0.0
    min_delta_net: float = 0.0
    min_delta_hedged: float = 0.0
    fixed_requirement: float = 0.0
    """Quote currency, required of every account in both margins: provisions that depend on nothing else here."""


@dataclass(frozen=True, slots=True)
class IsolatedConfig:
    """Configuration of `IsolatedMargin`."""

    maintenance_factor: float = 1.0
    initial_factor: float = 1.25


def contract_config(config: ScenarioConfig | IsolatedConfig) -> tuple:
    """The configuration as the contract's struct: what follows (oracle, parameters) in the rule's constructor."""
    if isinstance(config, IsolatedConfig):
        return (wad(config.maintenance_factor), wad(config.initial_factor))
    down = config.basis_move if config.basis_move_down is None else config.basis_move_down
    return (
        [(wad(p.spot_move), p.vol_move, wad(p.weight)) for p in config.scenarios],
        config.vol_horizon_floor,
        wad(config.maintenance_factor),
        wad(config.initial_factor),
        wad(config.vol_short_power),
        wad(config.vol_long_power),
        wad(config.min_vol_up),
        wad(config.min_vol_shock_up),
        wad(config.short_option_maintenance),
        wad(config.short_option_initial),
        wad(config.perpetual_maintenance),
        wad(config.perpetual_initial),
        wad(config.basis_move),
        wad(down),
        wad(config.basis_add),
        wad(config.basis_per_year),
        wad(config.peg_threshold),
        wad(config.peg_factor),
        wad(config.linear_clamp),
        wad(config.roll_add_min),
        wad(config.roll_per_year),
        wad(config.min_delta_net),
        wad(config.min_delta_hedged),
        _wads(config.discount),
        _wads(config.skew),
        _wads(config.confidence),
        [(c.asset, c.offsets, wad(c.initial_haircut)) for c in config.collateral],
        wad(config.tail_dampener),
        wad(config.fixed_requirement),
        config.inverse,
    )


def _wads(members: StaticDiscount | SkewShock | ConfidenceCharge) -> tuple[int, ...]:
    return tuple(wad(getattr(members, field.name)) for field in fields(members))
