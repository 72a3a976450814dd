"""Gas of one margin as an eth_call: ExpectedShortfallMargin over 512 joint scenarios, and of posting such a set.

    python scripts/benchmarks/shortfall_gas.py

Portfolios of perpetuals or options on one to three underlyings, two expiries each, ES at 97.5 % (maintenance) and 99 %
(initial). The set and the market are handed over as calldata (`evaluate`), whose cost is shown apart (EIP-2028): a live
rule reads both from contracts. `execution` is the rule itself; `per option` what each option adds to it. The budget is
that of 512 scenarios and three underlyings.
"""

import numpy as np

from simulator.chain.artifacts import load
from simulator.chain.contract import Contract, deployment
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.protocol import Transaction
from simulator.risk.contract_structs import contract_market, contract_portfolio
from simulator.risk.scenario_codec import encode, posted, quantised
from simulator.risk.shortfall_config import ExpectedShortfallConfig, contract_shortfall_config
from simulator.risk.smile import flat_smile
from simulator.risk.state import PERPETUAL, Holdings, Instruments, MarketState

NOW = 1_584_000_000
DAY = 86_400
SENDER = "0x000000000000000000000000000000000000dEaD"
NOBODY = "0x" + "00" * 20
SPOT = np.array([200.0, 8000.0, 20.0])
EXPIRIES = (7, 30)
BUDGET = 1_500_000
INTRINSIC_GAS = 21_000
GAS_LIMIT = 30_000_000
CASES = [(1, 0), (3, 0), (1, 1), (3, 3), (3, 16), (3, 64), (3, 120)]
"""Underlyings and options; a perpetual on each underlying besides."""


def deploy(chain: EmbeddedChain, name: str, *arguments) -> Contract:
    """A contract of the package."""
    artifact = load(name)
    data = deployment(artifact.bytecode, artifact.abi, *arguments)
    receipt = chain.mine([Transaction(SENDER, None, data)], chain.timestamp + 1).receipts[0]
    return Contract(name, receipt.contract_address, artifact.abi)


def market(assets: int) -> MarketState:
    """Two expiries per underlying at 80 % volatility."""
    rows = [(u, NOW + days * DAY, SPOT[u]) for u in range(assets) for days in EXPIRIES]
    underlying, expiry, forward = (np.array(column) for column in zip(*rows, strict=True))
    return MarketState(
        timestamp=NOW,
        spot=SPOT[:assets],
        perpetual=SPOT[:assets],
        confidence=np.ones(assets),
        expiry_underlying=underlying,
        expiry=expiry,
        forward=forward,
        rate=np.full(len(rows), 0.03),
        expiry_confidence=np.ones(len(rows)),
        smile=np.array([flat_smile(0.8, f, (e - NOW) / (365 * DAY)) for _, e, f in rows]),
        risk=np.tile([0.15, 0.4, 0.25, 0.1, 0.01, 1.1], (assets, 1)),
    )


def portfolio(assets: int, options: int) -> tuple:
    """Calls and puts in turn, long and short, each at a strike of its own, and a short perpetual on each underlying."""
    listed = [(u, PERPETUAL, 0, 0.0) for u in range(assets)]
    for i in range(options):
        u = i % assets
        expiry = NOW + EXPIRIES[i // assets % 2] * DAY
        listed.append((u, i % 2, expiry, round(SPOT[u] * (0.7 + 0.6 * (i + 0.5) / options), 6)))
    underlying, kind, expiry, strike = (np.array(column) for column in zip(*listed, strict=True))
    sizes = np.where(np.arange(len(listed)) % 3 == 0, 2.0, -1.0)
    held = Holdings(np.array([1e5]), sizes[None], np.zeros((1, assets)))
    return contract_portfolio(Instruments(underlying, kind, expiry, strike), held)


def scenarios(assets: int) -> bytes:
    """512 joint moves with fat tails, from a fixed seed."""
    rng = np.random.default_rng(1)
    return encode(quantised(np.clip(rng.standard_t(3, (512, assets, 2)) * 0.04, -0.95, 5)))


def measure(chain: EmbeddedChain, rule: Contract, assets: int, options: int) -> tuple[int, int]:
    """Gas of calldata and of execution."""
    arguments = (portfolio(assets, options), contract_market(market(assets)), scenarios(assets))
    data = rule.encode("evaluate", *arguments)
    block = chain.mine([Transaction(SENDER, rule.address, data, gas_limit=GAS_LIMIT)], chain.timestamp + 1)
    calldata = sum(16 if byte else 4 for byte in data)
    return calldata, block.receipts[0].gas_used - calldata - INTRINSIC_GAS


def main() -> None:
    chain = EmbeddedChain(genesis_timestamp=NOW)
    config = ExpectedShortfallConfig(maintenance_level=0.975, initial_level=0.99)
    rule = deploy(chain, "ExpectedShortfallMargin", NOBODY, NOBODY, NOBODY, contract_shortfall_config(config))
    print(f"ExpectedShortfallMargin: {load('ExpectedShortfallMargin').deployed_size:,} bytes of code, 512 scenarios")
    columns = ("underlyings", "options", "calldata", "execution", "eth_call", "budget", "per option")
    print(" ".join(f"{column:>11}" for column in columns))
    base = {}
    for assets, options in CASES:
        calldata, execution = measure(chain, rule, assets, options)
        base.setdefault((assets, bool(options)), (options, execution))
        first, least = base[assets, bool(options)]
        each = f"{(execution - least) / (options - first):,.0f}" if options > first else ""
        total = calldata + execution + INTRINSIC_GAS
        budget = f"{BUDGET:,}" if options <= assets else ""
        print(f"{assets:>11} {options:>11} {calldata:>11,} {execution:>11,} {total:>11,} {budget:>11} {each:>11}")
    sets = deploy(chain, "ScenarioSets", SENDER, (DAY, 1, 64, 0))
    chain.mine([sets.transaction(SENDER, "setPublisher", SENDER, True)], chain.timestamp + 1)
    plan = posted(scenarios(3), chain.timestamp, DAY)
    steps = [("commit", plan.commitment), *(("post", i, chunk) for i, chunk in enumerate(plan.chunks)), ("activate",)]
    print("posting a set of three underlyings, whole transactions:")
    for name, *arguments in steps:
        receipt = chain.mine([sets.transaction(SENDER, name, *arguments)], chain.timestamp + 12).receipts[0]
        print(f"{name:>11} {receipt.gas_used:>11,}")


if __name__ == "__main__":
    main()
