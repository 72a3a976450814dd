"""What the oracle has in force on chain, from its events: the prices every margin check reads."""

from typing import ClassVar

import numpy as np

from simulator.chain.events import Event
from simulator.protocol.risk_model import RiskModelIndex
from simulator.risk.state import RISK_COLUMNS, MarketState

WAD = 1e18


class PriceIndex:
    """Prices, smiles and risk parameters in force, in floats. `version` rises with every change."""

    REVERSIBLE: ClassVar[tuple[str, ...]] = (
        "spot",
        "perpetual",
        "confidence",
        "spot_time",
        "_basis",
        "_rate",
        "_expiry_confidence",
        "_smile",
        "published_risk",
        "_defaults",
        "_published_at",
        "_max_age",
        "_settlement",
        "settlement",
        "_risk_model",
    )
    """What a reorganisation takes back. `version` rises on, so that nobody keeps what was computed before."""

    def __init__(self, n_assets: int, expiries: list[tuple[int, int]]):
        """`expiries`: (underlying, expiry) of every listed dated instrument."""
        points = sorted(set(expiries))
        self._row = {point: row for row, point in enumerate(points)}
        n = len(points)
        self.version = 0
        self.spot = np.zeros(n_assets)
        self.perpetual = np.zeros(n_assets)
        self.confidence = np.zeros(n_assets)
        self.spot_time = np.zeros(n_assets, dtype=np.int64)
        self._expiry_underlying = np.array([asset for asset, _ in points], dtype=np.int64)
        self._expiry = np.array([float(expiry) for _, expiry in points])
        self._basis = np.ones(n)
        self._rate = np.zeros(n)
        self._expiry_confidence = np.zeros(n)
        self._smile = np.zeros((n, 7))
        self.published_risk = np.zeros((n_assets, len(RISK_COLUMNS)))
        self._defaults = np.zeros((n_assets, len(RISK_COLUMNS)))
        self._published_at = np.zeros(n_assets)
        self._max_age = np.zeros(n_assets)
        self._settlement = np.full(n, np.nan)
        self.settlement: dict[tuple[int, int], float] = {}
        self._risk_model = RiskModelIndex()

    def known(self, asset: int) -> bool:
        """Whether a spot of the asset is in force."""
        return bool(self.spot[asset] > 0)

    def apply(self, event: Event) -> None:
        """Apply one event of the price oracle, of the risk parameters or of the rule's own risk model.

        A value withdrawn for want of observations (timestamp 0) keeps its last figure here; the contracts refuse to
        read it until it is back.
        """
        handler = _HANDLERS.get(event.name)
        if handler is not None and getattr(event.args, "timestamp", 1):
            handler(self, event.args)
            self.version += 1
        elif handler is None and self._risk_model.apply(event):
            self.version += 1

    def _spot_in_force(self, e) -> None:
        self.spot[e.underlying] = e.spot / WAD
        self.perpetual[e.underlying] = e.perpetual / WAD
        self.confidence[e.underlying] = e.confidence / WAD
        self.spot_time[e.underlying] = e.timestamp

    def _expiry_in_force(self, e) -> None:
        row = self._row.get((e.underlying, e.expiry))
        if row is not None:
            self._basis[row] = e.forwardBasis / WAD
            self._rate[row] = e.rate / WAD
            self._expiry_confidence[row] = e.confidence / WAD
            self._smile[row] = np.array(e.smile, dtype=float) / WAD

    def _settlement_fixed(self, e) -> None:
        self.settlement[e.underlying, e.expiry] = e.price / WAD
        row = self._row.get((e.underlying, e.expiry))
        if row is not None:
            self._settlement[row] = e.price / WAD

    def _defaults_set(self, e) -> None:
        floor, cap = np.array(e.floor, dtype=float) / WAD, np.array(e.cap, dtype=float) / WAD
        self._defaults[e.underlying] = np.array(e.defaults, dtype=float) / WAD
        last = self.published_risk[e.underlying]
        self.published_risk[e.underlying] = np.clip(last, floor, cap) if last.any() else self._defaults[e.underlying]
        self._max_age[e.underlying] = e.maxAge

    def _risk_set_published(self, e) -> None:
        self.published_risk[e.underlying] = np.array(e.values, dtype=float) / WAD
        self._published_at[e.underlying] = e.timestamp

    def risk(self, now: int) -> np.ndarray:
        """Risk parameters in force, the stale ones replaced by the more conservative of last and default.

        Returns (n_assets, 6), columns RISK_COLUMNS.
        """
        stale = now > self._published_at + self._max_age
        return np.where(stale[:, None], np.maximum(self.published_risk, self._defaults), self.published_risk)

    def spot_shock(self, asset: int) -> float:
        """The spot shock last published."""
        return float(self.published_risk[asset, 0])

    def market_state(self, now: int) -> MarketState:
        """Everything in force, valued at `now` (UTC seconds)."""
        return MarketState(
            timestamp=float(now),
            spot=self.spot.copy(),
            perpetual=self.perpetual.copy(),
            confidence=self.confidence.copy(),
            expiry_underlying=self._expiry_underlying,
            expiry=self._expiry,
            forward=self._basis * self.spot[self._expiry_underlying],
            rate=self._rate.copy(),
            expiry_confidence=self._expiry_confidence.copy(),
            smile=self._smile.copy(),
            risk=self.risk(now),
            settlement=self._settlement.copy(),
            covariance=self._risk_model.covariance(now),
            shocks=self._risk_model.shocks,
            shocks_fresh=self._risk_model.shocks_fresh(now),
        )


_HANDLERS = {
    "SpotInForce": PriceIndex._spot_in_force,
    "ExpiryInForce": PriceIndex._expiry_in_force,
    "SettlementPriceFixed": PriceIndex._settlement_fixed,
    "DefaultsSet": PriceIndex._defaults_set,
    "RiskSetPublished": PriceIndex._risk_set_published,
}
