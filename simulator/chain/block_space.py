"""Block space: bids in, executed blocks out. Ties mempool, background demand, builder, base fee and chain together."""

from collections import deque
from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np

from simulator.chain.background import background
from simulator.chain.builder import build
from simulator.chain.fee_market import GWEI, next_base_fee
from simulator.chain.gas_schedule import GasSchedule
from simulator.chain.mempool import Mempool, PendingTransaction
from simulator.chain.protocol import EVM_BLOCK_GAS_LIMIT, REVERTIBLE_BLOCKS, Block, Chain, Transaction
from simulator.errors import ScenarioError
from simulator.scenario.chain import ChainSection

# Blocks whose tips a fee view looks back on, as wallets do with eth_feeHistory.
_TIP_WINDOW = 20

# Background gas of a block is sampled at the middle of each tenth of it, from the highest tip.
_TENTHS = tuple((2 * n + 1) / 20 for n in range(10))

# Gas of the smallest transaction. Source: yellow paper, appendix G, G_transaction.
_LEAST_GAS_LIMIT = 21_000

# As high as the background's bids go.
_HIGHEST_BASE_FEE_GWEI = 1e6

# (tip, gas) of the transactions of one block.
Tips = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ProducedBlock:
    """A block and what it cost. Gas is scheduled gas, fees are wei per gas.

    included : aligned with `block.receipts`.
    gas_used : ours, with what failed at the price of a failure, and the background's.
    waiting : our transactions left in the mempool.
    expired : our transactions that left the mempool before this block, by arrival: those that waited too long, and
        what their senders had waiting after them.
    replaced : our bids since the block before that gave way to higher ones for the same transaction, in that order.
    """

    block: Block
    included: tuple[PendingTransaction, ...]
    base_fee: int
    gas_used: int
    background_gas: int
    waiting: int
    expired: tuple[PendingTransaction, ...] = ()
    replaced: tuple[PendingTransaction, ...] = ()


@dataclass(frozen=True)
class FeeView:
    """What a wallet knows when it bids; wei per gas.

    base_fee : of the next block.
    clearing_price : base fee and tip that would have found room in the last block against background demand; its base
        fee if it was not full.
    paid : tips of the last 20 blocks.
    """

    base_fee: int
    clearing_price: int
    paid: tuple[Tips, ...]

    @cached_property
    def tips(self) -> tuple[int, int, int]:
        """10 %, 50 % and 90 % quantile, by gas, of the tips paid; zero without any."""
        return _quantiles(sorted(paid for block in self.paid for paid in block))


@dataclass(frozen=True, slots=True)
class _Parent:
    """The fee market before a block; `backlog` is the background's."""

    base_fee: int
    clearing_price: int
    backlog: Any


