"""Gas of parametric margin: one margin as an eth_call, delta-gamma ES, and one publication of its covariance.

    python scripts/benchmarks/parametric_gas.py

Options as in margin_gas.py, spread over one to eight underlyings that all have a perpetual. `calldata` is what the
portfolio, the market and the matrix cost to send (EIP-2028); `execution` is the rule itself.
"""

import numpy as np

from simulator.chain.artifacts import load
from simulator.chain.contract import Contract, deployment
from simulator.chain.embedded import EmbeddedChain
from simulator.chain.protocol import Transaction
from simulator.risk.contract_structs import contract_covariance
from simulator.risk.parametric_config import ParametricConfig, contract_parametric_config
from simulator.risk.smile import flat_smile
from simulator.wads import wad

NOW = 1_584_000_000
DAY = 86_400
SENDER = "0x000000000000000000000000000000000000dEaD"
NOBODY = "0x" + "00" * 20
SPOT, VOL = 200.0, 0.9
EXPIRIES = [NOW + days * DAY for days in (7, 14, 28, 91)]
CASES = ((1, 0), (1, 16), (1, 64), (1, 127), (3, 60), (8, 64))
INTRINSIC_GAS = 21_000


def covariance(assets: int) -> np.ndarray:
    """Daily deviations of 5 and 8 %, returns correlated by 0.6, each with its own volatility by -0.5."""
    returns = np.full((assets, assets), 0.6) + 0.4 * np.eye(assets)
    deviation = np.tile([0.05, 0.08], assets)
    return np.kron(returns, [[1.0, -0.5], [-0.5, 1.0]]) * np.outer(deviation, deviation)


def market(assets: int) -> tuple:
    """Each underlying with four expiries and skewed smiles."""
    expiries = []
    for asset in range(assets):
        for expiry in EXPIRIES:
            smile = flat_smile(VOL, SPOT, (expiry - NOW) / (365 * DAY))
            smile[:5] = smile[0] / 2, smile[0], -0.3, 0.02, 0.25
            expiries.append((asset, expiry, (wad(SPOT), wad(0.03), 10**18, tuple(map(wad, smile)), NOW), 0, 0, []))
    risk = tuple(map(wad, (0.15, 0.4, 0.25, 0.1, 0.01, 1.1)))
    price = (wad(SPOT), wad(SPOT), 10**18, NOW)
    return (NOW, 10**18, [(asset, price, 10**18, risk) for asset in range(assets)], expiries)


def portfolio(assets: int, count: int) -> tuple:
    """A perpetual in each underlying, and `count` options at distinct strikes, long and short in turn."""
    legs = [((asset, 3, 0, 0), (-1) ** asset * 10**18) for asset in range(assets)]
    for i in range(count):
        strike = SPOT * (0.6 + 0.8 * (i + 0.5) / count)
        legs.append(((i % assets, i % 2, EXPIRIES[i // assets % 4], wad(round(strike, 6))), (-1) ** (i // 3) * 10**18))
    return (100_000 * 10**18, legs, [])


def deploy(chain: EmbeddedChain, name: str, *arguments) -> Contract:
    artifact = load(name)
    data = deployment(artifact.bytecode, artifact.abi, *arguments)
    receipt = chain.mine([Transaction(SENDER, None, data)], chain.timestamp + 1).receipts[0]
    return Contract(name, receipt.contract_address, artifact.abi)


def spent(chain: EmbeddedChain, contract: Contract, function: str, *arguments) -> tuple[int, int]:
    """Gas of calldata and of execution."""
    data = contract.encode(function, *arguments)
    transaction = Transaction(SENDER, contract.address, data, gas_limit=30_000_000)
    receipt = chain.mine([transaction], chain.timestamp + 1).receipts[0]
    if not receipt.succeeded:
        raise SystemExit(f"{contract.name}.{function} reverted: {receipt.output.hex()}")
    calldata = sum(16 if byte else 4 for byte in data)
    return calldata, receipt.gas_used - calldata - INTRINSIC_GAS


def main() -> None:
    chain = EmbeddedChain(genesis_timestamp=NOW)
    rule = deploy(chain, "ParametricMargin", NOBODY, NOBODY, NOBODY, contract_parametric_config(ParametricConfig()))
    print(f"ParametricMargin: {load('ParametricMargin').deployed_size:,} bytes of code")
    print(f"{'underlyings':>12} {'options':>8} {'calldata':>11} {'execution':>11} {'eth_call':>11}")
    for assets, count in CASES:
        arguments = (portfolio(assets, count), market(assets), contract_covariance(covariance(assets)))
        calldata, execution = spent(chain, rule, "evaluate", *arguments)
        total = calldata + execution + INTRINSIC_GAS
        print(f"{assets:>12} {count:>8} {calldata:>11,} {execution:>11,} {total:>11,}")
    print(f"{'underlyings':>12} {'publish':>20}")
    for assets in (1, 2, 3, 8):
        oracle = deploy(chain, "CovarianceOracle", SENDER, 0)
        matrix = contract_covariance(covariance(assets))
        spent(chain, oracle, "setPublisher", SENDER, True)
        spent(chain, oracle, "setDefaults", matrix, tuple(map(wad, (1e-4, 1, 1e-4, 1, 0.25))), DAY)
        calldata, execution = spent(chain, oracle, "publish", matrix[1], chain.timestamp)
        print(f"{assets:>12} {calldata + execution + INTRINSIC_GAS:>20,}")


if __name__ == "__main__":
    main()
