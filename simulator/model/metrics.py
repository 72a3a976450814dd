"""The per-block series of a run."""

from dataclasses import dataclass
from typing import ClassVar

from simulator.chain.block_space import ProducedBlock
from simulator.chain.events import Event
from simulator.chain.fee_market import GWEI
from simulator.risk.state import RISK_COLUMNS

WAD = 1e18
_SPOT_SHOCK = RISK_COLUMNS.index("spot_shock")
_HAIRCUT = RISK_COLUMNS.index("haircut")


@dataclass(slots=True)
class Cumulative:
    """Totals since the start."""

    REVERSIBLE: ClassVar[tuple[str, ...]] = ("liquidations", "bad_debt")

    liquidations: int = 0
    bad_debt: float = 0.0

    def apply(self, event: Event) -> None:
        """Count a close-out, or bad debt, booked within a close-out or outside."""
        if event.name == "ClosedOut":
            self.liquidations += 1
        elif event.name == "BadDebtBooked":
            self.bad_debt += event.args.amount / WAD


def measure(model, produced: ProducedBlock) -> dict[str, float]:
    """One row: the true market, what the oracle has in force, and the house, after the block `produced`.

    Equity, initial_margin and maintenance_margin are sums over accounts, the latter two of requirements; open_interest
    is the gross notional of long positions at spot.
    """
    quote, prices, margins = model.market.quote, model.prices, model.house.margins
    risk = prices.risk(model.now)
    row: dict[str, float] = {"number": produced.block.number, "timestamp": produced.block.timestamp}
    realised = model.oracle.volatility
    for n, symbol in enumerate(model.symbols):
        row[f"spot_{symbol}"] = float(quote.spot[n])
        row[f"mark_vol_{symbol}"] = float(quote.atm_vol[n])
        row[f"realised_vol_{symbol}"] = float(realised[n])
        row[f"oracle_spot_{symbol}"] = float(prices.spot[n])
        row[f"spot_shock_{symbol}"] = float(risk[n, _SPOT_SHOCK])
        row[f"haircut_{symbol}"] = float(risk[n, _HAIRCUT])
    equity = float(margins.equity.sum())
    row["equity"] = equity
    row["initial_margin"] = equity - float(margins.initial.sum())
    row["maintenance_margin"] = equity - float(margins.maintenance.sum())
    row["accounts_below_maintenance"] = int((margins.maintenance < 0).sum())
    row["accounts_below_initial"] = int((margins.initial < 0).sum())
    row["open_interest"] = model.house.open_interest()
    row["fund_assets"] = model.fund_assets
    row["socialised_loss"] = model.accounts.socialised_outstanding / 1e18
    row["liquidations"] = model.cumulative.liquidations
    row["bad_debt"] = model.cumulative.bad_debt
    row["base_fee_gwei"] = produced.base_fee / GWEI
    row["waiting"] = produced.waiting
    return row


def market_columns(symbols: tuple[str, ...]) -> list[str]:
    """Columns that time alone decides: whatever the chain undoes, these stay."""
    return [f"{name}_{symbol}" for symbol in symbols for name in ("spot", "mark_vol", "realised_vol")]


def columns(symbols: tuple[str, ...]) -> list[str]:
    """Names of the columns of `measure`, in order."""
    per_asset = ("spot", "mark_vol", "realised_vol", "oracle_spot", "spot_shock", "haircut")
    return [
        "number",
        "timestamp",
        *[f"{name}_{symbol}" for symbol in symbols for name in per_asset],
        "equity",
        "initial_margin",
        "maintenance_margin",
        "accounts_below_maintenance",
        "accounts_below_initial",
        "open_interest",
        "fund_assets",
        "socialised_loss",
        "liquidations",
        "bad_debt",
        "base_fee_gwei",
        "waiting",
    ]
