"""[finality]: when a settlement is irrevocable."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulator.scenario.section import Section


class ProofOfStake(Section):
    """Ethereum: 12 s slots, 32 to an epoch, final when the next checkpoint is justified.

    `first_slot` is the slot of block 0, so that a run can start anywhere within an epoch.
    """

    model: Literal["proof_of_stake"] = "proof_of_stake"
    slots_per_epoch: int = Field(32, gt=1)
    first_slot: int = Field(0, ge=0)


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


Finality = Annotated[ProofOfStake | ProofOfWork | OptimisticRollup | InstantBft, Field(discriminator="model")]
