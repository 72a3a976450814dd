"""A portfolio file as the columns that margin rules read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from simulator.errors import DataError
from simulator.portfolio.checks import expiry_time, smile
from simulator.portfolio.mirrors import with_joint_moves
from simulator.portfolio.schema import Collateral, Option, Perpetual, Portfolio, RiskArray
from simulator.risk.margin_config import CollateralTerms, ScenarioConfig
from simulator.risk.presets import Config, Preset
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, RISK_COLUMNS, Holdings, Instruments, MarketState

SETTLEMENT_WINDOW = 1800
"""Seconds before expiry over which venues average the settlement price (Deribit, Derive)."""


@dataclass(frozen=True, slots=True)
class Columns:
    """One account and its market; instruments are distinct contracts, in the order of the file.

    assets : names of the market's assets: the underlyings, then the collaterals
    names : (n_instruments,), what reports call each contract
    unit, unit_price : what results are stated in, and its price in the quote currency
    """

    instruments: Instruments
    market: MarketState
    holdings: Holdings
    assets: tuple[str, ...]
    names: tuple[str, ...]
    collateral: tuple[Collateral, ...]
    provisions: float
    unit: str
    unit_price: float

    def under(self, preset: Preset) -> tuple[MarketState, Config]:
        """The market with the preset's risk parameters, and its configuration with the portfolio's collaterals.

        Raises DataError if the rule reads joint moves and the portfolio has none.
        """
        underlyings = len(self.assets) - len(self.collateral)
        risk = [list(preset.risk_of(symbol)) for symbol in self.assets]
        for row, collateral in zip(risk[underlyings:], self.collateral, strict=True):
            row[RISK_COLUMNS.index("haircut")] = collateral.haircut.maintenance
        config = preset.config
        if isinstance(config, ScenarioConfig):
            terms = tuple(
                CollateralTerms(
                    asset=underlyings + number,
                    # Coins have no profit in coins, so that they offset nothing where contracts settle in them.
                    offsets=-1 if each.offsets is None or config.inverse else self.assets.index(each.offsets),
                    initial_haircut=each.haircut.initial,
                )
                for number, each in enumerate(self.collateral)
            )
            config = replace(config, collateral=terms, fixed_requirement=config.fixed_requirement + self.provisions)
        follows = [*range(underlyings)]
        follows += [-1 if each.offsets is None else self.assets.index(each.offsets) for each in self.collateral]
        market = replace(self.market, risk=np.array(risk))
        return with_joint_moves(preset.rule, market, np.array(follows, dtype=int)), config

    def gross_notional(self) -> float:
        """Sum of sizes at the higher of spot and strike, collateral and cash: what engines agree relative to."""
        largest = np.maximum(self.market.spot[self.instruments.underlying], self.instruments.strike)
        held = np.abs(self.holdings.sizes[0]) @ largest + self.holdings.collateral[0] @ self.market.spot
        return float(held + abs(self.holdings.cash[0]))


def columns(portfolio: Portfolio) -> Columns:
    """The columns of a checked portfolio.

    Linear contracts are carried at mark: cash is what is given plus funding and unrealised profit less size * mark.

    Raises
    ------
    DataError
        A position is known by its risk array alone.
    """
    arrays = [number for number, each in enumerate(portfolio.positions) if isinstance(each, RiskArray)]
    if arrays:
        raise DataError(
            f"positions[{arrays[0]}]: has a risk array and no prices; rule span alone takes it, beside other arrays"
        )
    symbols = list(portfolio.underlyings)
    market, rows = _market(portfolio, symbols)
    contracts: dict[tuple, float] = {}
    cash = portfolio.cash
    for position in portfolio.positions:
        asset = symbols.index(position.underlying)
        row = None if isinstance(position, Perpetual) else rows[position.underlying, position.expiry]
        contract = _contract(position, asset, 0 if row is None else int(market.expiry[row]))
        contracts[contract] = contracts.get(contract, 0.0) + position.size
        if not isinstance(position, Option):
            mark = float(market.perpetual[asset] if row is None else market.forward[row])
            cash += _gained(position, mark) - position.size * mark
    listed = np.array(list(contracts), dtype=float).reshape(-1, 4)
    amounts = [0.0] * len(symbols) + [each.amount for each in portfolio.collateral]
    instruments = Instruments(
        listed[:, 0].astype(int), listed[:, 1].astype(int), listed[:, 2].astype(int), listed[:, 3]
    )
    labels = {(symbols.index(symbol), int(market.expiry[row])): name for (symbol, name), row in rows.items()}
    unit = portfolio.unit or portfolio.quote
    return Columns(
        instruments=instruments,
        market=market,
        holdings=Holdings(np.array([cash]), np.array([list(contracts.values())]), np.array([amounts])),
        assets=(*symbols, *(each.name for each in portfolio.collateral)),
        names=tuple(_name(contract, symbols, labels) for contract in contracts),
        collateral=portfolio.collateral,
        provisions=portfolio.provisions.funding + portfolio.provisions.fees,
        unit=unit,
        unit_price=portfolio.underlyings[unit].spot if portfolio.unit else 1.0,
    )


def _market(portfolio: Portfolio, symbols: list[str]) -> tuple[MarketState, Mapping[tuple[str, str], int]]:
    """The market without risk parameters, and the row of each expiry by underlying and name."""
    now = portfolio.time
    underlyings = list(portfolio.underlyings.values())
    spot_confidence = [each.confidence.spot for each in underlyings]
    listed = [
        (symbol, name, expiry)
        for symbol, underlying in portfolio.underlyings.items()
        for name, expiry in underlying.expiries.items()
    ]
    rows = {(symbol, name): row for row, (symbol, name, _) in enumerate(listed)}
    expiries = [expiry for _, _, expiry in listed]
    times = [expiry_time(now, expiry) for expiry in expiries]
    strikes = [
        (row, strike, volatility)
        for row, expiry in enumerate(expiries)
        for strike, volatility in expiry.volatilities or ()
    ]
    prices = [each.price for each in portfolio.collateral]
    own = [_confidence(each, portfolio) for each in portfolio.collateral]
    joint = portfolio.joint
    return MarketState(
        timestamp=now,
        spot=np.array([each.spot for each in underlyings] + prices),
        perpetual=np.array([each.perpetual or each.spot for each in underlyings] + prices),
        confidence=np.array(spot_confidence + own),
        perpetual_confidence=np.array([each.confidence.perpetual for each in underlyings] + own),
        expiry_underlying=np.array([symbols.index(symbol) for symbol, _, _ in listed], dtype=int),
        expiry=np.array(times, dtype=int),
        forward=np.array([each.forward for each in expiries], dtype=float),
        settled_forward=np.array(
            [_settled(each, time - now) for each, time in zip(expiries, times, strict=True)], dtype=float
        ),
        rate=np.array([each.rate for each in expiries], dtype=float),
        expiry_confidence=np.array([min(c.forward, c.rate, c.volatility) for c in (e.confidence for e in expiries)]),
        smile=np.array([smile(now, each) for each in expiries]).reshape(-1, 7),
        risk=np.zeros((len(underlyings) + len(prices), len(RISK_COLUMNS))),
        strike_volatility=np.array(strikes, dtype=float) if strikes else None,
        stable_price=portfolio.stable.price,
        covariance=None if joint.covariance is None else np.array(joint.covariance),
        shocks=None if joint.shocks is None else np.array(joint.shocks),
    ), rows


def _confidence(collateral: Collateral, portfolio: Portfolio) -> float:
    """No more than that of the spot it follows; in a portfolio of one underlying, of that one's (Derive, PM2)."""
    followed = [collateral.offsets] if collateral.offsets else list(portfolio.underlyings)
    if len(followed) != 1:
        return collateral.confidence
    return min(collateral.confidence, portfolio.underlyings[followed[0]].confidence.spot)


