"""Gas of one margin as an eth_call: ScenarioMargin on 23 scenarios, portfolios of 16, 64 and 127 options.

    python scripts/benchmarks/margin_gas.py

Options lie on four expiries, calls and puts alternating, each at a strike of its own (straddles would be cheaper: they
are revalued once). The grid is the default one without its two outermost tails; its basis moves are scenarios of the
grid. `calldata` is what the portfolio costs to send (EIP-2028), which an eth_call reports as well; `execution` is the
rule itself; `per price` divides it by options times scenarios.
"""

from simulator.chain.artifacts import load
from simulator.chain.contract import Contract, deployment
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.protocol import Transaction
from simulator.risk.margin_config import ScenarioConfig, ScenarioPoint, contract_config, default_grid
from simulator.risk.smile import flat_smile
from simulator.wads import wad

NOW = 1_584_000_000
DAY = 86_400
SENDER = "0x000000000000000000000000000000000000dEaD"
NOBODY = "0x" + "00" * 20
SPOT, VOL = 200.0, 0.9
EXPIRIES = [NOW + days * DAY for days in (7, 14, 28, 91)]
COUNTS = (0, 1, 16, 64, 127)
BUDGETS = {16: 600_000, 64: 2_400_000, 127: 4_800_000}
INTRINSIC_GAS = 21_000


def grid() -> tuple[ScenarioPoint, ...]:
    """Seven spot moves by three vol states, and tails at twice the shock."""
    return tuple(point for point in default_grid() if abs(point.spot_move) < 4)


def market() -> tuple:
    """The market struct: one underlying, four expiries with skewed smiles."""
    expiries = []
    for expiry in EXPIRIES:
        years = (expiry - NOW) / (365 * DAY)
        smile = flat_smile(VOL, SPOT, years)
        smile[:5] = smile[0] / 2, smile[0], -0.3, 0.02, 0.25
        price = (wad(SPOT), wad(0.03), 10**18, tuple(map(wad, smile)), NOW)
        expiries.append((0, expiry, price, 0, 0, []))
    risk = tuple(map(wad, (0.15, 0.4, 0.25, 0.1, 0.01, 1.1)))
    return (NOW, 10**18, [(0, (wad(SPOT), wad(SPOT), 10**18, NOW), 10**18, risk)], expiries)


def portfolio(count: int) -> tuple:
    """`count` options at distinct strikes between 60 % and 140 % of spot, long and short."""
    legs = []
    for i in range(count):
        strike = SPOT * (0.6 + 0.8 * (i + 0.5) / count)
        legs.append(((0, i % 2, EXPIRIES[i % len(EXPIRIES)], wad(round(strike, 6))), (-1) ** i * 10**18))
    return (100_000 * 10**18, legs, [])


def main() -> None:
    chain = EmbeddedChain(genesis_timestamp=NOW)
    artifact = load("ScenarioMargin")
    config = contract_config(ScenarioConfig(scenarios=grid()))
    data = deployment(artifact.bytecode, artifact.abi, NOBODY, NOBODY, config)
    receipt = chain.mine([Transaction(SENDER, None, data)], NOW + 1).receipts[0]
    rule = Contract("ScenarioMargin", receipt.contract_address, artifact.abi)
    scenarios = len(grid())
    print(f"ScenarioMargin: {artifact.deployed_size:,} bytes of code, {scenarios} scenarios")
    print(f"{'options':>8} {'calldata':>11} {'execution':>11} {'eth_call':>11} {'budget':>11} {'per price':>10}")
    for count in COUNTS:
        data = rule.encode("evaluate", portfolio(count), market())
        receipt = chain.mine([Transaction(SENDER, rule.address, data, gas_limit=30_000_000)], chain.timestamp + 1)
        total = receipt.receipts[0].gas_used
        calldata = sum(16 if byte else 4 for byte in data)
        execution = total - calldata - INTRINSIC_GAS
        budget = f"{BUDGETS[count]:,}" if count in BUDGETS else ""
        per_price = f"{execution / (count * scenarios):,.0f}" if count else ""
        print(f"{count:>8} {calldata:>11,} {execution:>11,} {total:>11,} {budget:>11} {per_price:>10}")


if __name__ == "__main__":
    main()
