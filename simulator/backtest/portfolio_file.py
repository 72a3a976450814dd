"""A portfolio file as a shape: what it holds in proportion, at the moneyness and time to expiry that it has there."""

from collections.abc import Sequence
from pathlib import Path

from simulator.backtest.portfolios import Kind, Leg, Portfolio
from simulator.errors import DataError
from simulator.portfolio import schema
from simulator.portfolio.load import load

_DAY_SECONDS = 86_400
_OPTIONS = {"call": Kind.CALL, "put": Kind.PUT}


def read_portfolio(path: Path, assets: Sequence[str]) -> Portfolio:
    """The shape of the portfolio in a JSON file.

    Amounts are shares of its gross notional. Futures are held as perpetuals, as the prices have no forwards. Collateral
    that offsets an underlying, or is named as one, is held as that coin; other collateral and cash do not move.

    Raises
    ------
    DataError
        One line: a file that is no portfolio, positions in what has no prices, risk arrays, nothing that moves.
    """
    held = load(path)
    legs = [
        *(_position(path, number, each, held, assets) for number, each in enumerate(held.positions)),
        *_coins(held, assets),
    ]
    gross = sum(abs(leg.amount) for leg in legs)
    if gross == 0:
        raise DataError(f"{path}: holds nothing that moves with {' or '.join(assets)}; give it a position")
    shares = tuple(Leg(leg.asset, leg.kind, leg.amount / gross, leg.moneyness, leg.tenor_days) for leg in legs)
    return Portfolio(held.title or Path(path).stem, shares)


def _position(path: Path, number: int, position: object, held: schema.Portfolio, assets: Sequence[str]) -> Leg:
    if isinstance(position, schema.RiskArray):
        raise DataError(f"{path}: positions[{number}]: a risk array has no past; give positions with prices")
    if position.underlying not in assets:
        raise DataError(
            f"{path}: positions[{number}]: no prices of {position.underlying}; "
            f"give --prices {position.underlying}=FILE (there are: {', '.join(assets)})"
        )
    asset, market = assets.index(position.underlying), held.underlyings[position.underlying]
    amount = position.size * market.spot
    if not isinstance(position, schema.Option):
        return Leg(asset, Kind.PERPETUAL, amount)
    expiry = market.expiries[position.expiry]
    seconds = expiry.seconds if expiry.time is None else expiry.time - held.time
    return Leg(asset, _OPTIONS[position.kind], amount, position.strike / expiry.forward, seconds / _DAY_SECONDS)


def _coins(held: schema.Portfolio, assets: Sequence[str]) -> list[Leg]:
    return [
        Leg(assets.index(name), Kind.COIN, each.amount * each.price)
        for each in held.collateral
        if (name := each.offsets or each.name) in assets
    ]
