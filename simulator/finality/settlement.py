"""A settlement of the on-chain ledger and its finality timeline."""

from dataclasses import dataclass
from enum import StrEnum

from simulator.finality.protocol import Status


class Category(StrEnum):
    """What was settled; the names of ISettlementLedger.Category, in its order."""

    LIQUIDATION = "liquidation"
    EXPIRY = "expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """One entry of the settlement ledger. Amounts in the quote currency, times in UTC seconds.

    settlement : number in the ledger. A reorganisation frees the number for another settlement: `attempt` counts how
        often that happened before this one, so (settlement, attempt) names a settlement for good.
    account, counterparty : who was settled, and the liquidator's account for a liquidation.
    fraction : of the account that moved. payment : what the liquidator paid, negative if paid. fee : to the fund.
    equity, maintenance_margin : of the account just before; the margin is net (equity minus requirement).
    bad_debt : of the account, equal to from_fund + socialised.
    breach_block : when the account was first seen below maintenance. submitted_block : when the transaction that was
        included entered the mempool.
    *_block, *_time : the head at which the settlement was first included, safe and final, and its time.
    """

    settlement: int
    category: Category
    account: int
    counterparty: int | None = None
    fraction: float = 1.0
    payment: float = 0.0
    fee: float = 0.0
    equity: float | None = None
    maintenance_margin: float | None = None
    bad_debt: float = 0.0
    from_fund: float = 0.0
    socialised: float = 0.0
    breach_block: int | None = None
    submitted_block: int | None = None
    included_block: int
    included_time: int
    safe_block: int | None = None
    safe_time: int | None = None
    final_block: int | None = None
    final_time: int | None = None
    status: Status = Status.INCLUDED
    attempt: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """(settlement, attempt): names it for good."""
        return self.settlement, self.attempt
