"""Transactions a second: a bare pyrevm loop, the embedded chain and anvil over IPC, on the same calldata.

    python scripts/benchmarks/chain.py [--scenario black-thursday] [--blocks 300] [--no-anvil]

Two workloads: ERC-20 transfers, about the cheapest transaction there is, which show what the chain costs per
transaction; and a recorded stretch of a scenario, the protocol as it runs. The bare loop is the ceiling: it keeps no
receipts, logs or nonces. Loops alternate and the median of the rounds is shown, so that a busy machine slows them
alike; in-process loops are measured in processor time, anvil, which has its own process, in wall time.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
from pyrevm import BlockEnv

from simulator.chain.artifacts import load as load_artifact
from simulator.chain.backends import connect
from simulator.chain.block_space import BlockSpace
from simulator.chain.contract import Contract, deployment
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.fee_market import GWEI
from simulator.chain.keccak import checksum_address
from simulator.chain.protocol import Block, Chain, Transaction
from simulator.model import ProtocolModel
from simulator.model.genesis import genesis_timestamp
from simulator.scenario.chain import BackgroundDemand, ChainSection
from simulator.scenario.load import load as load_scenario

GENESIS = 1_583_971_188
USERS = [checksum_address(n.to_bytes(20, "big")) for n in range(1000, 1200)]
TRANSFERS = 20_000
PER_BLOCK = 50
ROUNDS = 5
REORG_DEPTH = 7

Blocks = list[tuple[int, Sequence[Transaction]]]


class Tape:
    """A chain that remembers what it mined."""

    def __init__(self, chain: Chain):
        self._chain = chain
        self.blocks: Blocks = []

    def __getattr__(self, name: str):
        return getattr(self._chain, name)

    def mine(self, transactions: Sequence[Transaction], timestamp: int) -> Block:
        self.blocks.append((timestamp, transactions))
        return self._chain.mine(transactions, timestamp)


def transfers() -> tuple[int, Blocks, Blocks]:
    """Genesis time, blocks that set up a token, and blocks of transfers between seeded pairs of users."""
    tape = Tape(connect("embedded", genesis_timestamp=GENESIS))
    artifact = load_artifact("TestToken")
    data = deployment(artifact.bytecode, artifact.abi, "Quote", "QUO", 6)
    receipt = tape.mine([Transaction(USERS[0], None, data)], GENESIS + 12).receipts[0]
    token = Contract("TestToken", receipt.contract_address, artifact.abi)
    tape.mine([token.transaction(USERS[0], "mint", user, 10**30) for user in USERS], GENESIS + 24)
    pairs = np.random.default_rng(1).integers(0, len(USERS), size=(TRANSFERS, 2))
    sent = [token.transaction(USERS[i], "transfer", USERS[j], 1) for i, j in pairs]
    blocks = [(GENESIS + 36 + at, sent[at : at + PER_BLOCK]) for at in range(0, TRANSFERS, PER_BLOCK)]
    return GENESIS, tape.blocks, blocks


def recorded(name: str, count: int) -> tuple[int, Blocks, Blocks]:
    """Genesis time, genesis blocks, and the first `count` blocks of a scenario."""
    scenario = load_scenario(name)
    genesis = genesis_timestamp(scenario)
    tape = Tape(connect("embedded", genesis_timestamp=genesis))
    model = ProtocolModel(scenario, tape)
    setup = len(tape.blocks)
    for _ in range(count):
        model.step()
    return genesis, tape.blocks[:setup], tape.blocks[setup:]


def bare_loop(chain: EmbeddedChain, blocks: Blocks) -> None:
    """The same calls on the chain's own EVM, and nothing else."""
    evm = chain._evm
    for number, (timestamp, transactions) in enumerate(blocks, start=chain.head + 1):
        evm.set_block_env(BlockEnv(number=number, timestamp=timestamp, basefee=0, prevrandao=bytes(32)))
        for item in transactions:
            evm.reset_transient_storage()
            try:
                evm.message_call(item.sender, item.to, item.data, item.value, item.gas_limit)
            except RuntimeError:
                continue


def mine(chain: Chain, blocks: Blocks) -> None:
    for timestamp, transactions in blocks:
        chain.mine(transactions, timestamp)


