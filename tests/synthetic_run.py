"""Run directories for tests of what reads them: invented numbers with the shape of a crash, through the real writer.

Nothing here simulates the protocol. A crash of `fall` hits accounts that hold one position each; who falls below
maintenance is closed out after a delay and settles under the real proof-of-stake finality.
"""

from pathlib import Path

import numpy as np

from simulator.finality import Category, Settlement, SettlementTracker
from simulator.finality.proof_of_stake import ProofOfStakeFinality
from simulator.record import RunWriter, encode_arguments

START = 1_583_971_200  # 12 March 2020, 00:00 UTC
BLOCK_SECONDS = 12
FUND = 60_000.0
MAINTENANCE, INITIAL = 0.08, 0.12
SAMPLE_BLOCKS = 50
KINDS = ("leveraged_long", "trend_follower", "option_writer", "hedger", "market_maker")

SCENARIO = {
    "name": "synthetic",
    "title": "Synthetic crash",
    "market": {"quote": "USD", "assets": [{"symbol": "ETH"}, {"symbol": "BTC"}]},
    "protocol": {"rule": "scenario"},
    "liquidation": {"mechanism": "dutch"},
    "finality": {"model": "proof_of_stake"},
    "fund": {"initial": FUND},
    "oracle": {"policy": {"kind": "vol_scaled", "horizon_hours": 24.0, "quantile": 2.33}},
}


def write_synthetic_run(
    folder: Path, *, blocks: int, fall: float = 0.45, stop_at: int | None = None, seed: int = 1
) -> Path:
    """Write a run of `blocks` blocks; `stop_at` interrupts it after that block."""
    generator = np.random.default_rng(seed)
    book = _Book(generator, blocks, fall)
    versions = {"seawall": "0.1.0"}
    try:
        with RunWriter(folder, SCENARIO, seed, "embedded", versions, flush_blocks=200) as writer:
            for number in range(1, blocks + 1):
                book.block(writer, number)
                writer.block_done(number)
                if number == stop_at:
                    raise KeyboardInterrupt
            writer.settlements(book.tracker.advance(blocks + 96, book.time(blocks + 96)))
            writer.finish("0x" + "5ea" * 21 + "5")
    except KeyboardInterrupt:
        pass
    return folder