def _settled(expiry, seconds: int) -> float:
    if expiry.settled_forward is not None:
        return expiry.settled_forward
    return expiry.forward * max(SETTLEMENT_WINDOW - seconds, 0) / SETTLEMENT_WINDOW


def _contract(position, asset: int, expiry: int) -> tuple:
    """Underlying, kind, expiry and strike."""
    if isinstance(position, Option):
        return (asset, CALL if position.kind == "call" else PUT, expiry, position.strike)
    return (asset, PERPETUAL, 0, 0.0) if isinstance(position, Perpetual) else (asset, FUTURE, expiry, 0.0)


def _gained(position, mark: float) -> float:
    """Unrealised profit and accrued funding of a linear position."""
    unrealised = position.unrealised or 0.0
    if position.entry_price is not None:
        unrealised = position.size * (mark - position.entry_price)
    return unrealised + getattr(position, "funding", 0.0)


def _name(contract: tuple, symbols: list[str], labels: Mapping[tuple[int, int], str]) -> str:
    asset, kind, expiry, strike = contract
    if kind == PERPETUAL:
        return f"{symbols[asset]} perpetual"
    dated = f"{symbols[asset]} {labels[asset, expiry]}"
    if kind == FUTURE:
        return f"{dated} future"
    return f"{dated} {strike:,.10g} {'call' if kind == CALL else 'put'}"
