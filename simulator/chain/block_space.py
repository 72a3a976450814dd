"""Block space: bids in, executed blocks out. Ties mempool, background demand, builder, base fee and chain together."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from simulator.chain.background import background
from simulator.chain.builder import build
from simulator.chain.fee_market import GWEI, next_base_fee
from simulator.chain.gas_schedule import GasSchedule
from simulator.chain.mempool import Mempool, PendingTransaction
from simulator.chain.protocol import Block, Chain, Transaction
from simulator.scenario.chain import ChainSection

# Blocks whose tips a fee view looks back on, as wallets do with eth_feeHistory.
_TIP_WINDOW = 20


@dataclass(frozen=True, slots=True)
class ProducedBlock:
    """A block and what it cost. Gas is scheduled gas, fees are wei per gas.

    included : aligned with `block.receipts`.
    gas_used : ours and the background's.
    waiting : our transactions left in the mempool.
    """

    block: Block
    included: tuple[PendingTransaction, ...]
    base_fee: int
    gas_used: int
    background_gas: int
    waiting: int


@dataclass(frozen=True, slots=True)
class FeeView:
    """What a wallet knows when it bids; wei per gas.

    base_fee : of the next block.
    clearing_price : base fee and tip that would have found room in the last block against background demand; its base
        fee if it was not full.
    tips : 10 %, 50 % and 90 % quantile of the tips our transactions of the last 20 blocks paid; zero without any.
    """

    base_fee: int
    clearing_price: int
    tips: tuple[int, int, int]


class BlockSpace:
    """Produces blocks on `chain` from what was submitted.

    Parameters
    ----------
    chain : executes the blocks.
    config : gas limit, first base fee and background demand.
    rng : source of the background's jitter.
    start_timestamp : hour 0 of the background's gas prices, UTC seconds.
    schedule : gas by label; the packaged schedule by default.
    """

    def __init__(
        self,
        chain: Chain,
        config: ChainSection,
        *,
        rng: np.random.Generator,
        start_timestamp: int,
        schedule: GasSchedule | None = None,
    ):
        self._chain = chain
        self._gas_limit = config.block_gas_limit
        self._schedule = schedule or GasSchedule.load()
        self._mempool = Mempool()
        self._background = background(
            config.background,
            start_timestamp=start_timestamp,
            block_seconds=config.block_seconds,
            gas_limit=config.block_gas_limit,
            rng=rng,
        )
        self._base_fee = round(config.initial_base_fee_gwei * GWEI)
        self._clearing_price = self._base_fee
        self._tips: deque[list[int]] = deque(maxlen=_TIP_WINDOW)
        self._fee_view = self._look_back()

    @property
    def base_fee(self) -> int:
        """Base fee of the next block, wei."""
        return self._base_fee

    @property
    def waiting(self) -> int:
        """Transactions in the mempool."""
        return len(self._mempool)

    def submit(self, transaction: Transaction, max_fee: int, tip: int, label: str) -> PendingTransaction:
        """Put a transaction into the mempool. `label` finds its gas in the schedule, as in `ClearingHouse.deposit`."""
        gas = self._schedule.gas(label, transaction.data)
        return self._mempool.submit(transaction, max_fee, tip, label=label, gas=gas, block=self._chain.head)

    def produce(self, timestamp: int) -> ProducedBlock:
        """Build and execute the next block at `timestamp` (UTC seconds), and move the base fee."""
        base_fee, limit = self._base_fee, self._gas_limit
        crowd = self._background
        crowd.arrive(timestamp)
        included = build(self._mempool, base_fee, limit, crowd.above) if len(self._mempool) else []
        block = self._chain.mine([pending.transaction for pending in included], timestamp)
        self._mempool.remove(included)

        ours = sum(pending.gas for pending in included)
        room = limit - ours
        background_gas = min(crowd.above(base_fee), room)
        self._clearing_price = max(base_fee, crowd.price_for(room))
        crowd.serve(background_gas)

        gas_used = ours + background_gas
        self._base_fee = next_base_fee(base_fee, gas_used, limit)
        self._tips.append([pending.effective_tip(base_fee) for pending in included])
        self._fee_view = self._look_back()
        return ProducedBlock(block, tuple(included), base_fee, gas_used, background_gas, len(self._mempool))

    def fee_view(self) -> FeeView:
        """What a wallet knows now."""
        return self._fee_view

    def _look_back(self) -> FeeView:
        tips = sorted(tip for block in self._tips for tip in block)
        quantiles = tuple(tips[(len(tips) - 1) * level // 10] if tips else 0 for level in (1, 5, 9))
        return FeeView(self._base_fee, self._clearing_price, quantiles)