class _Book:
    """Accounts with one position each, and the market that moves them."""

    def __init__(self, generator: np.random.Generator, blocks: int, fall: float, accounts: int = 120):
        self.generator = generator
        self.stress = _crash_profile(blocks, fall)
        self.prices = {"ETH": 194.0 * self._path(blocks, fall), "BTC": 7900.0 * self._path(blocks, 0.8 * fall)}
        self.oracle = {asset: prices[0] for asset, prices in self.prices.items()}
        self.leverage = generator.uniform(1.5, 6.0, accounts)
        self.equity = self.start_equity = generator.lognormal(9.2, 1.0, accounts)
        self.size = self.leverage * self.equity / self.prices["ETH"][0]
        self.open = np.ones(accounts, bool)
        self.breach: dict[int, int] = {}
        self.tracker = SettlementTracker(ProofOfStakeFinality(32))
        self.fund, self.socialised, self.bad_debt, self.closed, self.shock = FUND, 0.0, 0.0, 0, 0.18

    def _path(self, blocks: int, fall: float) -> np.ndarray:
        noise = self.generator.normal(0.0, 4e-4, blocks + 1) * (1 + 4 * self.stress)
        return np.exp(np.cumsum(noise) + np.log1p(-fall * _depth(blocks)))

    @staticmethod
    def time(number: int) -> int:
        return START + BLOCK_SECONDS * number

    def block(self, writer: RunWriter, number: int) -> None:
        """Advance one block and write its rows."""
        stress = self.stress[number]
        price = self.prices["ETH"][number]
        late = self.generator.random() < 0.9 * stress
        for asset, prices in self.prices.items():
            if not late and abs(prices[number] / self.oracle[asset] - 1) > 0.005:
                self.oracle[asset] = prices[number]
                waited = int(self.generator.geometric(1 - 0.9 * stress)) - 1
                row = (
                    number,
                    0,
                    "0xkeeper",
                    "0xoracle",
                    "PriceOracle.publish",
                    b"",
                    True,
                    "",
                    90_000,
                    200.0,
                    2.0,
                    number - waited,
                    None,
                )
                writer.append("transactions", row)
        equity = np.where(self.open, self.start_equity + self.size * (price - self.prices["ETH"][0]), 0.0)
        notional = np.where(self.open, self.size * price, 0.0)
        changed = self._liquidate(writer, number, equity, notional, stress)
        writer.settlements([*changed, *self.tracker.advance(number, self.time(number))])
        fee = 15.0 * np.exp(3.0 * stress) * self.generator.uniform(0.9, 1.1)
        waiting = int(self.generator.poisson(3 + 90 * stress))
        writer.append("blocks", (number, self.time(number), "run", fee, 21_000_000, 18_000_000, 12, 1, waiting, None))
        if number % 300 == 0:
            self._parameters(writer, number)
        if number == 1 or number % SAMPLE_BLOCKS == 0:
            writer.extend("accounts", self._samples(number, equity, notional))
        writer.append_metrics(self._metrics(number, equity, notional, fee, waiting))

    def _liquidate(
        self, writer: RunWriter, number: int, equity: np.ndarray, notional: np.ndarray, stress: float
    ) -> list[Settlement]:
        included = []
        for account in map(int, np.flatnonzero(self.open & (equity < MAINTENANCE * notional))):
            since = self.breach.setdefault(account, number)
            if self.generator.random() > 0.3 * (1 - 0.97 * stress):
                continue
            debt = max(-equity[account], 0.0)
            from_fund = min(debt, self.fund)
            fee = 0.0 if debt else 0.01 * equity[account]
            settlement = Settlement(
                settlement=len(self.tracker) + 1,
                category=Category.LIQUIDATION,
                account=account,
                counterparty=999,
                payment=-debt or 0.9 * equity[account],
                fee=fee,
                equity=equity[account],
                maintenance_margin=equity[account] - MAINTENANCE * notional[account],
                bad_debt=debt,
                from_fund=from_fund,
                socialised=debt - from_fund,
                breach_block=since,
                submitted_block=since,
                included_block=number,
                included_time=self.time(number),
            )
            included.append(self.tracker.included(settlement))
            if debt:
                writer.append("events", _booked(settlement))
            self.open[account] = False
            self.closed += 1
            self.bad_debt += debt
            self.fund += fee - from_fund
            self.socialised += debt - from_fund
        return included

    def _parameters(self, writer: RunWriter, number: int) -> None:
        wanted = 0.12 + 0.4 * self.stress[number]
        accepted = abs(wanted / self.shock - 1) < 0.8
        for asset in self.prices:
            reason = "" if accepted else "StepTooLarge"
            row = (number, self.time(number), asset, "spot_shock", self.shock, wanted, accepted, reason, "{}")
            writer.append("parameters", row)
        self.shock = wanted if accepted else self.shock * 1.3

    def _samples(self, number: int, equity: np.ndarray, notional: np.ndarray) -> list[tuple]:
        return [
            (
                number,
                self.time(number),
                account,
                KINDS[account % len(KINDS)],
                equity[account],
                equity[account] - INITIAL * notional[account],
                equity[account] - MAINTENANCE * notional[account],
                equity[account],
                0.0,
                notional[account],
                "{}",
            )
            for account in range(len(equity))
        ]

    def _metrics(self, number: int, equity, notional, fee: float, waiting: int) -> dict[str, float]:
        stress = self.stress[number]
        series = {"number": number, "timestamp": self.time(number)}
        for asset, prices in self.prices.items():
            series |= {
                f"spot_{asset}": prices[number],
                f"mark_vol_{asset}": 0.8 + 1.5 * stress,
                f"realised_vol_{asset}": 0.6 + 2.5 * stress,
                f"oracle_spot_{asset}": self.oracle[asset],
                f"spot_shock_{asset}": self.shock,
                f"haircut_{asset}": 0.15,
            }
        below = self.open & (equity < MAINTENANCE * notional)
        return series | {
            "equity": equity.sum(),
            "initial_margin": INITIAL * notional.sum(),
            "maintenance_margin": MAINTENANCE * notional.sum(),
            "accounts_below_maintenance": float(below.sum()),
            "accounts_below_initial": float((self.open & (equity < INITIAL * notional)).sum()),
            "open_interest": notional.sum(),
            "fund_assets": self.fund,
            "socialised_loss": self.socialised,
            "liquidations": float(self.closed),
            "bad_debt": self.bad_debt,
            "base_fee_gwei": fee,
            "waiting": float(waiting),
        }


def _booked(settlement: Settlement) -> tuple:
    """The event by which the clearing house books the bad debt of a settlement."""
    amounts = {"amount": settlement.bad_debt, "fromFund": settlement.from_fund, "socialised": settlement.socialised}
    arguments = {"account": settlement.account, "settlement": settlement.settlement}
    arguments |= {name: int(amount * 1e18) for name, amount in amounts.items()}
    return settlement.included_block, 0, 0, "ClearingHouse", "BadDebtBooked", encode_arguments(arguments), None


def _crash_profile(blocks: int, fall: float) -> np.ndarray:
    """How stressed each block is, 0 to 1: two shocks, at 45 % and 75 % of the run. (blocks + 1,)"""
    if not fall:
        return np.zeros(blocks + 1)
    position = np.arange(blocks + 1) / blocks
    shocks = ((0.45, 0.03), (0.75, 0.004))
    return sum(np.exp(-(((position - centre) / width) ** 2)) for centre, width in shocks).clip(0, 1)


def _depth(blocks: int) -> np.ndarray:
    """How much of the fall has happened: half in each shock, the second six times as sudden. (blocks + 1,)"""
    position = np.arange(blocks + 1) / blocks
    return 0.5 * sum(1 / (1 + np.exp((centre - position) / width)) for centre, width in ((0.45, 0.012), (0.75, 0.002)))
