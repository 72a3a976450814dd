"""Which scenario decides a scenario margin, and what each position has to do with it."""

import numpy as np

from simulator.risk.account_losses import BASIS, NOTHING, AccountLosses, ScenarioValues, account_losses, no_losses
from simulator.risk.breakdown import Contingency, MarginBreakdown, ScenarioProfit
from simulator.risk.margin_config import SKEW_ABS, SKEW_LINEAR, VOL_DOWN, VOL_UP, ScenarioConfig
from simulator.risk.state import Holdings, Margins, MarketState

_VOL_LABELS = ("vol unchanged", "vol up", "vol down", "linear skew", "absolute skew")


def scenario_breakdown(
    config: ScenarioConfig,
    values: ScenarioValues,
    market: MarketState,
    holdings: Holdings,
    margins: Margins,
    account: int,
) -> MarginBreakdown:
    """What `margins` of one account are made of.

    The share of a position is its loss in the scenario that decides for its underlying, times the factor of initial
    margin, and what it adds to the other requirements at the margin (Euler allocation: a long option that covers a
    short one is credited what it saves).
    """
    sizes = np.ascontiguousarray(holdings.sizes[account], dtype=np.float64)
    collateral = np.ascontiguousarray(holdings.collateral[account] * values.collateral_price)
    losses = no_losses(values)
    account_losses(values, sizes, collateral, losses)
    held = np.zeros(len(values.spot), dtype=bool)
    held[values.asset[sizes != 0]] = True
    held[values.offsets[(collateral != 0) & (values.offsets >= 0)]] = True
    reported = np.where(losses.profits > 0, losses.profits * config.positive_offset, losses.profits)
    scenarios = tuple(
        _scenario(config, values, market, u, j, float(reported[u, j]))
        for u in np.flatnonzero(held)
        for j in range(len(config.scenarios))
    )
    decided, unallocated = _decided(config, values, losses, sizes, collateral)
    contingencies = _contingencies(config, values, losses, collateral)
    outright = (collateral * (values.haircut + values.initial_haircut + values.collateral_charge)).sum()
    return MarginBreakdown(
        equity=float(margins.equity[account]),
        initial=float(margins.initial[account]),
        maintenance=float(margins.maintenance[account]),
        scenarios=scenarios,
        worst=tuple(_worst(config, values, market, losses, u) for u in np.flatnonzero(held)),
        contingencies=contingencies,
        components=decided + _own(config, values, losses, sizes),
        unallocated=float(unallocated + outright + config.fixed_requirement),
    )


def _scenario(
    config: ScenarioConfig, values: ScenarioValues, market: MarketState, u: int, j: int, profit: float
) -> ScenarioProfit:
    point, move = config.scenarios[j], float(values.factor[u, j] - 1)
    vol_move = {VOL_UP: market.risk[u, 1], VOL_DOWN: -market.risk[u, 2]}.get(point.vol_move, 0.0)
    label = _VOL_LABELS[point.vol_move]
    if point.vol_move not in (SKEW_LINEAR, SKEW_ABS):
        label = f"spot {_percent(move)}, {label}"
    return ScenarioProfit(int(u), label, move, float(vol_move), point.weight, profit)


def _percent(move: float) -> str:
    text = f"{100 * move:+.4g}"
    return "0 %" if float(text) == 0 else f"{text} %"


def _worst(
    config: ScenarioConfig, values: ScenarioValues, market: MarketState, losses: AccountLosses, u: int
) -> ScenarioProfit:
    j = int(losses.deciding[u])
    if j == BASIS:
        return ScenarioProfit(int(u), "forwards against spot", 0.0, 0.0, 1.0, float(losses.worst[u]))
    if j == NOTHING:
        return ScenarioProfit(int(u), "no scenario loses", 0.0, 0.0, 1.0, 0.0)
    return _scenario(config, values, market, u, j, float(losses.worst[u]))


def _contingencies(
    config: ScenarioConfig, values: ScenarioValues, losses: AccountLosses, collateral: np.ndarray
) -> tuple[Contingency, ...]:
    """All that are not zero."""
    naked, perpetuals = losses.naked_notional.sum(), losses.perpetual_notional.sum()
    liquidity, haircuts = losses.liquidity.sum(), (collateral * values.haircut).sum()
    confidence = losses.confidence.sum() + (collateral * values.collateral_charge).sum()
    lacking = np.maximum(losses.floor - losses.roll + losses.worst, 0.0)
    rates = (config.maintenance_factor, values.initial_factor * values.multiplier)
    fixed = config.fixed_requirement
    table = {
        "naked short options": (config.short_option_maintenance * naked, config.short_option_initial * naked),
        "perpetuals": (config.perpetual_maintenance * perpetuals, config.perpetual_initial * perpetuals),
        "liquidity": (liquidity, 0.0),
        "collateral haircuts": (haircuts, (collateral * values.initial_haircut).sum()),
        "oracle confidence": (0.0, confidence),
        "fixed": (fixed, 0.0),
    }
    scaled = {"roll": losses.roll, "least requirement by delta": lacking}
    return tuple(
        Contingency(name, float(maintenance), float(initial))
        for name, maintenance, initial in (
            *((name, (amount * rates[0]).sum(), (amount * rates[1]).sum()) for name, amount in scaled.items()),
            *((name, both, both + extra) for name, (both, extra) in table.items()),
        )
        if initial or maintenance
    )


