"""Transactions a second: a bare pyrevm loop, the embedded chain and anvil over IPC, on the same calldata.

    python scripts/benchmarks/chain.py [--transactions 20000] [--no-anvil]

The bare loop is the ceiling: it keeps no receipts, logs, nonces or blocks. `blocks of N` produces blocks of N transactions
through `Chain.mine`; `block space` goes through mempool, builder, background demand and base fee as well. Rounds of
all loops alternate and the median is shown, so that a busy machine slows them alike.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from simulator.chain.artifacts import load
from simulator.chain.backends import connect
from simulator.chain.block_space import BlockSpace
from simulator.chain.contract import Contract, deployment
from simulator.chain.fee_market import GWEI
from simulator.chain.keccak import checksum_address
from simulator.chain.protocol import EVM_BLOCK_GAS_LIMIT, HARDFORK, Chain, Transaction
from simulator.scenario.chain import BackgroundDemand, ChainSection

GENESIS = 1_583_971_188
USERS = [checksum_address(n.to_bytes(20, "big")) for n in range(1000, 1200)]
BLOCK = 50
ROUNDS = 5


def token_on(chain: Chain) -> Contract:
    """A deployed token in which every user is rich."""
    artifact = load("TestToken")
    data = deployment(artifact.bytecode, artifact.abi, "Quote", "QUO", 6)
    block = chain.mine([Transaction(USERS[0], None, data)], chain.timestamp + 12)
    token = Contract("TestToken", block.receipts[0].contract_address, artifact.abi)
    chain.mine([token.transaction(USERS[0], "mint", user, 10**30) for user in USERS], chain.timestamp + 12)
    return token


def transfers(token: Contract, count: int) -> list[Transaction]:
    """ERC-20 transfers between seeded pairs of users: about the cheapest transaction a protocol sees."""
    pairs = np.random.default_rng(1).integers(0, len(USERS), size=(count, 2))
    return [token.transaction(USERS[i], "transfer", USERS[j], 1) for i, j in pairs]


def bare_loop(transactions: list[Transaction]) -> Callable[[], float]:
    """Seconds of a bare pyrevm loop over `transactions`."""
    artifact = load("TestToken")
    evm = EVM(Env(CfgEnv(chain_id=31337)), gas_limit=EVM_BLOCK_GAS_LIMIT, spec_id=HARDFORK)
    evm.set_block_env(BlockEnv(number=1, timestamp=GENESIS, basefee=0, prevrandao=bytes(32)))
    address = evm.deploy(USERS[0], deployment(artifact.bytecode, artifact.abi, "Quote", "QUO", 6))
    token = Contract("TestToken", address, artifact.abi)
    for user in USERS:
        evm.message_call(USERS[0], address, token.encode("mint", user, 10**30))

    def run() -> float:
        start = time.perf_counter()
        for item in transactions:
            evm.message_call(item.sender, item.to, item.data, item.value, item.gas_limit)
        return time.perf_counter() - start

    return run


def blocks_loop(chain: Chain, transactions: list[Transaction]) -> Callable[[], float]:
    """Seconds to mine `transactions` in blocks."""

    def run() -> float:
        start = time.perf_counter()
        for at in range(0, len(transactions), BLOCK):
            chain.mine(transactions[at : at + BLOCK], chain.timestamp + 12)
        return time.perf_counter() - start

    return run


def block_space_loop(chain: Chain, transactions: list[Transaction]) -> Callable[[], float]:
    """Seconds to bid for, build and mine `transactions`, with background demand for a block per block."""
    demand = BackgroundDemand(load=1.0, gas_price_gwei=[(0.0, 10.0, 20.0, 40.0)])
    config = ChainSection(background=demand)
    market = BlockSpace(chain, config, rng=np.random.default_rng(1), start_timestamp=GENESIS)

    def run() -> float:
        start = time.perf_counter()
        for at in range(0, len(transactions), BLOCK):
            for item in transactions[at : at + BLOCK]:
                market.submit(item, 1000 * GWEI, 100 * GWEI, "TestToken.approve")
            market.produce(chain.timestamp + 12)
        assert market.waiting == 0
        return time.perf_counter() - start

    return run


def empty_blocks_loop(chain: Chain, count: int) -> Callable[[], float]:
    """Seconds for `count` blocks with background demand and none of ours."""
    demand = BackgroundDemand(load=1.0, gas_price_gwei=[(0.0, 10.0, 20.0, 40.0)])
    market = BlockSpace(chain, ChainSection(background=demand), rng=np.random.default_rng(1), start_timestamp=GENESIS)

    def run() -> float:
        start = time.perf_counter()
        for _ in range(count):
            market.produce(chain.timestamp + 12)
        return time.perf_counter() - start

    return run


def memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, default=20_000, help="per round")
    parser.add_argument("--no-anvil", action="store_true", help="leave anvil out")
    options = parser.parse_args()

    embedded = connect("embedded", genesis_timestamp=GENESIS)
    work = transfers(token_on(embedded), options.transactions)
    loops = {
        "bare pyrevm loop": (bare_loop(work), len(work)),
        f"embedded, blocks of {BLOCK}": (blocks_loop(embedded, work), len(work)),
        "embedded, block space": (block_space_loop(embedded, work), len(work)),
    }
    if not options.no_anvil:
        anvil = connect("anvil", genesis_timestamp=GENESIS)
        few = transfers(token_on(anvil), options.transactions // 10)
        loops[f"anvil over IPC, blocks of {BLOCK}"] = (blocks_loop(anvil, few), len(few))

    before = memory_mib()
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(ROUNDS):
        for name, (loop, _) in loops.items():
            seconds[name].append(loop())
    ceiling = None
    print(f"{'ERC-20 transfers':<34}{'tx/s':>10}{'us/tx':>9}{'of bare':>9}{'first/last round':>18}")
    for name, (_, count) in loops.items():
        each = statistics.median(seconds[name]) / count
        ceiling = ceiling or each
        drift = seconds[name][0] / seconds[name][-1]
        print(f"{name:<34}{1 / each:>10,.0f}{each * 1e6:>9.2f}{ceiling / each:>9.0%}{drift:>18.2f}")
    executed = 3 * ROUNDS * len(work)
    print(f"memory: {before:.0f} -> {memory_mib():.0f} MiB over {executed:,} transactions in this process")
    blocks = 3000
    each = empty_blocks_loop(embedded, blocks)() / blocks
    print(f"block without transactions, with background demand: {each * 1e6:.0f} us")


if __name__ == "__main__":
    main()
