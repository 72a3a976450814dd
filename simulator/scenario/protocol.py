"""[protocol], [liquidation], [fund]: the collateral protocol under test."""

from typing import Literal

from pydantic import Field

from simulator.scenario.section import Section


class Protocol(Section):
    """Margin rule and its static factors."""

    rule: Literal["scenario", "isolated"] = "scenario"
    max_positions: int = Field(128, ge=1, le=128)
    quote_decimals: int = Field(6, ge=0, le=18)
    initial_factor: float = Field(1.25, ge=1)
    maintenance_factor: float = Field(1.0, gt=0)


class Liquidation(Section):
    """How an account below maintenance margin is closed out."""

    mechanism: Literal["fixed", "dutch"] = "dutch"
    discount: float = Field(0.05, ge=0, lt=1)
    close_factor: float = Field(0.5, gt=0, le=1)
    full_close_threshold: float = Field(0.0, ge=0)
    auction_seconds: int = Field(900, gt=0)
    insolvent_seconds: int = Field(900, gt=0)
    max_discount: float = Field(0.3, gt=0, le=1)
    fund_fee: float = Field(0.02, ge=0, lt=1)


class Fund(Section):
    """The insurance fund at the start, in quote units, and the notice a depositor gives to leave."""

    initial: float = Field(250_000.0, ge=0)
    notice_seconds: int = Field(86_400, ge=0)