class BlockSpace:
    """Produces blocks on `chain` from what was submitted.

    Parameters
    ----------
    chain : executes the blocks.
    config : gas limit, first base fee, mempool and background demand.
    rng : source of the background's jitter.
    start_timestamp : hour 0 of the background's gas prices, UTC seconds.
    schedule : gas by label; the packaged schedule by default.

    Raises
    ------
    ScenarioError : blocks that hold no transaction at all, or more than the EVM's, or a first base fee beyond all bids.
    DataError : the background's file cannot be used.

    Attributes
    ----------
    bidding : how agents bid for it, from `config`.
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
        _require_room(config)
        self.bidding = config.bidding
        self._chain = chain
        self._gas_limit = config.block_gas_limit
        self._expiry_blocks = config.mempool_expiry_blocks
        self._schedule = schedule or GasSchedule.load()
        self._mempool = Mempool()
        self._replaced: list[PendingTransaction] = []
        self._background = background(config, start_timestamp=start_timestamp, rng=rng)
        self._base_fee = round(config.initial_base_fee_gwei * GWEI)
        self._clearing_price = self._base_fee
        self._tips: deque[Tips] = deque(maxlen=_TIP_WINDOW + REVERTIBLE_BLOCKS)
        self._produced: deque[tuple[ProducedBlock, _Parent]] = deque(maxlen=REVERTIBLE_BLOCKS)
        self._fee_view: FeeView | None = None

    @property
    def base_fee(self) -> int:
        """Base fee of the next block, wei."""
        return self._base_fee

    @property
    def waiting(self) -> int:
        """Transactions in the mempool."""
        return len(self._mempool)

    def pending(self) -> list[PendingTransaction]:
        """What is in the mempool, by arrival."""
        return sorted(self._mempool, key=lambda pending: pending.arrival)

    def submit(
        self, transaction: Transaction, max_fee: int, tip: int, label: str, *, private: bool = False
    ) -> PendingTransaction:
        """Put a transaction into the mempool. `label` finds its gas in the schedule, as in `ClearingHouse.deposit`."""
        gas, head = self._schedule.gas(label, transaction.data), self._chain.head
        return self._mempool.submit(transaction, max_fee, tip, label=label, gas=gas, block=head, private=private)

    def replace(self, pending: PendingTransaction, max_fee: int, tip: int) -> PendingTransaction:
        """Bid anew for a waiting transaction. Raises UsageError unless both prices rise by 10 % or more."""
        raised = self._mempool.replace(pending, max_fee, tip)
        self._replaced.append(pending)
        return raised

    def produce(self, timestamp: int, unseen: Container[int] = ()) -> ProducedBlock:
        """Build and execute the next block at `timestamp` (UTC seconds), and move the base fee.

        `unseen` : arrivals of transactions that have not reached this builder.
        """
        base_fee, limit, crowd = self._base_fee, self._gas_limit, self._background
        parent = _Parent(base_fee, self._clearing_price, crowd.backlog)
        expired = tuple(self._mempool.expire(self._chain.head - self._expiry_blocks)) if len(self._mempool) else ()
        crowd.arrive(timestamp)
        included = build(self._mempool, base_fee, limit, crowd.above, unseen) if len(self._mempool) else []
        block = self._chain.mine([pending.transaction for pending in included], timestamp)
        self._mempool.remove(included)

        charged = [
            self._schedule.charge(pending.label, pending.transaction.data, receipt.succeeded)
            for pending, receipt in zip(included, block.receipts, strict=True)
        ]
        ours = sum(charged)
        room = limit - ours
        background_gas = min(crowd.above(base_fee), room)
        self._clearing_price = max(base_fee, crowd.price_for(room))
        tips = [(pending.effective_tip(base_fee), gas) for pending, gas in zip(included, charged, strict=True)]
        if background_gas:
            tenth = background_gas // len(_TENTHS)
            tips += [(max(0, crowd.price_for(int(at * background_gas)) - base_fee), tenth) for at in _TENTHS]
        crowd.serve(background_gas)

        gas_used = ours + background_gas
        self._base_fee = next_base_fee(base_fee, gas_used, limit)
        self._tips.append(tips)
        self._fee_view = None
        replaced, self._replaced = tuple(self._replaced), []
        waiting = len(self._mempool)
        produced = ProducedBlock(block, tuple(included), base_fee, gas_used, background_gas, waiting, expired, replaced)
        self._produced.append((produced, parent))
        return produced

    def reorg(self, depth: int) -> tuple[ProducedBlock, ...]:
        """Undo the newest `depth` blocks of the chain; returns those produced here, oldest first.

        Their transactions wait again, ahead of what their senders submitted since. Base fee, recent tips and the
        background's backlog are as they were; the other branch meets fresh background demand. What expired meanwhile
        stays away. Raises ChainError, and changes nothing, if the chain refuses.
        """
        self._chain.reorg(depth)
        undone: list[ProducedBlock] = []
        while self._produced and self._produced[-1][0].block.number > self._chain.head:
            produced, parent = self._produced.pop()
            undone.append(produced)
            self._tips.pop()
            self._base_fee, self._clearing_price = parent.base_fee, parent.clearing_price
            self._background.backlog = parent.backlog
        undone.reverse()
        self._mempool.restore(pending for produced in undone for pending in produced.included)
        self._fee_view = None
        return tuple(undone)

    def fee_view(self) -> FeeView:
        """What a wallet knows now."""
        if self._fee_view is None:
            recent = tuple(islice(reversed(self._tips), _TIP_WINDOW))
            self._fee_view = FeeView(self._base_fee, self._clearing_price, recent)
        return self._fee_view


def _require_room(config: ChainSection) -> None:
    if not _LEAST_GAS_LIMIT <= config.block_gas_limit <= EVM_BLOCK_GAS_LIMIT:
        raise ScenarioError(
            f"chain.block_gas_limit: must be from {_LEAST_GAS_LIMIT} (the smallest transaction) to "
            f"{EVM_BLOCK_GAS_LIMIT}, not {config.block_gas_limit}"
        )
    if config.initial_base_fee_gwei > _HIGHEST_BASE_FEE_GWEI:
        raise ScenarioError(
            f"chain.initial_base_fee_gwei: must be {_HIGHEST_BASE_FEE_GWEI:g} at most, not "
            f"{config.initial_base_fee_gwei:g}"
        )


def _quantiles(tips: Tips) -> tuple[int, int, int]:
    """The tips below or at which 10 %, 50 % and 90 % of the gas lie; `tips` ascend."""
    if not tips:
        return 0, 0, 0
    cumulative = np.cumsum([gas for _, gas in tips])
    places = np.searchsorted(cumulative, cumulative[-1] * np.array([0.1, 0.5, 0.9]))
    low, middle, high = (tips[place][0] for place in places)
    return low, middle, high
