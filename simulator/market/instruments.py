"""What is listed: the registry of a scenario, in the order the contracts list it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from simulator.scenario import Scenario
from simulator.scenario.market import Asset, HistoricalPath


class Kind(IntEnum):
    """Contract kinds, numbered as in contracts/interfaces/Types.sol."""

    CALL = 0
    PUT = 1
    FUTURE = 2
    PERPETUAL = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """One instrument. `asset` is its number in the scenario; `expiry` UTC seconds, 0 for perpetuals; `strike` 0 for
    futures and perpetuals; `lot` and `tick` the smallest size and price steps."""

    asset: int
    kind: Kind
    expiry: int
    strike: float
    name: str
    lot: float
    tick: float


def listed(scenario: Scenario) -> list[Listed]:
    """All instruments: by asset, the perpetual, futures by expiry, then options by expiry, strike, call before put."""
    instruments = []
    for number, asset in enumerate(scenario.market.assets):
        listing, symbol = asset.listing, asset.symbol
        if listing.perpetual:
            instruments.append(Listed(number, Kind.PERPETUAL, 0, 0.0, f"{symbol}-PERP", listing.lot, listing.tick))
        for expiry in sorted(set(listing.futures)):
            name = f"{symbol}-{_day(expiry)}"
            seconds = int(expiry.timestamp())
            instruments.append(Listed(number, Kind.FUTURE, seconds, 0.0, name, listing.lot, listing.tick))
        for expiry in sorted(set(listing.options)):
            for strike in strikes(asset, scenario):
                for kind in (Kind.CALL, Kind.PUT):
                    name = f"{symbol}-{_day(expiry)}-{strike:.10g}-{kind.name[0]}"
                    seconds = int(expiry.timestamp())
                    instruments.append(Listed(number, kind, seconds, strike, name, listing.lot, listing.option_tick))
    return instruments


def strikes(asset: Asset, scenario: Scenario) -> list[float]:
    """Strikes of `asset`, rising: moneyness times the first price, at the nearest step, at least one step."""
    first, step = _first_price(asset, scenario), asset.listing.strike_step
    return sorted({round(max(round(ratio * first / step), 1) * step, 10) for ratio in asset.listing.moneyness})


def _first_price(asset: Asset, scenario: Scenario) -> float:
    """Opening price of the bar that holds the start, or the initial price of a process."""
    if isinstance(asset.path, HistoricalPath):
        return max((bar for bar in asset.path.bars if bar[0] <= scenario.market.start), key=lambda bar: bar[0])[1]
    return asset.path.initial


def _day(expiry: datetime) -> str:
    """As venues write it: 27MAR20."""
    return f"{expiry.day}{expiry:%b%y}".upper()
