"""A long run on the embedded chain: whether it slows, how memory grows, what a reorganisation costs early and late.

    python scripts/benchmarks/soak.py [--transactions 1000000] [--per-block 50]

ERC-20 transfers, mints and failing transfers between seeded users, with a reorganisation of depth 7 every hundred
blocks and everything older than 64 blocks final. Times are processor time, memory is the resident set of the
process.
"""

import argparse
import gc
import statistics
import time
from pathlib import Path

import numpy as np

from simulator.chain.artifacts import load
from simulator.chain.backends import connect
from simulator.chain.contract import Contract, deployment
from simulator.chain.keccak import checksum_address
from simulator.chain.protocol import Chain, Transaction

GENESIS = 1_583_971_188
USERS = [checksum_address(n.to_bytes(20, "big")) for n in range(1000, 1200)]
DEPTH, EVERY, FINAL_AFTER, PARTS = 7, 100, 64, 10
BYTES_PER_TRANSACTION = 1024  # what the design allows


def set_up(chain: Chain) -> Contract:
    artifact = load("TestToken")
    data = deployment(artifact.bytecode, artifact.abi, "Quote", "QUO", 6)
    receipt = chain.mine([Transaction(USERS[0], None, data)], chain.timestamp + 12).receipts[0]
    token = Contract("TestToken", receipt.contract_address, artifact.abi)
    chain.mine([token.transaction(USERS[0], "mint", user, 10**15) for user in USERS], chain.timestamp + 12)
    return token


def traffic(token: Contract, rng: np.random.Generator, count: int) -> list[Transaction]:
    """Nine of ten transactions succeed."""
    sent = []
    for kind, i, j in zip(rng.integers(0, 10, count), *rng.integers(0, len(USERS), (2, count)), strict=True):
        amount = 10**30 if kind == 0 else 1
        function = "mint" if kind == 1 else "transfer"
        sent.append(token.transaction(USERS[i], function, USERS[j], amount))
    return sent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, default=1_000_000)
    parser.add_argument("--per-block", type=int, default=50)
    options = parser.parse_args()
    chain = connect("embedded", genesis_timestamp=GENESIS)
    token, rng = set_up(chain), np.random.default_rng(1)
    blocks = [traffic(token, rng, options.per_block) for _ in range(200)]
    part = options.transactions // PARTS
    start_memory, executed = resident(), 0
    print(f"{'transactions':>14}{'tx/s':>10}{'bytes each':>12}{'reorganisation of depth 7':>28}")
    for _ in range(PARTS):
        done, spent, reorgs = 0, 0.0, []
        while done < part:
            start = time.process_time()
            chain.mine(blocks[chain.head % len(blocks)], chain.timestamp + 12)
            spent += time.process_time() - start
            done += options.per_block
            if chain.head % EVERY == 0:
                chain.finalise(max(chain.finalised, chain.head - FINAL_AFTER))
                start = time.process_time()
                undone = chain.reorg(DEPTH)
                reorgs.append(time.process_time() - start)
                for block in undone:
                    chain.mine([receipt.transaction for receipt in block.receipts], block.timestamp)
        executed += done
        gc.collect()
        each = (resident() - start_memory) / executed
        slowest = f"{statistics.median(reorgs) * 1e3:.2f} ms, at most {max(reorgs) * 1e3:.2f}" if reorgs else ""
        print(f"{executed:>14,}{done / spent:>10,.0f}{each:>12,.0f}{slowest:>28}", flush=True)
    print(f"allowed: {BYTES_PER_TRANSACTION} bytes for each transaction, 5 ms for a reorganisation")


def resident() -> int:
    """Bytes of memory in use now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


if __name__ == "__main__":
    main()
