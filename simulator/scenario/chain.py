"""[chain]: block time, block space and its background demand."""

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from simulator.scenario.section import Section


class BackgroundDemand(Section):
    """Other users of the chain.

    `gas_price_gwei` rows are [hour from start, 30 %, 60 % and 90 % quantile of bids]; `file` (CSV with columns
    timestamp_utc, gas_gwei_p30, gas_gwei_p60, gas_gwei_p90) replaces them. Without either there are no other users.
    `load` is the gas they want per block, as a multiple of the block gas limit; `jitter` the log-standard deviation of
    that from block to block; `patience_seconds` the mean time after which a bid that waits is withdrawn.
    """

    source: str = ""
    load: float = Field(1.0, ge=0)
    jitter: float = Field(0.2, ge=0, le=2)
    patience_seconds: float = Field(180.0, ge=0)
    gas_price_gwei: list[tuple[float, float, float, float]] = []
    file: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for row in self.gas_price_gwei:
            if not 0 < row[1] <= row[2] <= row[3]:
                raise ValueError(
                    f"gas_price_gwei: quantiles of hour {row[0]:g} must be positive and not fall: {row[1:]}"
                )
        for before, after in pairwise(self.gas_price_gwei):
            if after[0] <= before[0]:
                raise ValueError(f"gas_price_gwei: hours must rise, got {after[0]:g} after {before[0]:g}")
        return self


Tactic = Literal["fixed", "percentile", "escalating"]


class Bidding(Section):
    """How agents that need block space choose their tips, within what a transaction is worth to them.

    `fixed` pays `fixed_tip_gwei`, whatever others pay; `percentile` the 10, 50 or 90 % quantile of the tips of the last
    20 blocks; `escalating` the going rate, and an eighth more each time it has to bid again. All bid again when their
    transaction is stuck. `private` names the agents that send to the builder alone, so that rivals do not see their
    bids.
    """

    oracle_keeper: Tactic = "escalating"
    settlement_keeper: Tactic = "escalating"
    patient_liquidator: Tactic = "escalating"
    aggressive_liquidator: Tactic = "escalating"
    fixed_tip_gwei: float = Field(2.0, ge=0)
    percentile: int = 50
    private: list[Literal["oracle_keeper", "settlement_keeper", "patient_liquidator", "aggressive_liquidator"]] = []

    @field_validator("percentile")
    @classmethod
    def _known(cls, level: int) -> int:
        if level not in (10, 50, 90):
            raise ValueError(f"must be 10, 50 or 90, not {level}")
        return level


class ChainSection(Section):
    """The chain the protocol lives on.

    `mempool_expiry_blocks` : blocks after which a transaction that still waits is dropped.
    """

    block_seconds: int = Field(12, gt=0)
    blocks: int = Field(7200, gt=0)
    block_gas_limit: int = Field(30_000_000, gt=0)
    initial_base_fee_gwei: float = Field(10.0, gt=0)
    mempool_expiry_blocks: int = Field(300, gt=0)
    bidding: Bidding = Bidding()
    background: BackgroundDemand = BackgroundDemand()
