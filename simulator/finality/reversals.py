"""What reorganisations did to settlements: who lost by it, and what came instead."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.finality.protocol import Status
from simulator.finality.settlement import Category, Settlement


@dataclass(frozen=True, slots=True)
class Reversal:
    """A liquidation that was undone, and the next one of the same account that stands, if there is one.

    Amounts in the quote currency, positive for a gain from the reversal. Without a replacement the account simply has
    back what it had.

    liquidator : what its liquidator gains: minus the equity it had bought beyond what it paid.
    replacement_liquidator : what the one who won instead got beyond what it paid.
    account : how much more the account was paid the second time; a negative payment comes from the fund, not from it.
    fund, others : how much less bad debt fell to the insurance fund, and to all accounts as socialised loss.
    """

    reverted: Settlement
    replacement: Settlement | None
    liquidator: float
    replacement_liquidator: float
    account: float
    fund: float
    others: float

    @property
    def same_liquidator(self) -> bool:
        """Whether the one who had won won again."""
        return self.replacement is not None and self.replacement.counterparty == self.reverted.counterparty


def reversals(settlements: Iterable[Settlement]) -> list[Reversal]:
    """Every liquidation that was undone, in order of inclusion.

    Parameters
    ----------
    settlements : iterable of Settlement
        All that a tracker holds, in order of inclusion. Each one that stands replaces one reversal of its account at
        most, the oldest that happened before it.
    """
    liquidations = [s for s in settlements if s.category == Category.LIQUIDATION]
    waiting: dict[int, list[int]] = {}
    replacement: dict[int, Settlement] = {}
    for place, settlement in enumerate(liquidations):
        if settlement.status == Status.REVERTED:
            waiting.setdefault(settlement.account, []).append(place)
        elif waiting.get(settlement.account):
            replacement[waiting[settlement.account].pop(0)] = settlement
    return [
        _reversal(settlement, replacement.get(place))
        for place, settlement in enumerate(liquidations)
        if settlement.status == Status.REVERTED
    ]


def _reversal(old: Settlement, new: Settlement | None) -> Reversal:
    return Reversal(
        reverted=old,
        replacement=new,
        liquidator=-_gain(old),
        replacement_liquidator=_gain(new) if new else 0.0,
        account=max(new.payment, 0.0) - max(old.payment, 0.0) if new else 0.0,
        fund=old.from_fund - (new.from_fund if new else 0.0),
        others=old.socialised - (new.socialised if new else 0.0),
    )


def _gain(settlement: Settlement) -> float:
    """Equity taken over beyond what was paid for it."""
    return settlement.fraction * (settlement.equity or 0.0) - settlement.payment