def measure(workload: tuple[int, Blocks, Blocks], with_anvil: bool) -> None:
    """Print transactions a second of each loop over one workload."""
    genesis, setup, blocks = workload
    loops: dict[str, tuple[str, Callable, Callable[[], float]]] = {
        "bare pyrevm loop": ("embedded", bare_loop, time.process_time),
        "embedded": ("embedded", mine, time.process_time),
    }
    if with_anvil:
        loops["anvil over IPC"] = ("anvil", mine, time.perf_counter)
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, (backend, loop, clock) in loops.items():
            chain = connect(backend, genesis_timestamp=genesis)
            mine(chain, setup)
            start = clock()
            loop(chain, blocks)
            seconds[name].append(clock() - start)
            chain.close()
    count = sum(len(transactions) for _, transactions in blocks)
    ceiling = statistics.median(seconds["bare pyrevm loop"])
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        rate, each, share = count / middle, middle / count * 1e6, ceiling / middle
        print(f"  {name:<18}{rate:>10,.0f} tx/s{each:>10.1f} us/tx{share:>7.0%} of bare")


def measure_reorg(workload: tuple[int, Blocks, Blocks], with_anvil: bool) -> None:
    """Print how long it takes to undo the newest blocks of a workload; they are mined again after each."""
    genesis, setup, blocks = workload
    for backend in ("embedded", "anvil") if with_anvil else ("embedded",):
        chain = connect(backend, genesis_timestamp=genesis)
        mine(chain, setup)
        mine(chain, blocks)
        seconds = []
        for _ in range(20):
            start = time.perf_counter()
            undone = chain.reorg(REORG_DEPTH)
            seconds.append(time.perf_counter() - start)
            mine(chain, [(block.timestamp, [item.transaction for item in block.receipts]) for block in undone])
        chain.close()
        count = sum(len(block.receipts) for block in undone)
        print(f"  {backend:<18}{statistics.median(seconds) * 1e3:>8.3f} ms, {count} transactions undone")


def measure_growth() -> None:
    """Print whether the embedded chain slows or swells over a long run."""
    genesis, setup, blocks = transfers()
    chain = connect("embedded", genesis_timestamp=genesis)
    mine(chain, setup)
    before, first, last = _memory_mib(), 0.0, 0.0
    for round_ in range(ROUNDS):
        start = time.process_time()
        for _, transactions in blocks:
            chain.mine(transactions, chain.timestamp + 12)
        last = time.process_time() - start
        first = first or last
        if round_ == ROUNDS - 1:
            grown = (_memory_mib() - before) * 1024 / (ROUNDS * TRANSFERS)
    total = ROUNDS * TRANSFERS
    print(f"  {total:,} transactions: the last {TRANSFERS:,} took {last / first:.2f} x the first, {grown:.2f} KiB each")


def measure_block_space(blocks: int = 3000) -> None:
    """Print what a block costs when only the background wants space, and what a bid costs."""
    demand = BackgroundDemand(load=1.0, gas_price_gwei=[(0.0, 10.0, 20.0, 40.0)])
    chain = connect("embedded", genesis_timestamp=GENESIS)
    space = BlockSpace(chain, ChainSection(background=demand), rng=np.random.default_rng(1), start_timestamp=GENESIS)
    start = time.process_time()
    for _ in range(blocks):
        space.produce(chain.timestamp + 12)
    idle = (time.process_time() - start) / blocks
    rng = np.random.default_rng(2)
    for user in USERS:  # bids below the base fee, so that the mempool never empties
        space.submit(Transaction(user, USERS[0], b""), int(rng.integers(1, 5)) * GWEI, GWEI, "")
    start = time.process_time()
    for _ in range(blocks):
        space.produce(chain.timestamp + 12)
    busy = (time.process_time() - start) / blocks
    print(f"  {idle * 1e6:.0f} us a block with background alone, {busy * 1e6:.0f} with {len(USERS)} bids waiting")


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="black-thursday")
    parser.add_argument("--blocks", type=int, default=300, help="blocks of the scenario")
    parser.add_argument("--no-anvil", action="store_true", help="leave anvil out")
    options = parser.parse_args()
    for name, workload in (
        (f"ERC-20 transfers, {PER_BLOCK} to a block", transfers()),
        (f"{options.scenario}, first {options.blocks} blocks", recorded(options.scenario, options.blocks)),
    ):
        print(name)
        measure(workload, not options.no_anvil)
        print(f"{name}: reorganisation of depth {REORG_DEPTH}")
        measure_reorg(workload, not options.no_anvil)
    print("long run, embedded")
    measure_growth()
    print("block space")
    measure_block_space()


if __name__ == "__main__":
    main()