def _decided(
    config: ScenarioConfig,
    values: ScenarioValues,
    losses: AccountLosses,
    sizes: np.ndarray,
    collateral: np.ndarray,
) -> tuple[np.ndarray, float]:
    """Shares in the scaled losses: of each position (n_instruments,), and of collateral."""
    shares, of_collateral = np.zeros(len(sizes)), 0.0
    for u in range(len(values.spot)):
        mine = np.flatnonzero((values.asset == u) & (sizes != 0))
        factor = values.initial_factor * values.multiplier[u]
        if losses.floor[u] > losses.roll[u] - losses.worst[u]:
            delta, sign = sizes[mine] * values.delta[mine], np.sign(losses.net_delta[u])
            hedged = (np.abs(delta) - sign * delta) / 2
            least = (values.delta_net * sign * delta + values.delta_hedged * hedged) * values.spot[u]
            shares[mine] += least * factor
            continue
        shares[mine] -= _profits(values, losses, sizes, mine, u) * factor
        shares[mine] += _roll(values, losses, sizes, mine, u) * factor
        j = int(losses.deciding[u])
        if j >= 0:
            follows = collateral[values.offsets == u].sum()
            of_collateral -= follows * (values.factor[u, j] - 1) * _counted(values, losses, u, j) * factor
    return shares, of_collateral


def _counted(values: ScenarioValues, losses: AccountLosses, u: int, j: int) -> float:
    """Share of a loss that counts: the weight, less the dampener."""
    loss = losses.profits[u, j] - values.dampener[j]
    return values.weight[j] if losses.profits[u, j] == 0 else values.weight[j] * losses.profits[u, j] / loss


def _profits(values: ScenarioValues, losses: AccountLosses, sizes: np.ndarray, mine: np.ndarray, u: int) -> np.ndarray:
    """P&L of an underlying's positions in the scenario that decides: (n_mine,)."""
    j, scenarios = int(losses.deciding[u]), len(values.weight)
    if j == NOTHING:
        return np.zeros(len(mine))
    expiry, option = values.expiry[mine], values.is_option[mine]
    if j == BASIS:
        change = values.values[mine, scenarios:] - np.where(option, values.marks[mine], 0.0)[:, None]
        moves = losses.futures + losses.options[:, scenarios:] - losses.marks[:, None]
        down, loses = moves[:, 1] < moves[:, 0], moves.min(axis=1) < 0
        charged = np.where(expiry >= 0, (loses * values.basis_rate)[expiry], 0.0)
        return sizes[mine] * np.where(down[expiry], change[:, 1], change[:, 0]) * charged
    worth = losses.options[:, j]
    discount = np.where(worth >= 0, values.discount_positive, values.discount_negative)
    gains = worth * discount > losses.marks
    change = values.values[mine, j].copy()
    at = expiry[option]
    change[option] = change[option] * discount[at] - values.marks[mine][option]
    if values.skewed[j]:
        change[option] *= np.where(gains[at], -1.0, 1.0)
    return sizes[mine] * change * _counted(values, losses, u, j)


def _roll(values: ScenarioValues, losses: AccountLosses, sizes: np.ndarray, mine: np.ndarray, u: int) -> np.ndarray:
    """Roll charge of an underlying's positions: (n_mine,)."""
    if not values.tracks_delta:
        return np.zeros(len(mine))
    expiry, delta = values.expiry[mine], sizes[mine] * values.delta[mine]
    dated = np.where(expiry >= 0, (np.sign(losses.delta) * values.roll_rate)[expiry], 0.0) if len(losses.delta) else 0.0
    undated = np.sign(losses.perpetuals[u]) * values.perpetual_roll * values.perpetual[mine]
    return delta * (dated + undated) * values.spot[u]


def _own(config: ScenarioConfig, values: ScenarioValues, losses: AccountLosses, sizes: np.ndarray) -> np.ndarray:
    """Shares in the requirements besides the scaled losses: (n_instruments,)."""
    notional = sizes * values.spot[values.asset]
    shares = np.abs(sizes) * values.add_on
    option, perpetual = np.flatnonzero(values.is_option), np.flatnonzero(values.perpetual)
    naked = losses.naked[values.strike[option]] < 0
    shares[option] -= notional[option] * naked * (config.short_option_maintenance + config.short_option_initial)
    confidence = np.where(
        losses.perpetuals != 0, np.minimum(values.confidence, values.perpetual_confidence), values.confidence
    )
    asset, expiry = values.asset[option], values.expiry[option]
    least = np.minimum(confidence[asset], values.expiry_confidence[expiry])
    shares[option] += np.abs(notional[option]) * _charged(values.charges, least, 2)
    asset = values.asset[perpetual]
    rate = config.perpetual_maintenance + config.perpetual_initial + _charged(values.charges, confidence[asset], 1)
    shares[perpetual] += notional[perpetual] * np.sign(losses.perpetuals[asset]) * rate
    return shares


def _charged(charges: np.ndarray, confidence: np.ndarray, kind: int) -> np.ndarray:
    return np.where(confidence < charges[0], (1 - confidence) * charges[kind], 0.0)
