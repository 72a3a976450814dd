"""What the valuation of portfolios needs of each instrument, linear or inverse, in columns.

A linear contract is settled in the quote currency. An inverse one is settled in the coin it is written on: an option
pays its intrinsic value over the forward, in coins; a future or perpetual of one unit is one unit of quote currency,
worth -1 / forward coins (its cost, 1 / entry price, stands in the holder's coin balance). Values here are in the
currency that prices are stated in: an inverse contract's coins count at spot, a linear contract's quote currency at
`stable_price`.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from simulator.errors import DataError
from simulator.risk.inputs import require_finite, require_positive
from simulator.risk.pricing import YEAR_SECONDS
from simulator.risk.state import CALL, FUTURE, PERPETUAL, PUT, Instruments, MarketState
from simulator.risk.terms import is_option, terms_of


@dataclass(frozen=True, slots=True)
class Contracts:
    """Instruments with their market, one entry each: (n_instruments,).

    asset : index of the underlying, into `spot`
    kind : CALL, PUT, FUTURE or PERPETUAL of `state`
    forward, strike : quote currency; strikes of options above 0
    volatility, years, discount : annualised fraction, years to expiry, discount factor; 0, 0, 1 if linear or expired
    moves : False once the settlement price is fixed
    inverse : settled in the coin
    spot : (n_assets,), price of each underlying
    stable_price : price of the quote currency

    Raises DataError for values that no contract has: not finite, of other lengths, negative time or volatility, a
    forward, spot or option strike that is not above 0, an unknown asset.
    """

    asset: np.ndarray
    kind: np.ndarray
    forward: np.ndarray
    strike: np.ndarray
    volatility: np.ndarray
    years: np.ndarray
    discount: np.ndarray
    moves: np.ndarray
    inverse: np.ndarray
    spot: np.ndarray
    stable_price: float = 1.0

    def __post_init__(self):
        for name in ("asset", "kind"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=np.int64))
        for name in ("moves", "inverse"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=bool))
        for name in _NUMBERS:
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype=float))
        for name in _NUMBERS:
            if getattr(self, name).size:
                require_finite(getattr(self, name), f"contracts: {name}", 1)
        require_positive(self.stable_price, "stable price")
        lengths = {name: len(getattr(self, name)) for name in _COLUMNS}
        if len(set(lengths.values())) > 1:
            raise DataError(f"contracts: columns of different lengths {lengths}")
        self._require_ranges()

    def _require_ranges(self) -> None:
        if ((self.asset < 0) | (self.asset >= len(self.spot))).any():
            raise DataError(f"contracts: an asset outside 0 to {len(self.spot) - 1}, the assets with a spot price")
        for name, wrong in (
            ("kind", ~np.isin(self.kind, (CALL, PUT, FUTURE, PERPETUAL))),
            ("forward", self.forward <= 0),
            ("strike", self.option & (self.strike <= 0)),
            ("discount", self.discount <= 0),
            ("volatility", self.volatility < 0),
            ("years", self.years < 0),
        ):
            if wrong.any():
                i = int(np.flatnonzero(wrong)[0])
                raise DataError(f"contracts: {name} of instrument {i} is {getattr(self, name)[i]}")
        if (self.spot <= 0).any():
            raise DataError(f"contracts: a spot price of {self.spot.min()}; it must be above 0")

    def __len__(self) -> int:
        return len(self.asset)

    @property
    def option(self) -> np.ndarray:
        """(n_instruments,) bool."""
        return (self.kind == CALL) | (self.kind == PUT)

    @property
    def scale(self) -> np.ndarray:
        """(n_instruments,), what one unit of the linear contract's value counts here: 1, or spot over forward.

        Spot and forwards of an asset move by one factor, so the ratio holds in every scenario: an inverse option is
        worth the linear one times spot / forward.
        """
        return np.where(self.inverse, self.spot[self.asset] / self.forward, 1.0)

    def take(self, rows) -> "Contracts":
        """Some of the instruments, in the order of `rows`."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    def aged(self, years: float) -> "Contracts":
        """The contracts after some time, forwards and volatilities unchanged; expired ones are worth intrinsic.

        Raises
        ------
        DataError
            Negative time.
        """
        if not (np.isfinite(years) and years >= 0):
            raise DataError(f"{years} years: contracts age by a time that is finite and not negative")
        left = np.maximum(self.years - years, 0.0)
        share = np.divide(left, self.years, out=np.ones_like(left), where=self.years > 0)
        return replace(self, years=left, discount=self.discount**share)


_COLUMNS = tuple(f.name for f in fields(Contracts) if f.name not in ("spot", "stable_price"))
_NUMBERS = ("forward", "strike", "volatility", "years", "discount", "spot")


def contracts_of(instruments: Instruments, market: MarketState, inverse=None) -> Contracts:
    """Contracts in a market, priced as the margin rules price them.

    Parameters
    ----------
    instruments : Instruments
    market : MarketState
    inverse : (n_instruments,) bool, optional
        Which are settled in the coin; none if left out.

    Raises
    ------
    DataError
        An expiry ahead that the market has no forward for; or as `Contracts`.
    """
    terms = terms_of(instruments, market)
    n = len(instruments.kind)
    return Contracts(
        asset=instruments.underlying,
        kind=instruments.kind,
        forward=terms.forward,
        strike=np.where(is_option(instruments), instruments.strike, 0.0),
        volatility=terms.volatility,
        years=terms.seconds / YEAR_SECONDS,
        discount=terms.discount,
        moves=~terms.settled,
        inverse=np.zeros(n, dtype=bool) if inverse is None else inverse,
        spot=market.spot,
        stable_price=market.stable_price,
    )
