"""A market that halves within minutes, for runs in which everything the protocol can do happens soon."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from simulator.chain.backends import connect
from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp
from simulator.scenario import Scenario
from simulator.scenario.load import load

BLOCKS = 120
EXPIRY, EXPIRY_BLOCK = "2024-01-15T00:15:00Z", 75
"""When the first options expire, after the worst."""
LEVELS = (2500, 2500, 2480, 2490, 2450, 2300, 2050, 1800, 1500, 1300, 1250, 1400, 1500, 1450, 1480, 1500)
"""Price at the minutes from the start; it stays at the last one."""

HASTE = (
    "seed=2",
    "agents.leveraged_long.count=16", "agents.leveraged_long.wake_seconds=40", "agents.leveraged_long.leverage_low=4",
    "agents.leveraged_long.leverage_high=7", "agents.trend_follower.wake_seconds=60",
    "agents.trend_follower.lookback_seconds=120", "agents.noise_trader.wake_seconds=40",
    "agents.option_writer.count=6", "agents.option_writer.wake_seconds=40", "agents.hedger.wake_seconds=60",
    "agents.borrower.wake_seconds=30", "agents.borrower.loan_to_value=0.75", "agents.backstop.wake_seconds=60",
    "agents.aggressive_liquidator.count=3", "agents.aggressive_liquidator.wealth_median=3e6",
    "agents.patient_liquidator.wealth_median=3e6", "liquidation.knee_seconds=60", "liquidation.auction_seconds=240",
    "liquidation.insolvent_seconds=240",
)  # fmt: skip
"""Everybody acts every few blocks and takes the risk that the margin rule allows; auctions are short. With this seed
many accounts lose more than they have."""

POOR_FUND = ("fund.initial=10", "agents.backstop.wealth_median=10", "liquidation.fund_fee=0.002")
"""A fund that the first bad debts exhaust, so that losses are socialised."""


EXPIRY_BLOCKS = 8
CONGESTED = (
    "chain.background.load=1.5", "chain.background.gas_price_gwei=[[0, 20, 25, 40], [0.1, 60, 80, 140]]",
    "chain.initial_base_fee_gwei=4", f"chain.mempool_expiry_blocks={EXPIRY_BLOCKS}",
    "agents.oracle_keeper.fee_cap_gwei=60",
)  # fmt: skip
"""Others fill the blocks and bid more from the crash on; a mempool forgets soon, and keepers are priced out."""

STORM = (
    'reorgs.sources=[{source="late_blocks",probability=0.1},{source="deep_fork",probability=0.04,depth=5}]',
    "reorgs.max_depth=8",
)
"""Reorganisations of one block, and now and then of five."""


def crash(*overrides: str, blocks: int = BLOCKS) -> Scenario:
    """The scenario `quiet` with such a market and hasty agents; later overrides win."""
    calm = load("quiet")
    bars = []
    for minute in range(blocks * calm.chain.block_seconds // 60 + 1):
        time, open_, close = calm.market.start + timedelta(minutes=minute), _level(minute), _level(minute + 1)
        bars.append(f"[{time:%Y-%m-%dT%H:%M:%SZ}, {open_}, {max(open_, close)}, {min(open_, close)}, {close}]")
    market = (
        f"chain.blocks={blocks}",
        f'market.assets.ETH.path={{process = "historical", bar_seconds = 60, bars = [{", ".join(bars)}]}}',
        f"market.assets.ETH.listing.options=[{EXPIRY}, 2024-01-26T08:00:00Z]",
    )
    return load("quiet", [*market, *HASTE, *overrides])


def _level(minute: int) -> float:
    return float(LEVELS[min(minute, len(LEVELS) - 1)])


@contextmanager
def simulated(scenario: Scenario, chain: str = "embedded") -> Iterator[ProtocolModel]:
    """A model of the scenario before its first block."""
    backend = connect(chain, genesis_timestamp=genesis_timestamp(scenario))
    try:
        yield ProtocolModel(scenario, backend)
    finally:
        backend.close()
