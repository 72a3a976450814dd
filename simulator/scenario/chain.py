"""[chain]: block time, block space and its background demand."""

from pydantic import Field

from simulator.scenario.section import Section


class BackgroundDemand(Section):
    """Other users of the chain. `gas_price_gwei` rows are [hour from start, 30 %, 60 % and 90 % quantile of bids].

    `load` is the gas they want per block, as a multiple of the block gas limit.
    """

    source: str = ""
    load: float = Field(1.0, ge=0)
    gas_price_gwei: list[tuple[float, float, float, float]] = []
    file: str | None = None


class ChainSection(Section):
    """The chain the protocol lives on."""

    block_seconds: int = Field(12, gt=0)
    blocks: int = Field(7200, gt=0)
    block_gas_limit: int = Field(30_000_000, gt=0)
    initial_base_fee_gwei: float = Field(10.0, gt=0)
    background: BackgroundDemand = BackgroundDemand()
