"""[protocol], [liquidation], [fund]: the collateral protocol under test."""

from typing import Literal, Self

from pydantic import Field, model_validator

from simulator.scenario.section import Section


class TailTerms(Section):
    """The tail that `parametric` and `expected-shortfall` require: `measure` es or var at `level`.

    `maintenance_level` is `level` unless given. `parametric` alone: `freedom` of Student's t (Gaussian without), and
    whether gamma counts (`curvature`).
    """

    measure: Literal["es", "var"] = "es"
    level: float = Field(0.99, ge=0.5, lt=1)
    maintenance_level: float | None = Field(None, ge=0.5, lt=1)
    freedom: float | None = Field(None, gt=2)
    curvature: bool = True


class Protocol(Section):
    """Margin rule and its static factors; `max_funding_rate` caps perpetual funding per 8 hours."""

    rule: Literal["scenario", "isolated", "parametric", "expected-shortfall"] = "scenario"
    tail: TailTerms = TailTerms()
    max_positions: int = Field(128, ge=1, le=128)
    quote_decimals: int = Field(6, ge=0, le=18)
    initial_factor: float = Field(1.25, ge=1)
    maintenance_factor: float = Field(1.0, gt=0)
    max_funding_rate: float = Field(0.0075, ge=0, le=1)

    @model_validator(mode="after")
    def _levels_suit_the_rule(self) -> Self:
        tail = self.tail
        maintenance = tail.level if tail.maintenance_level is None else tail.maintenance_level
        if maintenance > tail.level:
            raise ValueError(f"tail.maintenance_level = {maintenance} must not be above tail.level = {tail.level}")
        if self.rule == "parametric" and maintenance < 0.96:
            raise ValueError(f"rule 'parametric' needs levels of 0.96 or more, tail has {maintenance}")
        return self


class Liquidation(Section):
    """How an account below maintenance margin is closed out.

    `fixed`: a slice up to `close_factor` (all of it once equity is below `full_close_threshold` of the maintenance
    requirement) at `discount` of that requirement. `dutch`: the discount on equity runs from `start_discount` to
    `knee_discount` in `knee_seconds`, then to 1 at `auction_seconds`; after that, or without equity, the fund pays a
    rising part of the maintenance requirement over `insolvent_seconds`; a bid may restore `buffer` of the requirement.
    `english`: rising bids, each `min_increment` above the last, for one lot after another, of `lot` (quote units) of
    maintenance requirement each; a bid wins once it has stood for `bid_seconds`, or at `auction_seconds`.
    `fund_fee` is the penalty to the insurance fund, a share of the maintenance requirement closed out.
    """

    mechanism: Literal["fixed", "dutch", "english"] = "dutch"
    discount: float = Field(0.1, ge=0, lt=1)
    close_factor: float = Field(0.5, gt=0, le=1)
    full_close_threshold: float = Field(0.25, ge=0)
    start_discount: float = Field(0.05, ge=0, le=1)
    knee_discount: float = Field(0.3, ge=0, le=1)
    knee_seconds: int = Field(600, gt=0)
    auction_seconds: int = Field(3600, gt=0)
    insolvent_seconds: int = Field(1800, gt=0)
    buffer: float = Field(0.25, ge=0, le=1)
    lot: float = Field(10_000.0, gt=0, le=1e15)
    min_increment: float = Field(0.03, ge=0, le=1)
    bid_seconds: int = Field(600, gt=0)
    fund_fee: float = Field(0.02, ge=0, lt=1)

    @model_validator(mode="after")
    def _ordered(self) -> "Liquidation":
        if self.start_discount > self.knee_discount:
            raise ValueError("start_discount must not be above knee_discount")
        if self.mechanism == "english":
            if self.bid_seconds > self.auction_seconds:
                raise ValueError(
                    f"bid_seconds = {self.bid_seconds} must not be above auction_seconds = {self.auction_seconds}"
                )
        elif self.knee_seconds >= self.auction_seconds:
            raise ValueError("knee_seconds must be below auction_seconds")
        return self


class Fund(Section):
    """The insurance fund at the start, in quote units, and the notice a depositor gives to leave."""

    initial: float = Field(250_000.0, ge=0)
    notice_seconds: int = Field(86_400, ge=0)
