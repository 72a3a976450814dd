"""What reorganisations did to settlements: who lost by it, and what came instead."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.finality.settlement import Category, Settlement


@dataclass(frozen=True, slots=True)
class Reversal:
    """A liquidation that was undone, and the one of the same account that came instead, if there is one.

    What came instead may have been undone in turn: then it is the `reverted` of another reversal, and the amounts of
    the two add up to what the last one changed.

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


def reversals(
    settlements: Iterable[Settlement], lifetimes: Mapping[tuple[int, int], tuple[float, float]]
) -> list[Reversal]:
    """Every liquidation that was undone, in order of inclusion.

    Parameters
    ----------
    settlements : iterable of Settlement
        In order of inclusion. Each liquidation replaces one of its account at most, the oldest that was undone before
        it and has no replacement yet.
    lifetimes : mapping
        By key of a settlement, when it was included and undone, in any one measure of time; infinity if never undone.
    """
    liquidations = [s for s in settlements if s.category == Category.LIQUIDATION]
    waiting: dict[int, list[Settlement]] = {}
    replacement: dict[tuple[int, int], Settlement] = {}
    for settlement in liquidations:
        included, undone = lifetimes[settlement.key]
        open_ones = waiting.setdefault(settlement.account, [])
        old = next((s for s in open_ones if lifetimes[s.key][1] <= included), None)
        if old is not None:
            open_ones.remove(old)
            replacement[old.key] = settlement
        if undone < math.inf:
            open_ones.append(settlement)
    return [
        _reversal(settlement, replacement.get(settlement.key))
        for settlement in liquidations
        if lifetimes[settlement.key][1] < math.inf
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
