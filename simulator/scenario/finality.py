"""[finality]: when a settlement is irrevocable."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from simulator.scenario.section import Section

SLOT_SECONDS = 12
"""An Ethereum slot (consensus specification, SECONDS_PER_SLOT)."""


class ProofOfStake(Section):
    """Ethereum: 12 s slots, 32 to an epoch, final when the next checkpoint is justified.

    `first_slot` is the slot of block 0, so that a run can start anywhere within an epoch. `participation` has rows
    [hour from block 0, share of the stake that votes from then on]: below two thirds nothing becomes final.
    """

    model: Literal["proof_of_stake"] = "proof_of_stake"
    slots_per_epoch: int = Field(32, gt=1)
    first_slot: int = Field(0, ge=0)
    participation: list[tuple[float, float]] = []

    @field_validator("participation")
    @classmethod
    def _steps(cls, rows: list[tuple[float, float]]) -> list[tuple[float, float]]:
        if rows and rows[0][0] != 0:
            raise ValueError(f"the first row must be at hour 0, got {rows[0][0]:g}")
        for before, after in pairwise(rows):
            if after[0] <= before[0]:
                raise ValueError(f"hours must rise, got {after[0]:g} after {before[0]:g}")
        for hour, share in rows:
            if not 0 <= share <= 1:
                raise ValueError(f"the share at hour {hour:g} must lie between 0 and 1, got {share:g}")
        return rows

    @property
    def by_epoch(self) -> tuple[tuple[int, float], ...]:
        """(epoch, share) rows, epochs as the model counts them; the last row of an epoch counts."""
        slots_per_hour = 3600 / SLOT_SECONDS
        rows = {
            int((hour * slots_per_hour + self.first_slot) // self.slots_per_epoch) if hour else 0: share
            for hour, share in self.participation
        }
        return tuple(rows.items())


class ProofOfWork(Section):
    """Exact double-spend race (Rosenfeld 2012): safe and final by reversal probability."""

    model: Literal["proof_of_work"]
    attacker_share: float = Field(0.1, gt=0, lt=0.5)
    safe_probability: float = Field(1e-2, gt=0, lt=1)
    final_probability: float = Field(1e-4, gt=0, lt=1)

    @model_validator(mode="after")
    def _final_is_stricter(self) -> "ProofOfWork":
        if self.final_probability > self.safe_probability:
            raise ValueError(
                f"final_probability {self.final_probability} is above safe_probability {self.safe_probability}; "
                "final must be at least as unlikely to be reversed as safe"
            )
        return self


class OptimisticRollup(Section):
    """A rollup on Ethereum: safe when a batch with the block is on L1, final when that L1 block is.

    `blocks_per_slot` is 12 s over `chain.block_seconds`. A batch must reach L1 within the OP Stack's sequencing window
    of 3,600 L1 blocks, or the rollup goes on without it. `challenge_slots` delays withdrawals to L1, never finality:
    50,400 are the 7 days of the OP Stack; Arbitrum One has 45,818 (6.4 days).
    """

    model: Literal["optimistic_rollup"]
    blocks_per_slot: int = Field(1, gt=0)
    batch_slots: int = Field(50, gt=0, le=3600)
    challenge_slots: int = Field(50_400, ge=0)
    slots_per_epoch: int = Field(32, gt=1)
    first_slot: int = Field(0, ge=0)


class InstantBft(Section):
    """Byzantine agreement: a block is final once `delay_blocks` follow it, with 0 when it is included."""

    model: Literal["instant_bft"]
    delay_blocks: int = Field(0, ge=0, le=1000)


class Unsettled(Section):
    """No rule: nothing is ever final."""

    model: Literal["none"]


Finality = Annotated[
    ProofOfStake | ProofOfWork | OptimisticRollup | InstantBft | Unsettled, Field(discriminator="model")
]
